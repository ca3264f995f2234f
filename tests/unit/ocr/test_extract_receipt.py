"""What a user gets of a photographed receipt."""

from __future__ import annotations

from typing import Any

import pytest
from scout_ocr.extract import extract, kind_of
from scout_ocr.fields import Field

from tests.printed import Printed, page

MALAYSIAN: list[Printed] = [
    "PERKASA LIMA HARDWARE SDN BHD",
    "(734512-K)",
    "NO. 12, JALAN MERANTI 3/5,",
    "TAMAN PUSPA, 43000 KAJANG,",
    "SELANGOR. TEL: 03-8733 1122",
    "GST REG NO: 000123456789",
    "TAX INVOICE",
    "Invoice No: CS-004512\tDate: 05/03/2018 14:22",
    "Cashier: AINA",
    "Description\tQty\tPrice\tAmount(RM)",
    "PAINT BRUSH 2 INCH\t2\t4.50\t9.00",
    "WALL FILLER 1KG\t1\t12.30\t12.30",
    "Sub Total\t\t\t21.30",
    "Rounding\t\t\t0.02",
    "TOTAL\t\t\t21.32",
    "CASH\t\t\t50.00",
    "CHANGE\t\t\t28.68",
    "GST Summary\tAmount(RM)\tTax(RM)",
    "SR 6%\t20.09\t1.21",
]


def fields(lines: list[Printed], kind: Any = "auto", **options: Any) -> dict[str, Field]:
    return {field.name: field for field in extract([page(lines)], kind, **options)}


def test_receipt_gives_who_when_where_and_how_much() -> None:
    found = fields(MALAYSIAN)
    assert kind_of([page(MALAYSIAN)]) == "receipt"
    assert found["company"].value == "PERKASA LIMA HARDWARE SDN BHD"
    assert found["address"].value == "NO. 12, JALAN MERANTI 3/5, TAMAN PUSPA, 43000 KAJANG, SELANGOR."
    assert found["date"].value == "2018-03-05"
    assert found["total"].value == "21.32"
    assert found["currency"].value == "MYR"
    assert found["invoice_number"].value == "CS-004512"
    assert found["line_items"].value == [
        {"description": "PAINT BRUSH 2 INCH", "amount": "9.00", "quantity": "2", "unit_price": "4.50"},
        {"description": "WALL FILLER 1KG", "amount": "12.30", "quantity": "1", "unit_price": "12.30"},
    ]


def test_legal_form_is_no_currency() -> None:
    lines: list[Printed] = ["PERKASA LIMA SDN BHD 734512", "RASA SDN BHD 2.50", *MALAYSIAN[1:]]
    assert fields(lines, "receipt")["currency"].value == "MYR"


def test_american_receipt_writes_the_month_first() -> None:
    lines: list[Printed] = [
        "LONE STAR DINER",
        "100 Congress Ave",
        "Austin TX 78701",
        "03/04/2026 18:22",
        "Total\t$12.50",
    ]
    date = fields(lines, "receipt")["date"]
    assert (date.value, date.doubts) == ("2026-03-04", ())
    british = ["LONDON DINER", "100 High Street", "03/04/2026 18:22", "Total\t£12.50"]
    assert fields(list(british), "receipt")["date"].value == "2026-04-03"
    unknown = fields(["DINER", "03/04/2026 18:22", "Total\t12.50"], "receipt")["date"]
    assert unknown.value == "2026-04-03" and unknown.doubts and unknown.confidence < date.confidence


def test_each_value_tells_where_it_stands_and_by_which_rule() -> None:
    total = fields(MALAYSIAN)["total"]
    assert total.page == 1 and total.engine == "rapidocr" and "total" in total.rule
    assert total.box is not None and total.box[0] == pytest.approx(3 * 260) and "21.32" in total.raw
    assert 0.5 < total.confidence <= 1


@pytest.mark.parametrize("fall", [-0.08, -0.03, 0.03, 0.08])
def test_columns_are_found_on_a_slanting_photo(fall: float) -> None:
    found = {field.name: field.value for field in extract([page(MALAYSIAN, fall=fall)])}
    assert (found["total"], found["date"]) == ("21.32", "2018-03-05")


