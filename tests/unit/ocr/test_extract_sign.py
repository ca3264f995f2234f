"""What a user gets of a booth's sign."""

from __future__ import annotations

import pytest
from scout_ocr.extract import extract, kind_of
from scout_ocr.fields import Field

from tests.printed import Printed, page


def fields(lines: list[Printed]) -> dict[str, Field]:
    return {field.name: field for field in extract([page(lines)], "sign")}


@pytest.mark.parametrize(
    ("line", "hall", "booth"),
    [
        ("Booth 1234", None, "1234"),
        ("BOOTH #A-101", None, "A-101"),
        ("Hall 4 Stand B12", "4", "B12"),
        ("H4-B12", "4", "B12"),
        ("Stand 12-034", None, "12-034"),
        ("Halle 3.1, Stand C045", "3.1", "C045"),
        ("Pabellón 7 Stand D23", "7", "D23"),
        ("Padiglione 5 Stand E 12", "5", "E12"),
        ("Hall 10.2 F-40", "10.2", "F-40"),
        ("STAND N° A101", None, "A101"),
        ("Hal 8 stand 8.120", "8", "8.120"),
        ("Stoisko nr 14B", None, "14B"),
        ("3号馆 展位 B12", "3", "B12"),
        ("Booth #12O4", None, "1204"),
        ("Booth 3B-07", None, "3B-07"),
        ("Stand 5.2 C18", "5.2", "C18"),
        ("Stand 3.1-C12", "3.1", "C12"),
        ("Hall 4 Booth 12345", "4", "12345"),
        ("Booth 1234/Hall 4", "4", "1234"),
        ("Booth 1234-Acme", None, "1234"),
        ("StandB12", None, "B12"),
        ("Stand 4C012a", None, "4C012A"),
        ("展馆A 展位 B12", "A", "B12"),
    ],
)
def test_booth_and_hall_in_many_spellings(line: str, hall: str | None, booth: str) -> None:
    found = fields([("Kestrel Tools", 60), line])
    assert found["booth"].value == booth
    assert (found["hall"].value if "hall" in found else None) == hall
    assert kind_of([page([("Kestrel Tools", 60), line])]) == "sign"


@pytest.mark.parametrize(
    "line", ["Standard 12", "Outstanding 2024", "Booth: C", "since 1984", "Stand by me", "+49 30 1234567"]
)
def test_no_booth_where_there_is_none(line: str) -> None:
    assert "booth" not in fields([("Kestrel Tools", 60), line])


@pytest.mark.parametrize(
    "line",
    [
        *("EXHIBITION HALL", "HALE", "HALT", "HALLA", "ACME HALLE", "NAVEX", "Hall Of Fame", "MONTERO 5"),
        *("stand up 24h", "stand by 10 min", "Stand: 01.03.2026"),
    ],
)
def test_part_of_a_word_is_no_number(line: str) -> None:
    assert not {"hall", "booth"} & set(fields([("Kestrel Tools", 60), line]))


def test_word_that_begins_like_a_hall_may_name_the_company() -> None:
    found = fields([("HALO LABS", 60), "Stand B12"])
    assert (found["company"].value, found["booth"].value, "hall" in found) == ("HALO LABS", "B12", False)


@pytest.mark.parametrize("line", ["Hall A", "HALLE B", "Hall 4", "HALLE4", "Hall: C", "Halle B3"])
def test_hall_with_a_letter(line: str) -> None:
    assert "hall" in fields([("Kestrel Tools", 60), line])


def test_letter_taken_for_a_digit_is_doubted() -> None:
    mended, plain = fields(["Booth 12O4"])["booth"], fields(["Booth 1204"])["booth"]
    assert mended.doubts and mended.confidence < plain.confidence and not plain.doubts


@pytest.mark.parametrize(
    ("lines", "company"),
    [
        ([("Nordwind Robotics GmbH", 30), ("VISIT US", 80), "Hall 4 Stand B12"], "Nordwind Robotics GmbH"),
        ([("NEW!", 70), ("kestrel tools", 30), "www.kestrel-tools.com"], "kestrel tools"),
        ([("Welcome to", 30), ("LUMI", 90), "the soft touch", "Booth 7"], "LUMI"),
    ],
)
def test_company_on_the_sign(lines: list[Printed], company: str) -> None:
    assert fields(lines)["company"].value == company


def test_web_address_is_no_mail_address() -> None:
    assert (
        fields(["info@kestrel.com", "https://www.Kestrel-Tools.co.uk/fair"])["url"].value
        == "www.kestrel-tools.co.uk/fair"
    )
    assert "url" not in fields(["info@kestrel.com"])
    assert fields(["Stand A-12 www.kornhaus.example"])["url"].value == "www.kornhaus.example"
