"""Whether two texts may be the same print: letters that recognition confuses count as one."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

_ALIKE = str.maketrans("01L5826|!£", "OIISBZGIIE")


def folded(text: str) -> str:
    """Upper case, without accents and punctuation, confusable letters as one: 0 as O, 1 and l as I, 5 as S, 8 as B.

    Two prints of the same words fold alike; so do some different ones, so compare numbers by `folded_code`.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    upper = re.sub(r"[^\w\s|!£&+]|_", " ", plain).upper().translate(_ALIKE).replace("RN", "M")
    return " ".join(upper.split())


def folded_code(code: str) -> str:
    """A booth number or article code without spaces and punctuation, confusable letters as digits."""
    bare = re.sub(r"[^A-Z0-9|]", "", code.upper())
    return bare.translate(str.maketrans("OQDILSBZG|", "00011582" + "61"))


def likeness(one: str, other: str) -> float:
    """0-100 of two folded texts: 100 the same, above 88 a letter or two apart."""
    if not one or not other:
        return 0.0
    return max(fuzz.ratio(one, other), fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")))


def shown_in(words: str, text: str) -> float:
    """0-100: how well folded words are found somewhere in a longer folded text, on word bounds."""
    wanted, tokens = words.split(), text.split()
    if not wanted or not tokens:
        return 0.0
    best, joined = 0.0, "".join(wanted)
    for size in range(max(1, len(wanted) - 1), len(wanted) + 2):
        for start in range(len(tokens) - size + 1):
            best = max(best, fuzz.ratio(joined, "".join(tokens[start : start + size])))
    return best
