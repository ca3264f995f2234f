"""Text of drawings (DrawingML): paragraphs with their bullets and numbers, and tables."""

from __future__ import annotations

from collections.abc import Iterator

from scout_ocr.convert.formulas import latex
from scout_ocr.convert.numbering import letters, roman
from scout_ocr.convert.package import Element, Package, attribute, children, first, local
from scout_ocr.convert.parts import Block, Item, Paragraph

_COLUMNS = 1000


def paragraphs(body: Element | None, package: Package, part: str, *, listed: bool = False) -> Iterator[Block]:
    """Paragraphs and list items of a text body. listed: it is a list where nothing else is said."""
    counts: dict[int, int] = {}
    for element in children(body):
        if local(element) != "p":
            continue
        text = _text(element, package, part).strip()
        properties = first(element, "pPr")
        level = _level(properties)
        if not text:
            continue
        counts = {deep: count for deep, count in counts.items() if deep <= level}
        numbered = first(properties, "buAutoNum")
        if numbered is not None:
            begin = attribute(numbered, "startAt")
            counts[level] = counts.get(level, (int(begin) if begin.isdigit() else 1) - 1) + 1
            yield Item(text=text, level=level, marker=_numbered(attribute(numbered, "type"), counts[level]))
        elif first(properties, "buNone") is None and (listed or first(properties, "buChar") is not None):
            yield Item(text=text, level=level)
        else:
            counts.clear()
            yield Paragraph(text=text)


def drawn_table(table: Element, package: Package, part: str) -> tuple[tuple[str, ...], ...]:
    """Rows of a table; merged cells are repeated."""
    rows: list[list[str]] = []
    for row in (child for child in children(table) if local(child) == "tr"):
        cells: list[str] = []
        for cell in (child for child in children(row) if local(child) == "tc"):
            at = len(cells)
            if attribute(cell, "hMerge") in ("1", "true") and cells:
                cells.append(cells[-1])
            elif attribute(cell, "vMerge") in ("1", "true") and rows and at < len(rows[-1]):
                cells.append(rows[-1][at])
            else:
                found = paragraphs(first(cell, "txBody"), package, part)
                cells.append("\n".join(block.text for block in found if isinstance(block, Paragraph | Item)))
            if at >= _COLUMNS:
                break
        rows.append(cells)
    return tuple(map(tuple, rows))


def _text(element: Element, package: Package, part: str) -> str:
    parts: list[str] = []
    for child in children(element):
        match local(child):
            case "t":
                parts.append(child.text or "")
            case "br":
                parts.append("\n")
            case "tab":
                parts.append("\t")
            case "m" | "oMath" | "oMathPara":
                parts.append(f" {latex(child)} ")
            case "r" | "fld":
                parts.append(_text(child, package, part) + _address(child, package, part))
            case _:
                pass
    return "".join(parts)


def _address(run: Element, package: Package, part: str) -> str:
    """Where the run links to, unless its text says it."""
    found = package.relations(part).get(attribute(first(run, "rPr", "hlinkClick"), "id"))
    text = "".join(t.text or "" for t in run.iter("{*}t"))
    return f" <{found.target}>" if found and found.external and found.target.rstrip("/") not in text else ""


def _level(properties: Element | None) -> int:
    level = attribute(properties, "lvl")
    return min(8, int(level)) if level.isdigit() else 0


def _numbered(shape: str, count: int) -> str:
    """ "2." of arabicPeriod, "b)" of alphaLcParenR."""
    count = min(count, 100_000)
    number = str(count)
    if shape.startswith("alpha"):
        number = letters(count)
    elif shape.startswith("roman"):
        number = roman(count)
    if "Uc" in shape:
        number = number.upper()
    return f"({number})" if shape.endswith("Both") else f"{number})" if shape.endswith("ParenR") else f"{number}."
