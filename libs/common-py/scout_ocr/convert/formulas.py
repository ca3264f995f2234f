"""Formulas of office documents (OMML, ECMA-376 part 1, 22.1) as LaTeX."""

from __future__ import annotations

from collections.abc import Callable

from scout_ocr.convert.package import Element, attribute, children, first, local

_DEEPEST = 40
_GREEK_NAMES = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma
tau upsilon phi chi psi omega"""
_GREEK = dict(zip("αβγδεζηθικλμνξοπρςστυφχψω", _GREEK_NAMES.split(), strict=True))
_CAPITALS = {"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma"}
_CAPITALS |= {"Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"}
_SIGNS = {
    "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "≡": "equiv", "±": "pm", "∓": "mp", "×": "times", "÷": "div",
    "·": "cdot", "⋅": "cdot", "∞": "infty", "∂": "partial", "∇": "nabla", "∈": "in", "∉": "notin", "⊂": "subset",
    "⊆": "subseteq", "∪": "cup", "∩": "cap", "∀": "forall", "∃": "exists", "→": "to", "⇒": "Rightarrow",
    "⇔": "Leftrightarrow", "←": "leftarrow", "∝": "propto", "⋯": "cdots", "…": "ldots", "ϕ": "phi", "ϵ": "epsilon",
    "∑": "sum", "∏": "prod", "∫": "int", "∬": "iint", "∭": "iiint", "∮": "oint", "⋃": "bigcup", "⋂": "bigcap",
    "√": "surd", "∅": "emptyset", "ℏ": "hbar", "∧": "wedge", "∨": "vee", "¬": "neg",
}  # fmt: skip
_COMMANDS = _GREEK | _CAPITALS | _SIGNS
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline", "\u0307": "dot"}
_ACCENTS |= {"\u0308": "ddot", "\u20d7": "vec", "\u030c": "check", "\u0306": "breve"}
_FUNCTIONS = "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp lim max min sup inf det gcd"
_NAMED = frozenset(_FUNCTIONS.split())
_DEFAULT_NARY = "∫"


def latex(element: Element) -> str:
    """A formula between dollar signs, two where it stands on a line of its own."""
    mark = "$$" if local(element) == "oMathPara" else "$"
    return mark + " ".join(_all(element, 0).split()) + mark


def _all(element: Element | None, depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    return "".join(_one(child, depth + 1) for child in children(element))


def _one(element: Element, depth: int) -> str:
    name = local(element)
    if name == "t":
        return _letters(element.text or "")
    if name.endswith("Pr"):
        return ""
    write = _WRITERS.get(name)
    return write(element, depth) if write else _all(element, depth)


def _letters(text: str) -> str:
    if text.strip() in _NAMED:
        return f"\\{text.strip()} "
    return "".join(f"\\{_COMMANDS[letter]} " if letter in _COMMANDS else letter for letter in text)


def _part(element: Element, name: str, depth: int) -> str:
    return _all(first(element, name), depth).strip()


def _fraction(element: Element, depth: int) -> str:
    return f"\\frac{{{_part(element, 'num', depth)}}}{{{_part(element, 'den', depth)}}}"


def _scripts(element: Element, depth: int) -> str:
    below, above = (_part(element, name, depth) for name in ("sub", "sup"))
    base = _part(element, "e", depth)
    scripts = (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return f"{{}}{scripts}{base}" if local(element) == "sPre" else f"{base}{scripts}"


def _root(element: Element, depth: int) -> str:
    degree = _part(element, "deg", depth)
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e', depth)}}}"


def _nary(element: Element, depth: int) -> str:
    given = first(element, "naryPr", "chr")
    sign = attribute(given, "val") if given is not None else _DEFAULT_NARY
    below, above = (_part(element, name, depth) for name in ("sub", "sup"))
    scripts = (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return f"{_letters(sign).strip()}{scripts}{{{_part(element, 'e', depth)}}}"


def _delimited(element: Element, depth: int) -> str:
    begin, end, between = (first(element, "dPr", name) for name in ("begChr", "endChr", "sepChr"))
    parts = (_all(child, depth).strip() for child in children(element) if local(child) == "e")
    inner = (attribute(between, "val") if between is not None else "|").join(parts)
    return f"\\left{_fence(begin, '(')}{inner}\\right{_fence(end, ')')}"


def _fence(given: Element | None, otherwise: str) -> str:
    sign = attribute(given, "val") if given is not None else otherwise
    return "\\" + sign if sign in ("{", "}") else sign or "."


def _function(element: Element, depth: int) -> str:
    return f"{_part(element, 'fName', depth)}{{{_part(element, 'e', depth)}}}"


def _limit(element: Element, depth: int) -> str:
    mark = "_" if local(element) == "limLow" else "^"
    return f"{_part(element, 'e', depth)}{mark}{{{_part(element, 'lim', depth)}}}"


def _accent(element: Element, depth: int) -> str:
    given = attribute(first(element, "accPr", "chr"), "val") or "\u0302"
    return f"\\{_ACCENTS.get(given, 'hat')}{{{_part(element, 'e', depth)}}}"


def _bar(element: Element, depth: int) -> str:
    below = attribute(first(element, "barPr", "pos"), "val") == "bot"
    return f"\\{'underline' if below else 'overline'}{{{_part(element, 'e', depth)}}}"


def _matrix(element: Element, depth: int) -> str:
    rows = (row for row in children(element) if local(row) == "mr")
    shown = (" & ".join(_all(cell, depth).strip() for cell in children(row) if local(cell) == "e") for row in rows)
    return "\\begin{matrix}" + r" \\ ".join(shown) + "\\end{matrix}"


def _lines(element: Element, depth: int) -> str:
    rows = (_all(row, depth).strip() for row in children(element) if local(row) == "e")
    return "\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}"


_WRITERS: dict[str, Callable[[Element, int], str]] = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts,
    "rad": _root,
    "nary": _nary,
    "d": _delimited,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "acc": _accent,
    "bar": _bar,
    "m": _matrix,
    "eqArr": _lines,
}
