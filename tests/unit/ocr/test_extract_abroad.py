"""What a user gets of receipts of other countries: their taxes and addresses."""

from __future__ import annotations

import pytest
from scout_ocr.extract import extract
from scout_ocr.fields import Field

from tests.printed import Printed, page


def fields(lines: list[Printed]) -> dict[str, Field]:
    return {field.name: field for field in extract([page(lines)], "receipt")}


@pytest.mark.parametrize(
    ("rows", "tax"),
    [
        (["MwSt 7%\t3,44\t0,24\t3,68", "Summe\t3,68"], "0.24"),
        (["Summe\t10,00", "19% MwSt 8,40 1,60 10,00"], "1.60"),
        (["Totaal\t1,29", "BTW 9% 1,18 0,11 1,29"], "0.11"),
        (["Summe\t10,00", "MwSt 19%\t1,60\t10,00"], "1.60"),
        (["CGST 9%\t3.00", "SGST 9%\t3.00", "Total\t39.33"], "6.00"),
        (["Total\t10.60", "GST\t0.60"], "0.60"),
        (["Summe\t10,00", "MwSt 19%\t10,00"], None),
    ],
)
def test_tax_is_told_from_net_and_gross(rows: list[Printed], tax: str | None) -> None:
    found = fields(["CORNER SHOP", *rows])
    assert (found["tax"].value if "tax" in found else None) == tax


@pytest.mark.parametrize(
    ("rows", "address"),
    [
        (["12 High Street", "London SW1A 1AA", "Served by Anna"], "12 High Street London SW1A 1AA"),
        (["12 High Street", "Fish\t12.50", "Chips\t4.00"], "12 High Street"),
        (["Damstraat 1", "1012 AB Amsterdam", "Nederland", "Dank u"], "Damstraat 1 1012 AB Amsterdam Nederland"),
        (["12 MG Road", "Bengaluru 560001", "Masala Dosa"], "12 MG Road Bengaluru 560001"),
        (["Storgatan 5", "111 22 Stockholm", "Kaffe Latte"], "Storgatan 5 111 22 Stockholm"),
        (["NO 1, JALAN 2", "LOT 2.05", "43000 KAJANG", "SELANGOR"], "NO 1, JALAN 2 LOT 2.05 43000 KAJANG SELANGOR"),
    ],
)
def test_address_ends_where_its_country_ends_it(rows: list[Printed], address: str) -> None:
    found = fields(["THE SHOP LIMITED", *rows, "Total\t16.50", "Cash\t20.00"])
    assert found["address"].value == address


@pytest.mark.parametrize(
    "rows",
    [
        ["Rua das Flores 12", "1200-195 Lisboa"],
        ["Viale Trastevere 40", "00153 Roma"],
        ["Piazza Navona 3", "00186 Roma"],
        ["Corso Buenos Aires 7", "20124 Milano"],
        ["Av. da Liberdade 110", "1269-046 Lisboa"],
        ["Travessa do Carmo 4", "1200-096 Lisboa"],
        ["Avenida de América 8", "28028 Madrid"],
        ["C/ Mayor 21", "28013 Madrid"],
        ["Paseo del Prado 5", "28014 Madrid"],
        ["Rue de Rivoli 33", "75004 Paris"],
        ["12 quai de la Loire", "75019 Paris"],
        ["Chemin des Vignes 9", "1110 Morges"],
        ["Keizersgracht 174", "1016 DW Amsterdam"],
        ["Weena 664", "3012 CN Rotterdam"],
        ["Am Markt 7", "18055 Rostock"],
        ["Unter den Linden 12", "10117 Berlin"],
        ["Hauptstrasse 7", "8001 Zürich"],
        ["ul. Nowy Świat 15", "00-029 Warszawa"],
    ],
)
def test_address_begins_with_its_street(rows: list[Printed]) -> None:
    found = fields(["LUA & SOL", *rows, "03/04/2026 18:22", "Espresso\t2.40", "Total\t2.40"])
    assert (found["company"].value, found["address"].value) == ("LUA & SOL", " ".join(map(str, rows)))


def test_number_that_is_no_postal_code_makes_no_street_of_what_is_above() -> None:
    rows: list[Printed] = ["SOLPETROL Permata Raya 2", "LOT PTD 101051", "81750 Masai, Johor", "Diesel\t9.00"]
    assert fields(["MEGAH FUEL SDN BHD", *rows])["address"].value == "LOT PTD 101051 81750 Masai, Johor"