def test_poor_reading_lowers_the_confidence() -> None:
    sharp = {field.name: field for field in extract([page(MALAYSIAN)])}
    poor = {field.name: field for field in extract([page(MALAYSIAN, confidence=0.5)])}
    assert all(poor[name].confidence < 0.6 * sharp[name].confidence for name in sharp)


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        (["Total Qty\t3", "Total\t45.90", "Cash\t50.00", "Change\t4.10"], "45.90"),
        (["Total Excl GST\t62.00", "GST\t3.72", "Total Incl GST\t65.72", "Rounding\t-0.02", "TOTAL:\t65.70"], "65.70"),
        (["TOTAL SAVING\t5.00\tTOTAL\t20.00"], "20.00"),
        (["Grand Tota1RM21.85", "Total Paid\tRM50.00", "Change\tRM28.15"], "21.85"),
        (["TOTAL", "18.80", "CASH\t20.00"], "18.80"),
        (["SUBTOTAL\t863.91", "Sales Tax (8.5%)\t66.23", "TOTAL\t$930.14"], "930.14"),
        (["Sub-Total\t6.60", "GST\t0.40", "T..L", "CASH\t7.00", "CHANGE\t0.00"], "7.00"),
        (["Total Sales Incl. GST\t7.42", "Rounding\t(0.02)", "Total Payable", "Cash\t10.00", "Change\t2.60"], "7.40"),
        (["Summe EUR\t12,40", "Bar\t20,00", "Rückgeld\t7,60"], "12.40"),
        (["Totaal\t€ 1.204,95"], "1204.95"),
        (["Grand Total\tRs 1939"], "1939.00"),
        (["CASH\t170.00"], "170.00"),
        (["Bill Amount\t9.90"], "9.90"),
        (["NETT RM\t31.60"], "31.60"),
        (["SUB-TOTAL\t103.77", "TOTAL\t110-00", "CASH\t110-00", "CHANGE\t0.00"], "110.00"),
        (["TOTAL\tRM1O.5O"], "10.50"),
        (["TOTAL QTY 2\t1 103.77", "TOTAL\t110.00"], "110.00"),
    ],
)  # fmt: skip
def test_total_is_what_had_to_be_paid(rows: list[str], total: str) -> None:
    found = fields(["SOME SHOP ENTERPRISE", "01/02/2018", "ARTICLE A\t3.00", *rows], "receipt")
    assert found["total"].value == total


def test_computed_total_says_that_it_is_computed() -> None:
    found = fields(["SHOP", "Sub-Total\t6.60", "GST\t0.40", "T..L", "CASH\t7.00", "CHANGE\t0.00"], "receipt")
    assert found["total"].doubts and found["total"].confidence < 0.8


@pytest.mark.parametrize(
    ("head", "company"),
    [
        (["SUNNY CORNER", "MERBAU FOODS S/B.", "(1035693-T)", "12 JALAN KIAMBANG"], "MERBAU FOODS S/B"),
        (["scribbled note", "RESTORAN SINAR", "002043319-W", "NO 2 JALAN DELIMA"], "RESTORAN SINAR"),
        (["GREEN LEAF", "TRADING SDN.BHD", "(88123-X)"], "GREEN LEAF TRADING SDN. BHD"),
        (["TAX INVOICE", "Taste Of WorIds Sdn Bhd", "14 JALAN MANIS"], "Taste Of Worlds Sdn Bhd"),
        (["FUEL 7", "LOT 88 JALAN BESAR", "81750 MASAI", "ANZU MART", "CO. NO: 001011128-T"], "ANZU MART"),
        (["FINE STATIONERY", "NO 31, JALAN SETIA", "TAX INVOICE", "Owned by: FINE SUPPLY SDN BHD"], "FINE STATIONERY"),
        (["Blumen Hartwig GmbH & Co. KG", "Hauptstraße 4", "12345 Berlin"], "Blumen Hartwig GmbH & Co. KG"),
        (["CORNER DELI", "14 Elm Street", "Springfield"], "CORNER DELI"),
        (["some body's note", "THREE PINES", "BISTRO & CAFE", "109, SS21/1A"], "THREE PINES"),
        (["ORIENT GLOBE BERHAD", "LOT 3 JALAN TUN"], "ORIENT GLOBE BERHAD"),
    ],
)  # fmt: skip
def test_company_is_the_one_that_sold(head: list[str], company: str) -> None:
    assert fields([*head, "Date: 01/02/2018", "TOTAL\t5.00"], "receipt")["company"].value == company


@pytest.mark.parametrize(
    ("block", "address"),
    [
        (["10T 8, JA1AN BATU 5,", "43600 KAJANG", "TEL:03-1"], "LOT 8, JALAN BATU 5, 43600 KAJANG"),
        (["BLOK Il, JA:AN 5,", "43600 SE_ANGOR"], "BLOK II, JALAN 5, 43600 SELANGOR"),
        (
            ["4567 Innovation Blvd", "San Marino, CA 94103", "(415) 555-0199"],
            "4567 Innovation Blvd San Marino, CA 94103",
        ),
        (
            ["NO 3, JALAN TAMAN", "40150 SHAH ALAM", "DARUL EHSAN", "Ask for our offers"],
            "NO 3, JALAN TAMAN 40150 SHAH ALAM DARUL EHSAN",
        ),
        (["Hauptstraße 4", "12345 Berlin", "USt-IdNr. DE123456789"], "Hauptstraße 4 12345 Berlin"),
        (["(GST ID: 001927782400)", "K3-113, JL SULTAN", "80300 JOHOR BAHRU"], "K3-113, JL SULTAN 80300 JOHOR BAHRU"),
    ],
)
def test_address_is_the_block_between_name_and_numbers(block: list[str], address: str) -> None:
    found = fields(["ORCHID BAKERY", *block, "TAX INVOICE", "Date: 01/02/2018", "TOTAL\t5.00"], "receipt")
    assert found["address"].value == address


