"""The number of a document: invoice, receipt or booking, beside or under its label."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.columns import beneath, cell_at
from scout_ocr.extract.dates import dates_in
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Cell, Row
from scout_ocr.fields import Field

_VALUE = re.compile(r"(?:[A-Za-z]{1,6}[-/ ]?)?[A-Za-z0-9_]{0,40}\d[A-Za-z0-9_]{0,40}(?:[-/.][A-Za-z0-9_]{1,40}){0,6}")


def number_of(rows: Sequence[Row]) -> Field | None:
    """The surest number: by what its label says, then by what stands first."""
    found: list[tuple[float, Field]] = []
    for place, row in enumerate(rows):
        for sure, pattern in words.NUMBER:
            match = pattern.search(row.label)
            if match and (field := _beside(row, match.end(), sure) or _under(rows, place, match.start(), sure)):
                found.append((sure - 0.001 * place, field))
                break
    return max(found, key=lambda entry: entry[0])[1] if found else None


def _beside(row: Row, end: int, sure: float) -> Field | None:
    rest = re.sub(r"^[\s:;.#=\-\u2013*]+", "", row.text[end:])
    return _number(rest, row.cells, sure * 0.97)


def _number(text: str, cells: Sequence[Cell], sure: float) -> Field | None:
    match = _VALUE.match(text)
    if match is None or sum(letter.isdigit() for letter in match[0]) < 2 or _is_date(text):
        return None
    return field_of("invoice_number", match[0].replace(" ", ""), cells, sure=sure, rule="labelled number", raw=match[0])


def _under(rows: Sequence[Row], place: int, start: int, sure: float) -> Field | None:
    found = (_number(cell.text, [cell], sure * 0.85) for cell in beneath(rows, place, cell_at(rows[place], start)))
    return next(filter(None, found), None)


def _is_date(text: str) -> bool:
    dated = dates_in(text[:40])
    return bool(dated) and dated[0].start == 0
