"""What a user gets of an invoice: a page with columns and two companies on it."""

from __future__ import annotations

from scout_ocr.extract import extract, kind_of

from tests.printed import Printed, page

INVOICE: list[Printed] = [
    ("INVOICE", 40),
    "Fjordline Optics AS\t\tBill to",
    "Strandveien 8\t\tHarbour Labs Ltd",
    "0250 Oslo, Norway\t\t17 Quay Street",
    "post@fjordline-optics.no\t\tBristol BS1 4DJ",
    "Invoice number\tInvoice date\tDue date",
    "FO-20417\t03/15/2024\t04/14/2024",
    "Description\tQuantity\tUnit price\tAmount",
    "Lens 50 mm, 15,4''\t2\t€ 1.200,00\t€ 2.400,00",
    "Mounting ring\t10\t€ 4,50\t€ 45,00",
    "Subtotal\t\t\t€ 2.445,00",
    "VAT 25% on € 2.445,00\t\t\t€ 611,25",
    "Total due\t\t\t€ 3.056,25",
    "Payment terms: 30 days. IBAN NO93 8601 1117 947",
]


def test_invoice_gives_issuer_numbers_and_items() -> None:
    assert kind_of([page(INVOICE)]) == "invoice"
    found = {field.name: field.value for field in extract([page(INVOICE)])}
    assert found["company"] == "Fjordline Optics AS"
    assert found["address"] == "Strandveien 8 0250 Oslo, Norway"
    assert (found["invoice_number"], found["date"]) == ("FO-20417", "2024-03-15")
    assert (found["total"], found["tax"], found["currency"]) == ("3056.25", "611.25", "EUR")
    assert found["line_items"] == [
        {"description": "Lens 50 mm, 15,4''", "amount": "2400.00", "quantity": "2", "unit_price": "1200.00"},
        {"description": "Mounting ring", "amount": "45.00", "quantity": "10", "unit_price": "4.50"},
    ]


def test_issuer_is_named_beside_its_address_on_one_line() -> None:
    lines: list[Printed] = [
        "Harbour Labs Ltd",
        "Seilerei Brandt AG - Uferweg 4 - D-63571 Gelnhausen",
        "Rechnung",
        "Rechnungsnr.\t3006",
        "Rechnungsdatum\t7. Mai 2014",
        "Total EUR\t34,73",
        "www.seilerei-brandt.de",
    ]
    found = {field.name: field.value for field in extract([page(lines)], "invoice")}
    assert found["company"] == "Seilerei Brandt AG" and found["address"] == "Uferweg 4, D-63571 Gelnhausen"
    assert (found["invoice_number"], found["total"]) == ("3006", "34.73")


def test_totals_on_a_second_page_count() -> None:
    second = page(["Total due\t\t\t€ 9,00"], number=2)
    total = next(field for field in extract([page(INVOICE[:9]), second], "invoice") if field.name == "total")
    assert (total.value, total.page) == ("9.00", 2)