@pytest.mark.parametrize(
    ("line", "locale", "iso"),
    [
        ("Date: 03/04/2018", None, "2018-04-03"),
        ("Date: 03/04/2018", "en-US", "2018-03-04"),
        ("Date: 11/23/2024 14:32", None, "2024-11-23"),
        ("Date :28-04-201820:10:51", None, "2018-04-28"),
        ("DATE 05 MAY 18", None, "2018-05-05"),
        ("5-AUG-2017 02:11 PM", None, "2017-08-05"),
        ("Invoice Date: August 3 , 2014", None, "2014-08-03"),
        ("Rechnungsdatum: 7. März 2014", None, "2014-03-07"),
        ("Factuurdatum: 19 april 2014", None, "2014-04-19"),
        ("日期 2018年3月12日", None, "2018-03-12"),
        ("2018.03.12 10:11", None, "2018-03-12"),
        ("Date: l2/O3/2018", None, "2018-03-12"),
    ],
)
def test_date_is_iso(line: str, locale: str | None, iso: str) -> None:
    assert fields(["SHOP", line, "TOTAL\t5.00"], "receipt", locale=locale)["date"].value == iso


def test_date_of_the_receipt_not_the_one_it_expires() -> None:
    found = fields(["SHOP", "Valid until 31/12/2019", "Date: 01/02/2018", "TOTAL\t5.00"], "receipt")
    assert found["date"].value == "2018-02-01"


def test_one_impossible_day_tells_that_months_come_first() -> None:
    found = fields(["SHOP", "Date: 03/04/2018", "Return before 04/28/2018", "TOTAL\t5.00"], "receipt")
    assert found["date"].value == "2018-03-04"


def test_impossible_date_is_doubted() -> None:
    found = fields(["SHOP", "Date: 31/02/2018", "TOTAL\t5.00"], "receipt")
    assert found["date"].confidence < 0.3 and found["date"].value == "31/02/2018" and found["date"].doubts


def test_what_is_not_there_is_absent() -> None:
    found = fields(["THANK YOU", "PLEASE COME AGAIN"], "receipt")
    assert not {"total", "date", "address", "tax", "invoice_number", "line_items", "currency"} & set(found)


def test_items_that_do_not_add_up_are_doubted() -> None:
    found = fields(["SHOP", "Description\tAmount", "TEA\t3.00", "MILK\t4.00", "TOTAL\t25.00"], "receipt")
    assert found["line_items"].doubts and found["line_items"].confidence < 0.5


@pytest.mark.parametrize(
    ("lines", "locale", "currency"),
    [
        (["TOTAL\tRM 5.00"], None, "MYR"),
        (["TOTAL\t5,00 €"], None, "EUR"),
        (["TOTALT\t45,00 kr"], "nb-NO", "NOK"),
        (["Jalan Besar, Selangor", "TOTAL\t$5.00"], None, "MYR"),
        (["Jalan Besar, Selangor", "TOTAL\t5.00"], None, "MYR"),
        (["KR600 WRENCH\t9.00", "TOTAL\t9.00"], None, None),
    ],
)
def test_currency(lines: list[str], locale: str | None, currency: str | None) -> None:
    found = fields(["A SHOP", *lines], "receipt", locale=locale)
    assert (found["currency"].value if "currency" in found else None) == currency


@pytest.mark.parametrize(
    ("printed", "description", "quantity"),
    [
        ("2 x Espresso\t1.20\t2.40", "Espresso", "2"),
        ("2x Pastel de nata\t1.30\t2.60", "Pastel de nata", "2"),
        ("01 2 x Espresso\t1.20\t2.40", "Espresso", "2"),
        ("9001234567 Espresso 2 x\t1.20\t2.40", "Espresso", "2"),
        ("3 Lentil soup\t1.20\t3.60", "Lentil soup", None),
    ],
)
def test_count_before_an_article_is_no_part_of_its_name(printed: str, description: str, quantity: str | None) -> None:
    item = fields(["CAFE LUA", "03/04/2026 18:22", printed, "Total\t\t9.00"], "receipt")["line_items"].value[0]
    assert (item["description"], item.get("quantity")) == (description, quantity)
