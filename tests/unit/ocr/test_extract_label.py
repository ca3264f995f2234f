"""What a user gets of a product label or a price tag."""

from __future__ import annotations

from typing import Any

import pytest
from scout_ocr.extract import extract, kind_of
from scout_ocr.extract.quantity import quantities_in
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode

from tests.printed import Printed, page

LABEL: list[Printed] = [
    ("ALPENQUELL", 60),
    ("Sparkling Water", 40),
    "6 x 1.25 L",
    "€ 4,99",
    "1 L = € 0,67",
    "Best before 12.03.2027",
    "LOT L1234A",
    "4 006381 333931",
]


def fields(lines: list[Printed], kind: Any = "label", **options: Any) -> dict[str, Field]:
    return {field.name: field for field in extract([page(lines)], kind, **options)}


def test_label_gives_what_is_printed_on_it() -> None:
    assert kind_of([page(LABEL)]) == "label"
    values = {name: field.value for name, field in fields(LABEL, "auto").items()}
    assert values == {
        "name": "Sparkling Water",
        "brand": "ALPENQUELL",
        "price": "4.99",
        "currency": "EUR",
        "quantity": "6 x 1.25 L",
        "best_before": "2027-03-12",
        "batch": "L1234A",
        "barcode": "4006381333931",
    }


@pytest.mark.parametrize(
    ("line", "locale", "price", "currency"),
    [
        ("1.234,50 kr", "sv-SE", "1234.50", "SEK"),
        ("1.234,50 kr", "da-DK", "1234.50", "DKK"),
        ("kr 49,-", "nb-NO", "49.00", "NOK"),
        ("$1,234.50", "en-CA", "1234.50", "CAD"),
        ("USD 12.00", None, "12.00", "USD"),
        ("12,90 zł", None, "12.90", "PLN"),
        ("£3.49", None, "3.49", "GBP"),
        ("RM15.90", None, "15.90", "MYR"),
        ("CHF 1'250.00", None, "1250.00", "CHF"),
        ("1 234,50 €", "fr-FR", "1234.50", "EUR"),
        ("¥1,980", "ja-JP", "1980.00", "JPY"),
        ("₹ 499", None, "499.00", "INR"),
        ("15.50 GEL", None, "15.50", "GEL"),
        ("€0.999", None, "0.999", "EUR"),
        ("€1,250", None, "1250.00", "EUR"),
        ("KWD 1.250", None, "1.25", "KWD"),
        ("BHD 2.505", None, "2.505", "BHD"),
        ("KWD 1,250", None, "1250.00", "KWD"),
        ("SEK 49:90", None, "49.90", "SEK"),
        ("49:90 kr", "sv-SE", "49.90", "SEK"),
    ],
)
def test_price_in_local_formats(line: str, locale: str | None, price: str, currency: str) -> None:
    found = fields(["Olive Oil", line], locale=locale)
    assert (found["price"].value, found["currency"].value) == (price, currency)


def test_shared_sign_without_a_country_is_doubted() -> None:
    assert fields(["Knitted hat", "49,00 kr"])["currency"].doubts


@pytest.mark.parametrize(
    "line",
    [
        *("GEL 250", "ALL 4 SEASONS TEA", "TOP 10", "CUP 250", "MOP 2", "PAB 33", "HAIR GEL 24H HOLD", "MFG 2026"),
        *("TRY 3 NOW", "£3.99 / kg", "TOP 10.00"),
    ],
)
def test_word_that_is_a_currency_too_makes_no_price(line: str) -> None:
    assert not {"price", "currency"} & set(fields(["Coral Shower", line, "Net 250 ml"]))


def test_code_that_is_a_word_is_doubted_behind_a_price() -> None:
    assert fields(["Sulguni", "15.50 GEL"])["currency"].doubts
    assert fields(["Chak-chak", "₸ 1 500"])["price"].value == "1500.00"


def test_old_and_unit_prices_are_not_the_price() -> None:
    lines: list[Printed] = ["Mountain cheese", "statt 5,99 €", ("3,49 €", 60), "100 g = 1,40 €", "13,96 €/kg"]
    assert fields(lines)["price"].value == "3.49"


