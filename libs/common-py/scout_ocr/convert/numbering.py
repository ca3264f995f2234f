"""The numbers of Word's lists, counted as Word counts them (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

import re

from scout_ocr.convert.package import Element, attribute, first, local

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_SMALL = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_MOST = 100_000


class Numbering:
    """Counts the items of each list as they are asked for, in the order of the document."""

    def __init__(self, root: Element | None) -> None:
        elements = [] if root is None else list(root)
        self._lists = {attribute(e, "abstractNumId"): e for e in elements if local(e) == "abstractNum"}
        self._numbers = {attribute(e, "numId"): e for e in elements if local(e) == "num"}
        self._counts: dict[str, list[int]] = {}
        self._begun: set[str] = set()

    def marker(self, number: str, level: int) -> str:
        """ "-" of a bullet, "2.1." of a number, "" where the list shows nothing; the next item is counted."""
        found = self._numbers.get(number)
        if found is None:
            return "-"
        key = attribute(first(found, "abstractNumId"), "val")
        levels = {attribute(e, "ilvl"): e for e in self._lists.get(key, ()) if local(e) == "lvl"}
        counts = self._counted(number, key, level, found, levels)
        shape = attribute(first(levels.get(str(level)), "numFmt"), "val")
        if shape in ("bullet", ""):
            return "-"
        text = attribute(first(levels.get(str(level)), "lvlText"), "val")
        return re.sub(r"%([1-9])", lambda mark: _shown(counts, int(mark[1]) - 1, levels), text).strip()

    def _counted(self, number: str, key: str, level: int, found: Element, levels: dict[str, Element]) -> list[int]:
        """Counts of all levels with this item; lists of one kind go on, unless theirs says that it begins anew."""
        counts = self._counts.setdefault(key, [0] * 9)
        overrides = {attribute(e, "ilvl"): e for e in found if local(e) == "lvlOverride"}
        if number not in self._begun:
            self._begun.add(number)
            for deep, override in overrides.items():
                start = attribute(first(override, "startOverride"), "val")
                if start.isdigit() and deep.isdigit() and int(deep) < 9:
                    counts[int(deep)] = min(_MOST, int(start)) - 1
        if counts[level] == 0:
            counts[level] = _start(levels.get(str(level))) - 1
        counts[level] += 1
        counts[level + 1 :] = [0] * (8 - level)
        return counts


def _start(level: Element | None) -> int:
    start = attribute(first(level, "start"), "val")
    return min(_MOST, int(start)) if start.isdigit() else 1


def _shown(counts: list[int], level: int, levels: dict[str, Element]) -> str:
    count = max(1, counts[level])
    match attribute(first(levels.get(str(level)), "numFmt"), "val"):
        case "lowerLetter":
            return letters(count)
        case "upperLetter":
            return letters(count).upper()
        case "lowerRoman":
            return roman(count)
        case "upperRoman":
            return roman(count).upper()
        case "decimalZero":
            return f"{count:02}"
        case _:
            return str(count)


def letters(count: int) -> str:
    """a ... z, aa, bb ... as Word does."""
    times, letter = divmod(count - 1, 26)
    return chr(ord("a") + letter) * min(20, times + 1)


def roman(count: int) -> str:
    text = ""
    for value, sign in (*_ROMAN, *_ROMAN_SMALL):
        times, count = divmod(count, value)
        text += sign * min(times, 100)
    return text
