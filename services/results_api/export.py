"""Sightings as CSV and JSON files, streamed; no cell can become a formula."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from services.results_api.schemas import Match

COLUMNS = (
    "id", "job", "show", "medium", "start_s", "end_s", "best_s", "sku", "title", "brand", "family", "probability",
    "sibling_risk", "state", "facings", "frames", "evidence", "created_at", "company", "hall", "booth",
    "booth_confidence", "label", "label_verdict",
)  # fmt: skip
_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠|%")


def safe_cell(value: str) -> str:
    """A text that spreadsheets show as it is: an apostrophe goes before what they would run (OWASP, CSV injection).

    Blanks before the dangerous character do not help an attacker: some spreadsheets trim them first.
    """
    risky = value.startswith(_DANGEROUS) or value.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS)
    return f"'{value}" if risky else value


def csv_lines(matches: Iterable[Match], address: str) -> Iterator[str]:
    """RFC 4180 lines with a header; numbers stay numbers, texts are made safe. `address`: where evidence links lead."""
    yield _line(COLUMNS)
    for match in matches:
        yield _line(cell if not isinstance(cell, str) else safe_cell(cell) for cell in _cells(match, address))


def json_chunks(matches: Iterable[Match]) -> Iterator[str]:
    """One JSON array of sightings, written as it is read."""
    opening = "["
    for match in matches:
        yield opening + json.dumps(match.model_dump(mode="json"), ensure_ascii=False)
        opening = ",\n"
    yield "]\n" if opening != "[" else "[]\n"


def _cells(match: Match, address: str) -> Iterator[Any]:
    product = match.product
    yield from (str(match.id), str(match.job), match.show or "", match.medium.name)
    yield from (round(match.start_s, 3), round(match.end_s, 3), round(match.best_s, 3))
    yield from (product.sku, product.title, product.brand or "") if product else ("", "", "")
    yield "; ".join(member.sku for member in match.family)
    yield from (round(match.probability, 4), round(match.sibling_risk, 4), match.state, match.facings, match.frames)
    yield address + match.evidence if match.evidence else ""
    yield match.created_at.isoformat()
    booth, label = match.booth, match.label
    yield from (booth.company or "", booth.hall, booth.number) if booth else ("", "", "")
    yield round(booth.confidence, 4) if booth else ""
    yield from (" / ".join(label.text.splitlines()), label.verdict) if label else ("", "")


def _line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