@pytest.mark.parametrize(
    ("line", "shown", "total"),
    [
        ("6 x 1.25 L", "6 x 1.25 L", (7500, "ml")),
        ("6x33cl", "6 x 33 cl", (1980, "ml")),
        ("500 g e", "500 g", (500, "g")),
        ("NET WT 1,5 KG", "1.5 kg", (1500, "g")),
        ("750ml", "750 ml", (750, "ml")),
        ("24 x 40 g", "24 x 40 g", (960, "g")),
        ("250 ml x 4", "4 x 250 ml", (1000, "ml")),
        ("40 tablets", "40 tablets", (40, "pcs")),
        ("Net Wt 1,000 g", "1000 g", (1000, "g")),
        ("Inhalt 1.000 g", "1000 g", (1000, "g")),
        ("1.500 ml", "1500 ml", (1500, "ml")),
        ("10,000 pcs", "10000 pcs", (10_000, "pcs")),
        ("0.125 mg", "0.125 mg", (0.000125, "g")),
        ("1,254 kg", "1.254 kg", (1254, "g")),
    ],
)
def test_quantity_is_normalised(line: str, shown: str, total: tuple[float, str]) -> None:
    assert fields(["Some article", line])["quantity"].value == shown
    amount, unit = quantities_in(line)[0].total
    assert (float(amount), unit) == total


def test_quantity_whose_separator_may_group_thousands_is_doubted() -> None:
    assert "thousands" in fields(["Rice", "12,000 kg"])["quantity"].doubts[0]
    assert "thousands" in fields(["Rice", "2,500 lb"])["quantity"].doubts[0]
    assert not fields(["Rice", "1,250 kg"])["quantity"].doubts


def test_quantity_is_the_package_not_the_nutrition_table() -> None:
    lines: list[Printed] = ["Oat bar", "Energy per 100 g 1800 kJ", "Sugars 12 g", "Net weight 45 g"]
    assert fields(lines)["quantity"].value == "45 g"


@pytest.mark.parametrize(
    ("line", "locale", "name", "value"),
    [
        ("BEST BEFORE: 03/04/26", None, "best_before", "2026-04-03"),
        ("EXP 03/04/26", "en-US", "best_before", "2026-03-04"),
        ("MHD 12.2027", None, "best_before", "2027-12"),
        ("Bäst före: 12 mars 2027", "sv", "best_before", "2027-03-12"),
        ("À consommer de préférence avant le 5 février 2026", "fr", "best_before", "2026-02-05"),
        ("Da consumarsi entro: 30/11/2026", "it", "best_before", "2026-11-30"),
        ("MFG 01/2026", None, "produced", "2026-01"),
        ("EXP 20270312", None, "best_before", "2027-03-12"),
        ("Parasta ennen 12 maaliskuuta 2027", "fi", "best_before", "2027-03-12"),
    ],
)
def test_dates_by_locale_and_language(line: str, locale: str | None, name: str, value: str) -> None:
    assert fields(["Article", line], locale=locale)[name].value == value


@pytest.mark.parametrize(
    ("lines", "locale", "value", "doubted"),
    [
        (["BEST BY 03/04/2027"], None, "2027-04-03", True),
        (["BEST BY 03/04/2027"], "en", "2027-04-03", True),
        (["BEST BY 03/04/2027"], "en-US", "2027-03-04", False),
        (["BEST BY 03/04/2027"], "en-GB", "2027-04-03", False),
        (["BEST BY 04/04/2027"], None, "2027-04-04", False),
        (["MHD 03/04/2027"], None, "2027-04-03", False),
        (["EXP 03/04/2027", "MFG 03/25/2026"], None, "2027-03-04", False),
        (["EXP 03/04/2027", "MFG 25/03/2026"], None, "2027-04-03", False),
        (["EXP 03/04/2027", "€ 4,99"], None, "2027-04-03", False),
        (["EXP 03/04/2027", "Austin TX 78701", "$ 4.99"], None, "2027-03-04", False),
        (["EXP 03/04/2027", "Austin TX 78701", "€ 4.99"], None, "2027-04-03", True),
    ],
)
def test_order_of_day_and_month(lines: list[Printed], locale: str | None, value: str, doubted: bool) -> None:
    found = fields(["Jam", *lines], locale=locale)["best_before"]
    assert (found.value, "day and month may be swapped" in found.doubts) == (value, doubted)
    assert (found.confidence < 0.75) == doubted


