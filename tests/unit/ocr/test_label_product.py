"""The product that a label speaks of, and which known product explains it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_ocr.fields import Field
from scout_ocr.label_product import NAMELESS, UNCONFIRMED, LabelProduct, explains, label_product, merged, news
from scout_ocr.reading import Barcode, Reading

EAN = "4006381333931"
QUAD = ((5.0, 50.0), (60.0, 50.0), (60.0, 90.0), (5.0, 90.0))


def code(text: str = EAN, **more: Any) -> Barcode:
    return Barcode(**{"format": "EAN13", "text": text, "gtin": text.rjust(14, "0"), "quad": QUAD, **more})


def label(*codes: Barcode, kind: Any = "label", **values: Any) -> Reading:
    fields = tuple(
        Field(name=name, value=value, confidence=0.8, rule="r", box=(10, 10, 100, 40)) for name, value in values.items()
    )
    return Reading(media_type="image/png", kind=kind, pages=(), text="x", markdown="", fields=fields, barcodes=codes)


def product_of(what: Reading) -> LabelProduct:
    found = label_product(what)
    assert found is not None
    return found


def test_a_bar_code_names_the_product_and_confirms_its_name() -> None:
    found = product_of(label(code(), name="Tea", brand="Solva", price="1.29", best_before="2027-01-01"))
    assert found.key == f"gtin:0{EAN}"
    assert found.confidence == 0.8
    assert found.fields == {"barcode": EAN, "brand": "Solva", "price": "1.29", "title": "Tea"}
    assert found.box == (5, 10, 100, 90)


def test_without_one_the_words_do_and_are_worth_less() -> None:
    found = product_of(label(name="Green Tea!", brand="SOLVA", quantity="20 g"))
    assert found.key == "label:solva green tea 20 g"
    assert found.confidence == pytest.approx(UNCONFIRMED * 0.8)
    assert found.words == ("solva", "green", "tea")
    assert product_of(label(code())).confidence == NAMELESS


@pytest.mark.parametrize(
    "what",
    [
        label(),
        label(name="Te"),
        label(name="1234567"),
        label(code(valid=False)),
        label(code(), code("96385074")),  # a shelf, not a label
        label(code(), kind="receipt"),
        label(name="A receipt's shop", kind="receipt"),
    ],
)
def test_what_tells_too_little(what: Reading) -> None:
    assert label_product(what) is None


@pytest.mark.parametrize("price", ["1e999999", "Infinity", "NaN", "about 3", "0.0000000001"])
def test_prices_that_are_none_are_left_out(price: str) -> None:
    assert "price" not in product_of(label(name="Green Tea", price=price)).fields


@pytest.mark.parametrize(
    ("known", "yes"),
    [
        ({"title": "x", "brand": None, "barcode": EAN}, True),
        ({"title": "x", "brand": None, "barcode": f"0{EAN}"}, True),
        ({"title": "Green Tea", "brand": "Solva", "barcode": "96385074"}, False),
        ({"title": "Solva Green Tea 20 bags", "brand": "Solva", "barcode": None}, True),
        ({"title": "Black Coffee", "brand": "Solva", "barcode": None}, False),
    ],
)
def test_a_known_product_explains_it(known: dict[str, Any], yes: bool) -> None:
    assert explains(product_of(label(code(), name="Green Tea", brand="Solva")), **known) is yes


def test_two_labels_of_one_product_complete_each_other() -> None:
    now = product_of(label(code(), name="Green Tea"))
    assert merged({"title": "Gren Tea", "price": "1.00"}, now, surer=True) == {
        "title": "Green Tea",
        "price": "1.00",
        "barcode": EAN,
    }
    assert merged({"title": "Gren Tea"}, now, surer=False)["title"] == "Gren Tea"
    assert news(now, {"title": "Green Tea", "barcode": None}) == {"barcode": EAN}


FIELDS = st.builds(
    Field,
    name=st.sampled_from(["name", "brand", "price", "currency", "quantity", "url"]),
    value=st.none() | st.text(max_size=40) | st.floats() | st.lists(st.text(max_size=3), max_size=2),
    confidence=st.floats(0, 1),
    rule=st.just("r"),
    box=st.none() | st.tuples(*[st.floats(0, 5000)] * 4),
)
CODES = st.builds(
    Barcode,
    format=st.just("EAN13"),
    text=st.text(max_size=20),
    gtin=st.none() | st.from_regex(r"\d{14}", fullmatch=True),
    valid=st.booleans(),
)


@given(st.lists(FIELDS, max_size=8), st.lists(CODES, max_size=3), st.sampled_from(["label", "receipt", "auto"]))
def test_whatever_was_read_makes_a_product_or_none(fields: list[Field], codes: list[Barcode], kind: Any) -> None:
    what = Reading(
        media_type="x", kind=kind, pages=(), text="", markdown="", fields=tuple(fields), barcodes=tuple(codes)
    )
    found = label_product(what)
    if found is not None:
        assert 0 <= found.confidence <= 1
        assert found.key.startswith(("gtin:", "label:"))
        assert explains(found, title="a", brand=None, barcode=None) in {True, False}
        assert found == label_product(what)
