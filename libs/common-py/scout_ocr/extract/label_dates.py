"""Best before and production dates of a label: only where a word says which it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from scout_ocr.extract import label_words as words
from scout_ocr.extract.date_order import order_of
from scout_ocr.extract.dates import DAY_FIRST, Dated, dates_in, impossible_in, parsed
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Row, as_label
from scout_ocr.fields import Field

LONGEST_DATE = 30  # characters after the label in which the date begins
_ROWS_BELOW = 2


def best_before_of(rows: Sequence[Row], locale: str | None = None) -> Field | None:
    """The date after "best before", "MHD", "EXP" ..., on the same row or just below."""
    return _labelled_date("best_before", words.BEST_BEFORE, words.PRODUCED, rows, locale)


def produced_of(rows: Sequence[Row], locale: str | None = None, best_before: Field | None = None) -> Field | None:
    """The date after "MFG", "packed", "hergestellt" ...; doubted where it is later than the best-before date."""
    field = _labelled_date("produced", words.PRODUCED, words.BEST_BEFORE, rows, locale)
    if field and best_before and str(field.value) > str(best_before.value):
        return replace(
            field, confidence=field.confidence / 2, doubts=(*field.doubts, "later than the best-before date")
        )
    return field


def _labelled_date(
    name: str, label: re.Pattern[str], other: re.Pattern[str], rows: Sequence[Row], locale: str | None
) -> Field | None:
    """The first date after the label; a row below counts only if no other label claims it."""
    impossible = None
    order = order_of((row.columns for row in rows), locale)
    for place, row in enumerate(rows):
        match = label.search(row.label)
        if match is None:
            continue
        for below, start in (
            (row, match.end()),
            *((next_row, 0) for next_row in rows[place + 1 : place + 1 + _ROWS_BELOW]),
        ):
            if below is not row and (other.search(below.label) or below.page != row.page):
                break
            if dated := _first(below.text, start, other, order or _order_beside(match[0])):
                return _field(name, dated, row, below)
            impossible = impossible or _impossible(name, below, start)
    return impossible


def _order_beside(label: str) -> str | None:
    """Words of no English label are of no country that writes the month first."""
    return None if words.ENGLISH_DATE.match(label) else DAY_FIRST


def _first(text: str, start: int, other: re.Pattern[str], locale: str | None) -> Dated | None:
    """The first date after start, and before the other label where that follows."""
    until = other.search(as_label(text), start)
    part = text[start : until.start() if until and until.start() > start else len(text)]
    found = dates_in(part, locale=locale, compact=True, months=True)
    first = found[0] if found and found[0].start <= LONGEST_DATE else parsed(part[:LONGEST_DATE], locale=locale)
    return replace(first, start=first.start + start, end=first.end + start) if first else None


def _field(name: str, dated: Dated, label: Row, row: Row) -> Field:
    cells = row.cells if row is label else (*label.cells, *row.cells)
    raw = row.text[dated.start : dated.end]
    rule = "labelled date" if row is label else "date under its label"
    sure = dated.sure * (0.95 if row is label else 0.8)
    return field_of(name, dated.value, cells, sure=sure, rule=rule, raw=raw, doubts=dated.doubts)


def _impossible(name: str, row: Row, start: int) -> Field | None:
    """What is printed where a date should be, if no calendar has it."""
    raw = impossible_in(row.text[start : start + LONGEST_DATE])
    doubts = ("no calendar has this day: given as printed",)
    return field_of(name, raw, row.cells, sure=0.25, rule="labelled date", raw=raw, doubts=doubts) if raw else None