def test_date_under_its_label_and_two_dates_on_a_row() -> None:
    assert fields(["Jam", "Best before", "12 MAR 2027"])["best_before"].value == "2027-03-12"
    found = fields(["Jam", "MFG 12/03/2026 EXP 12/03/2027"])
    assert (found["produced"].value, found["best_before"].value) == ("2026-03-12", "2027-03-12")


def test_impossible_and_contradictory_dates_are_doubted() -> None:
    impossible = fields(["Jam", "Best before 31.02.2027"])["best_before"]
    assert impossible.confidence < 0.3 and "calendar" in impossible.doubts[0] and impossible.value == "31.02.2027"
    for printed in ("31 FEB 2027", "FEB 31, 2027"):
        named = fields(["Jam", f"EXP {printed}"])["best_before"]
        assert named.confidence < 0.3 and "calendar" in named.doubts[0] and named.value == printed
    later = fields(["Jam", "EXP 12/03/2026", "MFG 12/03/2027"])["produced"]
    assert later.confidence < 0.5 and "later" in later.doubts[-1]


def test_date_without_a_word_for_it_is_no_best_before() -> None:
    assert not {"best_before", "produced"} & set(fields(["Jam", "12.03.2027"]))


def test_barcode_of_the_bars_wins_and_failed_check_digit_is_doubted() -> None:
    bars = Barcode(
        format="EAN13", text="4006381333931", gtin="04006381333931", quad=((5, 5), (90, 5), (90, 40), (5, 40))
    )
    found = fields(["Pencil", "5 901234 123457"], barcodes=[bars])["barcode"]
    assert (found.value, found.box) == ("4006381333931", (5, 5, 90, 40))
    wrong = fields(["Pencil", "4 006381 333932"])["barcode"]
    assert wrong.doubts == ("check digit fails",) and wrong.confidence < 0.3
    assert "barcode" not in fields(["Pencil", "4006381333932"])


def test_labelled_name_and_brand_win_over_large_print() -> None:
    lines: list[Printed] = [("SALE", 80), "Product: Hand cream", "Brand: Lumi", "Nordic® care"]
    found = fields(lines)
    assert (found["name"].value, found["brand"].value) == ("Hand cream", "Lumi")


def test_flavour_under_the_name_belongs_to_it() -> None:
    found = fields([("Hollerbach", 80), ("", 40), ("Oat Crunch", 80), ("Cinnamon", 45), ("VEGAN", 25), "450 g"])
    assert (found["brand"].value, found["name"].value) == ("Hollerbach", "Oat Crunch Cinnamon")


def test_registered_mark_names_the_brand() -> None:
    found = fields([("Silk Shampoo", 50), "Velora® Paris", "200 ml"])
    assert (found["name"].value, found["brand"].value) == ("Silk Shampoo", "Velora")


@pytest.mark.parametrize(
    ("line", "batch"), [("LOT: A77/3", "A77/3"), ("Ch.-B.: 20417", "20417"), ("L5862", "L5862"), ("1 L", None)]
)
def test_batch(line: str, batch: str | None) -> None:
    found = fields(["Plum jam", line])
    assert (found["batch"].value if "batch" in found else None) == batch


def test_single_line_gives_no_name() -> None:
    found = fields(["Lumi € 4,99"], "line")
    assert set(found) == {"price", "currency"}


def test_document_has_no_fields() -> None:
    lines: list[Printed] = ["Chapter one", "It was a bright day in spring."]
    assert kind_of([page(lines)]) == "document" and extract([page(lines)]) == ()
