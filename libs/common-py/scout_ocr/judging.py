"""Which values of a reading a person should look at, and when two values are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from scout_ocr.fields import Field
from scout_ocr.reading import Reading

Reason = Literal["confidence", "doubt", "contradiction", "failed", "sample"]
SEVERAL = frozenset({"line_items", "barcode", "price", "url"})
"""Fields that a page may rightly have more than one value of."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A value to look at and why. field None: the whole file could not be read."""

    reason: Reason
    field: Field | None = None
    doubts: tuple[str, ...] = ()


def questions(reading: Reading, *, below: float, sampled: bool = False) -> tuple[Question, ...]:
    """What to ask a person about a reading, one question a field at most.

    below: confidence from which on a value needs nobody. sampled: ask about every value, so that the accuracy of
    values nobody doubts is known too.
    """
    if unreadable(reading):
        return (Question(reason="failed", doubts=_why(reading)),)
    fields = best_fields(reading)
    asked = [_question(field, reading.fields, below, sampled) for field in fields]
    return tuple(question for question in asked if question is not None)


def best_fields(reading: Reading) -> tuple[Field, ...]:
    """The most confident field of each page and name."""
    ordered = sorted(reading.fields, key=lambda field: field.confidence)
    return tuple({(field.page, field.name): field for field in ordered}.values())


def unreadable(reading: Reading) -> bool:
    """Whether there is something on the picture that could not be read: no text, but also no good picture."""
    if reading.text.strip() or reading.barcodes or reading.fields:
        return False
    return any(quality is not None and quality.advice for quality in reading.quality)


def same_value(one: Any, other: Any) -> bool:
    """Whether two values say the same: spaces and case do not count, `12.5` is `12.50`."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same_value, one, other))
    if one is None or other is None:
        return one is other
    return bool(_plain(one) == _plain(other))


def _question(field: Field, fields: Sequence[Field], below: float, sampled: bool) -> Question | None:
    against = _contradictions(field, fields)
    if against:
        return Question(reason="contradiction", field=field, doubts=(*field.doubts, *against))
    if field.doubts:
        return Question(reason="doubt", field=field, doubts=field.doubts)
    if field.confidence < below:
        return Question(reason="confidence", field=field)
    return Question(reason="sample", field=field) if sampled else None


def _contradictions(field: Field, fields: Sequence[Field]) -> tuple[str, ...]:
    """Other values of the same thing that are at least half as sure."""
    if field.name in SEVERAL:
        return ()
    others = [
        other
        for other in fields
        if (other.page, other.name) == (field.page, field.name)
        and other.confidence >= field.confidence / 2
        and not same_value(other.value, field.value)
    ]
    return tuple(dict.fromkeys(f"also read as {other.value}" for other in others))


def _why(reading: Reading) -> tuple[str, ...]:
    advice = [quality.advice for quality in reading.quality if quality is not None and quality.advice]
    return tuple(dict.fromkeys((*advice, *reading.warnings)))


def _plain(value: Any) -> Any:
    text = " ".join(str(value).split()).casefold()
    try:
        return Decimal(text).normalize() if any(letter in ".," for letter in text) else text
    except InvalidOperation:
        return text
