"""Which values a person is asked about, and when two values are the same."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_ocr.fields import Field
from scout_ocr.judging import best_fields, questions, same_value, unreadable
from scout_ocr.reading import Barcode, PictureQuality, Reading

GOOD = PictureQuality(blur=1, glare=1, resolution=1, score=1)
BLURRED = PictureQuality(blur=0.1, glare=1, resolution=1, score=0.1, advice="hold the camera still")


def field(name: str = "total", value: Any = "1.00", confidence: float = 0.9, **more: Any) -> Field:
    return Field(name=name, value=value, confidence=confidence, rule="r", **more)


def reading(*fields: Field, text: str = "x", **more: Any) -> Reading:
    return Reading(media_type="image/png", kind="receipt", pages=(), text=text, markdown="", fields=fields, **more)


def reasons(what: Reading, **more: Any) -> dict[str, str]:
    asked = questions(what, **{"below": 0.5, **more})
    return {question.field.name if question.field else "": question.reason for question in asked}


def test_only_what_is_doubtful_is_asked() -> None:
    sure, unsure = field("date", "2020-01-01"), field("total", confidence=0.2)
    doubted = field("barcode", "123", doubts=("check digit fails",))
    assert reasons(reading(sure, unsure, doubted)) == {"total": "confidence", "barcode": "doubt"}


def test_two_values_at_least_half_as_sure_contradict() -> None:
    assert reasons(reading(field(value="1.00"), field(value="2.00", confidence=0.5))) == {"total": "contradiction"}
    assert reasons(reading(field(value="1.00"), field(value="2.00", confidence=0.3))) == {}
    assert reasons(reading(field(value="1.00"), field(value="1.0", confidence=0.8))) == {}
    assert reasons(reading(field(value="1.00"), field(value="2.00", page=2))) == {}


def test_a_page_may_have_several_prices_and_bar_codes() -> None:
    assert reasons(reading(field("price", "1.00"), field("price", "2.00"))) == {}


def test_a_sample_asks_about_everything() -> None:
    assert reasons(reading(field()), sampled=True) == {"total": "sample"}


@pytest.mark.parametrize(
    ("what", "failed"),
    [
        (reading(text="", quality=(BLURRED,)), True),
        (reading(text="", quality=(GOOD,)), False),  # a picture without text is no failure
        (reading(text="x", quality=(BLURRED,)), False),
        (reading(text="", quality=(BLURRED,), barcodes=(Barcode(format="EAN13", text="1"),)), False),
        (reading(text="", quality=(None,)), False),
    ],
)
def test_a_bad_picture_without_text_has_failed(what: Reading, failed: bool) -> None:
    assert unreadable(what) is failed
    assert ("" in reasons(what)) is failed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12.50", "12.5", True),
        ("12.50", "12.05", False),
        ("ACME  Ltd", "acme ltd", True),
        ("0123", "123", False),  # numbers of articles keep their zeros
        (None, None, True),
        (None, "", False),
        ([{"name": "Tea", "amount": "2.0"}], [{"name": "tea", "amount": "2"}], False),
        ([{"name": "Tea", "amount": "2.0"}], [{"name": "tea", "amount": "2.00"}], True),
        (["a"], ["a", "b"], False),
    ],
)
def test_values_that_say_the_same(one: Any, other: Any, same: bool) -> None:
    assert same_value(one, other) is same
    assert same_value(other, one) is same


VALUES = st.recursive(
    st.none() | st.text(max_size=12) | st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_every_value_is_the_same_as_itself(value: Any) -> None:
    assert same_value(value, value)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_zeros_after_the_point_do_not_count(amount: Decimal) -> None:
    assert same_value(f"{amount}", f"{amount}000")


FIELDS = st.builds(
    Field,
    name=st.sampled_from(["total", "date", "barcode", "company"]),
    value=VALUES,
    confidence=st.floats(0, 1),
    rule=st.just("r"),
    page=st.integers(1, 2),
    doubts=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)


@given(st.lists(FIELDS, max_size=8), st.floats(0, 1), st.booleans())
def test_each_field_of_a_page_is_asked_about_once_at_most(fields: list[Field], below: float, sampled: bool) -> None:
    what = reading(*fields)
    asked = [question.field for question in questions(what, below=below, sampled=sampled)]
    assert all(one is not None for one in asked)
    assert len({(one.page, one.name) for one in asked if one}) == len(asked)
    assert {id(one) for one in asked} <= {id(one) for one in best_fields(what)}
