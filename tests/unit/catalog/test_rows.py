from decimal import Decimal
from typing import Any

import pytest

from services.catalog.rows import Problem, Record, collect, is_image_column, understand


def record(position: int = 2, **fields: Any) -> Record:
    return Record(where=f"line {position}", position=position, fields=fields)


def test_a_full_row() -> None:
    row, doubts = understand(
        record(
            SKU=" A1 ",
            Name="Caf\u0065\u0301\x1b[31m",
            EAN=4006381333931,
            Price="3,20 €",
            Images="a.jpg; b.jpg;a.jpg",
            Shelf="7",
        )
    )
    assert doubts == []
    assert (row.sku, row.title, row.barcode) == ("A1", "Café [31m", "4006381333931")
    assert (row.price, row.currency) == (Decimal("3.20"), "EUR")
    assert row.images == ("a.jpg", "b.jpg")
    assert row.extra == {"Shelf": "7"}


def test_only_the_sku_is_needed() -> None:
    row, _ = understand(record(sku="A1"))
    assert row.title == "A1"
    assert (row.price, row.images, row.extra) == (None, (), {})


def test_the_best_name_of_a_column_wins_and_the_other_is_kept() -> None:
    row, _ = understand(record(id="17", sku="A1", name="", title="Tea"))
    assert (row.sku, row.title) == ("A1", "Tea")
    assert row.extra == {"id": "17"}


@pytest.mark.parametrize(
    "name", ["image", "Images", "image_url", "Image URL", "picture", "photo1", "image_2", "image_2_url"]
)
def test_columns_of_pictures(name: str) -> None:
    assert is_image_column(name)


@pytest.mark.parametrize("name", ["image_credit", "imagery", "sku", ""])
def test_other_columns(name: str) -> None:
    assert not is_image_column(name)


def test_a_json_number_is_no_guess() -> None:
    row, _ = understand(record(sku=12.0, price=1.234, currency="EUR"))
    assert (row.sku, row.price) == ("12", Decimal("1.234"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sku": "  "}, "sku is empty"),
        ({"title": "no sku at all"}, "sku is empty"),
        ({"sku": "x" * 201}, "201 characters"),
        ({"sku": ["A"]}, "not a text"),
        ({"sku": "A", "title": "\udce9"}, "not text"),
        ({"sku": "A", "image": [{"url": 1}]}, "neither a path"),
        ({"sku": "A", "image": "x" * 2001}, "2001 characters"),
        ({"sku": "A", "other": {"deep": "\ud800"}}, "not text"),
    ],
)
def test_rows_that_cannot_be_used(fields: dict[str, Any], message: str) -> None:
    read = collect([record(3, **fields), record(4, sku="B")])
    assert [row.sku for row in read.rows] == ["B"]
    assert read.problems[0].where == "line 3"
    assert message in read.problems[0].message


def test_nesting_has_an_end() -> None:
    value: Any = "x"
    for _ in range(30):
        value = [value]
    with pytest.raises(ValueError, match="nested"):
        understand(record(sku="A", other=value))


def test_extra_values_are_what_a_database_can_hold() -> None:
    row, _ = understand(record(sku="A", a=float("nan"), b="x\0y", c={"d": [1, float("inf"), True]}))
    assert row.extra == {"b": "xy", "c": {"d": [1, None, True]}}


def test_a_bad_price_or_barcode_costs_only_itself() -> None:
    row, doubts = understand(record(sku="A", price="ask us", barcode="4,00638E+12"))
    assert (row.price, row.barcode) == (None, None)
    assert [(doubt.severity, doubt.where) for doubt in doubts] == [("warning", "line 2")] * 2


def test_a_repeated_sku_keeps_its_first_row_and_names_both_lines() -> None:
    read = collect([record(2, sku="A", title="first"), Problem(message="x"), record(9, sku="A", title="second")])
    assert [row.title for row in read.rows] == ["first"]
    assert read.problems[1].where == "line 9"
    assert "line 2" in read.problems[1].message
