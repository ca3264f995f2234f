"""Light repair of what recognition does to print: spaces dropped, letters confused with digits in well-known words."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from scout_ocr.extract.receipt_words import ADDRESS_WORDS, TRADE

_SHAPE = str.maketrans("01L|J58269E", "OIIIISBZGGC")
_ALIKE = str.maketrans("01L|J58269EQDNMV", "OIIIISBZGGOOOHHU")
_COMMON = (
    "sdn bhd market fresh mart grocer seafood coffee cake shop store noodle bookstores pharmacy bakery kitchen kedai",
    "kopitiam office independent international electrical electronics motor auto clinic books house town enterprise",
)
_KNOWN = frozenset(
    word.upper()
    for word in {*ADDRESS_WORDS, *TRADE, *(word for line in _COMMON for word in line.split())}
    if len(word) > 1
)
_BY_SHAPE = {word.translate(_SHAPE): word for word in sorted(_KNOWN) if len(word) >= 3}
_BY_LIKENESS = {word.translate(_ALIKE): word for word in sorted(_KNOWN) if len(word) >= 5}
_GAPPED = re.compile(r"(?<![^\W_])[^\W\d_]{1,12}[_:;!][^\W\d_]{2,12}(?![^\W_])")
_LEGAL_FORM = re.compile(r"\bS[DPB]N(\W{0,2})\s*[BDP]H[DN]\b(?=\W|$)", re.IGNORECASE)
_GLUED_FORM = re.compile(r"(?<=[^\W\d_])(SDN\.?\s?BHD|ENTERPRISE|TRADING)\b", re.IGNORECASE)


def spaced(text: str) -> str:
    """A name with the spaces that recognition dropped: after dots between words, around &, inside known words run
    together (JALANBESAR stays: BESAR is none of them), and legal forms put right."""
    text = _GLUED_FORM.sub(lambda match: " " + match[1], text)
    text = re.sub(r"(?<=[^\W\d_]{2})([.,])(?=[^\W\d_]{2})", r"\1 ", text)
    text = re.sub(r"(?<=[^\W\d_]{3})&\s?(?=[^\W\d_]{2})|(?<=[^\W\d_]{2})\s?&(?=[^\W\d_]{3})", " & ", text)
    text = _LEGAL_FORM.sub(_right_form, text)
    return " ".join(part for word in text.split() for part in _parted(word))


def letters_repaired(text: str) -> str:
    """A capital I inside a small word is a small l (WorId), a digit inside a word of capitals its letter (F00D); a word
    of nothing but I and l is a Roman numeral."""
    text = re.sub(r"(?<=[a-z])I(?=[a-z])", "l", text)
    text = re.sub(r"\b[Il]{2,3}\b", lambda match: match[0].upper().replace("L", "I"), text)
    return re.sub(r"(?<=[A-Z]{2})[01](?=[A-Z]{2})", lambda match: "O" if match[0] == "0" else "I", text)


def repaired(text: str, confidence: float = 1.0) -> str:
    """Words of addresses that differ from a well-known one only by confusable letters and digits: 10T, SE1ANGOR; where
    recognition was unsure (confidence, 0-1), by confusable letters too: Fleor, Jaian."""
    unsure = confidence < 0.98
    text = _GAPPED.sub(lambda match: _filled(match[0]), text)
    return letters_repaired(re.sub(r"[\w|]+", lambda match: _known(match[0], unsure), text))


def _filled(word: str) -> str:
    """A known word of which one letter was read as a stroke: SE_ANGOR, JA:AN."""
    gap = next(place for place, letter in enumerate(word) if not letter.isalpha())
    upper = word.upper()
    fits = [
        known
        for known in _KNOWN
        if len(known) == len(upper) and known[:gap] + known[gap + 1 :] == upper[:gap] + upper[gap + 1 :]
    ]
    return _in_case(fits[0], word) if len(fits) == 1 else word


def _right_form(match: re.Match[str]) -> str:
    upper = match[0].isupper()
    form = f"Sdn{'.' if '.' in match[1] else ''} Bhd"
    return form.upper() if upper else form


def _known(word: str, unsure: bool) -> str:
    upper = word.upper()
    if len(word) < 3 or word.isdigit() or upper in _KNOWN:
        return word
    bare = "".join(letter for letter in unicodedata.normalize("NFD", upper) if not unicodedata.combining(letter))
    if bare in _KNOWN:
        return _in_case(bare, word)
    if not word.isalpha():
        return _in_case(_BY_SHAPE.get(upper.translate(_SHAPE), word), word)
    return _in_case(_BY_LIKENESS.get(upper.translate(_ALIKE), word), word) if unsure else word


def _in_case(found: str, word: str) -> str:
    """Capitals as the page has them."""
    if found == word or word.upper() == word:
        return found
    return found.capitalize() if word[0].isupper() else found.lower()


@lru_cache(maxsize=1024)
def _parted(word: str) -> tuple[str, ...]:
    """A run of known words as those words, else as it is. Needs every part to be known, of three letters at least."""
    upper = word.upper()
    if len(word) < 7 or len(word) > 40 or upper in _KNOWN or not word.isalpha() or len(upper) != len(word):
        return (word,)
    best: list[tuple[int, ...] | None] = [(), *[None] * len(word)]
    for end in range(3, len(word) + 1):
        for start in range(end - 2):
            before = best[start]
            if before is not None and upper[start:end] in _KNOWN and best[end] is None:
                best[end] = (*before, end)
    cuts = best[len(word)]
    return tuple(word[a:b] for a, b in zip((0, *cuts), cuts, strict=False)) if cuts else (word,)
