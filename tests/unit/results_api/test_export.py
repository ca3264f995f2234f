"""Exports: whatever a catalogue holds, no cell becomes a formula and no row is torn."""

import csv
import io
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.results_api.export import COLUMNS, csv_lines, json_chunks, safe_cell
from services.results_api.schemas import Match, MediumRef, ProductRef

ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
ID = UUID("00000000-0000-4000-8000-000000000001")


def sighting(title: str, brand: str, medium: str) -> Match:
    return Match(
        id=ID,
        job=ID,
        product=ProductRef(id=ID, sku="A-1", title=title, brand=brand),
        family=[],
        medium=MediumRef(id=ID, name=medium, kind="photo", url="/x"),
        show=None,
        start_s=0,
        end_s=0,
        best_s=0,
        probability=0.5,
        sibling_risk=0,
        state="new",
        facings=1,
        frames=1,
        frame="/f",
        packshot="/p",
        evidence="/e",
        proof=None,
        created_at=datetime(2026, 3, 3, tzinfo=UTC),
    )


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1", "|cmd"])
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "Tea", "a=b", "3-in-1", "7up", "'quoted"])
def test_harmless_texts_stay(value: str) -> None:
    assert safe_cell(value) == value


@given(ANY, ANY, ANY)
def test_any_text_comes_back_whole_and_safe(title: str, brand: str, medium: str) -> None:
    written = "".join(csv_lines([sighting(title, brand, medium)], "http://localhost"))
    header, row = list(csv.reader(io.StringIO(written, newline="")))
    assert tuple(header) == COLUMNS
    cells = dict(zip(header, row, strict=True))
    for name, value in (("title", title), ("brand", brand), ("medium", medium)):
        assert cells[name].removeprefix("'") == value.removeprefix("'")
        assert not cells[name].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert float(cells["probability"]) == 0.5
    assert cells["evidence"] == "http://localhost/e"


@given(st.lists(st.tuples(ANY, ANY, ANY), max_size=4))
def test_json_is_one_array_however_many(texts: list[tuple[str, str, str]]) -> None:
    items = json.loads("".join(json_chunks(sighting(*each) for each in texts)))
    assert [(i["product"]["title"], i["product"]["brand"], i["medium"]["name"]) for i in items] == texts
