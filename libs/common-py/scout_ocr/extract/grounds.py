"""Fields with their grounds: the cells that a value was read from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scout_ocr.extract.layout import Cell, union
from scout_ocr.fields import Field

_CONFUSED = str.maketrans("0158|6$", "olsblgs")


def field_of(
    name: str, value: Any, cells: Sequence[Cell], *, sure: float, rule: str, raw: str = "", doubts: Sequence[str] = ()
) -> Field:
    """A field whose confidence is that of its cells' reading (mean by length) times `sure`, that of the rule, 0-1."""
    letters = sum(len(cell.text) for cell in cells)
    reading = sum(cell.confidence * len(cell.text) for cell in cells) / max(1, letters)
    return Field(
        name=name,
        value=value,
        confidence=round(min(1.0, max(0.0, reading * sure)), 4),
        rule=rule,
        page=cells[0].page,
        box=union(cells),
        engine=next((cell.engine for cell in cells if cell.engine), ""),
        raw=raw or " ".join(cell.text for cell in cells),
        doubts=tuple(doubts),
    )


def as_label(text: str) -> str:
    """Lower case, digits inside words as the letters they are mistaken for (Tota1, Bi11), character for character: for
    finding labels, never for values."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    out = list(lower)
    for place in range(1, len(out)):
        letter_before = out[place - 1].isalpha()
        number_after = lower[place : place + 3].replace(".", "").isdigit() and len(lower[place:]) > 2
        if letter_before and not number_after:
            out[place] = out[place].translate(_CONFUSED)
    return "".join(out)
