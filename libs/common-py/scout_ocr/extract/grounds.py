"""Fields with their grounds: the cells that a value was read from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scout_ocr.extract.layout import Cell, union
from scout_ocr.fields import Field


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
