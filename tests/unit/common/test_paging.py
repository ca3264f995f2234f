"""Cursors: what we made comes back exactly, what others made is refused and nothing else."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_common.paging import BadCursor, Cursor

FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)
TIMES = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@given(FLOATS, st.uuids(), TIMES, TEXTS, st.integers(-(2**60), 2**60))
def test_what_we_made_comes_back_exactly(number: float, key: UUID, at: datetime, name: str, count: int) -> None:
    cursor = Cursor("s", (number, key, at, name, count))
    assert Cursor.decode(cursor.encode(), "s", (float, UUID, datetime, str, int)) == cursor


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode().rstrip("=")))
def test_garbage_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.decode(text, "s", (float, UUID))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_forged_cursors_never_reach_the_database(value: Any) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    try:
        cursor = Cursor.decode(forged, "s", (float, UUID))
    except BadCursor:
        return
    assert isinstance(cursor.values[0], float)
    assert isinstance(cursor.values[1], UUID)


def test_a_cursor_of_another_sort_is_refused() -> None:
    made = Cursor("time", (1.0, uuid4())).encode()
    with pytest.raises(BadCursor, match="another sort"):
        Cursor.decode(made, "-probability", (float, UUID))


@pytest.mark.parametrize("value", [True, "1", None, 10**400, float("inf")])
def test_numbers_must_be_numbers(value: Any) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(["s", value]).encode()).decode().rstrip("=")
    with pytest.raises(BadCursor):
        Cursor.decode(forged, "s", (float,))
