"""What the styles of a Word document say of a paragraph: is it a heading, is it numbered."""

from __future__ import annotations

import re

from scout_ocr.convert.package import Element, attribute, first

_HEADING = re.compile(r"heading\s*(\d)", re.I)
_DEEPEST = 20  # styles that each are based on the next


class Styles:
    """The paragraph styles, by their ids."""

    def __init__(self, root: Element | None) -> None:
        found = () if root is None else root.iter("{*}style")
        self._styles = {attribute(element, "styleId"): element for element in found}

    def heading(self, style: str, properties: Element | None) -> int:
        """1 to 6, 0 for none: by the built-in names, else by the level in the outline."""
        own = attribute(first(properties, "outlineLvl"), "val")
        if own.isdigit() and int(own) < 9:
            return min(6, int(own) + 1)
        for element in self._chain(style):
            name = attribute(first(element, "name"), "val")
            if name.lower() == "title":
                return 1
            level = attribute(first(element, "pPr", "outlineLvl"), "val")
            found = _HEADING.match(name)
            if found or (level.isdigit() and int(level) < 9):
                return min(6, max(1, int(found[1]) if found else int(level) + 1))
        return 0

    def numbered(self, style: str, properties: Element | None) -> tuple[str, int]:
        """(id of the numbering, level from 0); "" where it has none, or was taken away ("0")."""
        number, level = _numbering(properties)
        for element in self._chain(style):
            inherited, depth = _numbering(first(element, "pPr"))
            number = number or inherited
            level = level if level is not None else depth
        return ("" if number == "0" else number), level or 0

    def _chain(self, style: str) -> list[Element]:
        chain: list[Element] = []
        while style in self._styles and len(chain) < _DEEPEST:
            chain.append(self._styles[style])
            style = attribute(first(chain[-1], "basedOn"), "val")
        return chain


def _numbering(properties: Element | None) -> tuple[str, int | None]:
    given = first(properties, "numPr")
    level = attribute(first(given, "ilvl"), "val")
    return attribute(first(given, "numId"), "val"), min(8, int(level)) if level.isdigit() else None
