"""When a label speaks for a product of the catalogue, when against it, and when it is silent."""

from __future__ import annotations

import pytest
from scout_ocr.extract.agreement import BOUND, CatalogueText, agreements, log_odds
from scout_ocr.fields import Field

COLA = CatalogueText(name="Fizzy Cola Zero Sugar 1.25 L", brand="Fizzy", price="4.99", currency="EUR")


def verdicts(
    text: str, fields: list[Field] | None = None, product: CatalogueText = COLA, **others: list[str]
) -> dict[str, str]:
    return {one.attribute: one.verdict for one in agreements(fields or [], text, product, **others)}


def quantity(value: str, confidence: float = 0.9, doubts: tuple[str, ...] = ()) -> Field:
    return Field(name="quantity", value=value, confidence=confidence, rule="", doubts=doubts)


def test_label_of_the_product_agrees_through_confused_letters() -> None:
    found = verdicts(
        "F1ZZY\nC0LA ZERO SUGAR\n1,25 L\n€ 4,99", [Field(name="price", value="4.99", confidence=0.9, rule="")]
    )
    assert found == {"brand": "agrees", "name": "agrees", "quantity": "agrees", "price": "agrees"}


@pytest.mark.parametrize("text", ["", "%%%", "FIZ", "made with care", "Lorem ipsum dolor"])
def test_what_was_not_read_contradicts_nothing(text: str) -> None:
    assert set(verdicts(text, rivals=["Fizzy Cola Cherry"], brands=["Fizzy", "Krabbel"]).values()) == {"says nothing"}


def test_another_brand_of_the_catalogue_contradicts() -> None:
    assert verdicts("KRABBEL\nCola", brands=["Fizzy", "Krabbel"])["brand"] == "contradicts"
    assert verdicts("KRABBEL\nFIZZY", brands=["Fizzy", "Krabbel"])["brand"] == "agrees"
    assert verdicts("KRABBEL\nCola")["brand"] == "says nothing"


def test_word_that_tells_the_sibling_contradicts_the_name() -> None:
    assert verdicts("FIZZY COLA CHERRY", rivals=["Fizzy Cola Cherry 1.25 L"])["name"] == "contradicts"
    assert verdicts("FIZZY COLA ZERO CHERRY", rivals=["Fizzy Cola Cherry 1.25 L"])["name"] != "contradicts"


def test_other_quantity_contradicts_only_if_it_was_read_surely() -> None:
    assert verdicts("500 ml", [quantity("500 ml")])["quantity"] == "contradicts"
    assert verdicts("500 ml", [quantity("500 ml", 0.5)])["quantity"] == "says nothing"
    assert verdicts("500 ml", [quantity("500 ml", doubts=("another",))])["quantity"] == "says nothing"
    assert verdicts("250 g", [quantity("250 g")])["quantity"] == "says nothing"


def test_bottle_of_a_crate_agrees() -> None:
    crate = CatalogueText(name="Spring water", quantity="6 x 1.25 L")
    assert verdicts("1.25 L", [quantity("1.25 L")], crate)["quantity"] == "agrees"


def test_other_price_says_nothing() -> None:
    assert verdicts("", [Field(name="price", value="7.99", confidence=0.9, rule="")])["price"] == "says nothing"
    odd = CatalogueText(name="Tea", price="about five")
    assert verdicts("", [Field(name="price", value="5.00", confidence=0.9, rule="")], odd)["price"] == "says nothing"


def test_sum_is_bounded_and_attributes_unknown_to_the_catalogue_are_left_out() -> None:
    text = "Fizzy Cola Zero Sugar 1.25 L"
    found = agreements([Field(name="price", value="4.99", confidence=0.9, rule="")], text, COLA)
    assert sum(one.log_odds for one in found) > BOUND and log_odds(found) == BOUND
    against = agreements([quantity("2 L")], "KRABBEL CHERRY COLA", COLA, rivals=["Krabbel Cherry"], brands=["Krabbel"])
    assert log_odds(against) == -BOUND
    assert agreements([], text, CatalogueText()) == ()
