"""What a user gets of an invoice: a page with columns and two companies on it."""

from __future__ import annotations

import pytest
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


def test_logo_is_no_reason_to_leave_out_the_legal_form_or_to_invent_an_address() -> None:
    lines: list[Printed] = [
        ("SEILEREI BRANDT", 40),
        "Seite 1",
        "63571 Kopie",
        "Rechnung Nr. 3006",
        "Total EUR\t34,73",
        "Seilerei Brandt AG\twww.seilerei-brandt.de",
        "Uferweg 4",
        "63571 Gelnhausen",
    ]
    found = {field.name: field.value for field in extract([page(lines)], "invoice")}
    assert (found["company"], found["address"]) == ("Seilerei Brandt AG", "Uferweg 4 63571 Gelnhausen")


def test_totals_on_a_second_page_count() -> None:
    second = page(["Total due\t\t\t€ 9,00"], number=2)
    total = next(field for field in extract([page(INVOICE[:9]), second], "invoice") if field.name == "total")
    assert (total.value, total.page) == ("9.00", 2)


@pytest.mark.parametrize(
    ("lines", "number", "date", "total"),
    [
        (
            ["Facture n° 562044387 du 02 Juillet 2015", "Total HT\t24,99 €", "TVA 20%\t5,00 €", "Total TTC\t29,99 €"],
            *("562044387", "2015-07-02", "29.99"),
        ),
        (
            ["Faktura nr FV/12/2020", "Data wystawienia: 2020-03-01", "Termin: 2020-03-15", "Do zapłaty\t1 230,50 zł"],
            *("FV/12/2020", "2020-03-01", "1230.50"),
        ),
        (
            ["Factura Nº: A-2041", "Fecha: 3/4/2021", "Vencimiento: 3/5/2021", "Total a pagar\t99,00 €"],
            *("A-2041", "2021-04-03", "99.00"),
        ),
        (
            ["Fattura n. 77/2019", "Data fattura\t31/12/2019", "Totale documento\t€ 1.220,00"],
            *("77/2019", "2019-12-31", "1220.00"),
        ),
        (
            ["Fakturanummer\t80114", "Fakturadatum\t2022-05-06", "Förfaller\t2022-06-06", "Att betala\t1 500,00 kr"],
            *("80114", "2022-05-06", "1500.00"),
        ),
        (
            ["Invoice No: # BLR_W2015", "Invoice Date: 14-10-2015", "Order Date: 12-10-2015", "Grand Total\t319.00"],
            *("BLR_W2015", "2015-10-14", "319.00"),
        ),
        (
            [
                "Rechnung Nr. 2021-0007",
                "Datum: 5. Januar 2021",
                "Netto\t100,00",
                "MwSt\t19,00",
                "Gesamtbetrag\t119,00 EUR",
            ],
            *("2021-0007", "2021-01-05", "119.00"),
        ),
    ],
)
def test_invoices_of_many_countries(lines: list[str], number: str, date: str, total: str) -> None:
    printed = page(["Some Firm Ltd", *lines])
    found = {field.name: field.value for field in extract([printed])}
    assert kind_of([printed]) == "invoice"
    assert (found["invoice_number"], found["date"], found["total"]) == (number, date, total)
