"""Rows of a page, as people see them."""

from __future__ import annotations

from scout_ocr.extract.layout import as_label, rows_of
from scout_ocr.words import Page, Word

from tests.printed import page


def word(text: str, left: float, top: float, right: float, bottom: float, line: int) -> Word:
    quad = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Word(text=text, confidence=0.9, quad=quad, line=line, block=0)


def texts(*words: Word) -> list[list[str]]:
    rows = rows_of([Page(number=1, width=3000, height=1000, words=words)])
    return [[cell.text for cell in row.cells] for row in rows]


def test_value_goes_to_its_own_label_where_another_column_is_half_a_line_off() -> None:
    found = texts(
        word("Account", 155, 490, 480, 570, 0),
        word("42183017", 2576, 538, 2805, 618, 1),
        word("Invoice Number:", 1224, 540, 1544, 620, 2),
        word("Invoice Date:", 1228, 606, 1483, 681, 3),
    )
    assert ["Invoice Number:", "42183017"] in found and ["Invoice Date:"] in found


def test_words_of_a_line_part_where_the_gap_is_wide() -> None:
    found = texts(
        word("Grand", 10, 10, 60, 30, 0), word("total", 68, 10, 110, 30, 0), word("9.90", 400, 10, 440, 30, 0)
    )
    assert found == [["Grand total", "9.90"]]


def test_full_width_punctuation_and_numbers_of_neighbouring_columns() -> None:
    row = rows_of([page(["TEL：03\t1\t103.77"])])[0]
    assert row.text == "TEL:03 1 103.77" and row.columns == "TEL:03\t1\t103.77"


def test_page_without_places_keeps_its_lines() -> None:
    flat = ((0.0, 0.0),) * 4
    words = [
        Word(text=text, confidence=1, quad=flat, line=line, block=0)
        for line, text in enumerate(["Total 5.00", "Thanks"])
    ]
    rows = rows_of([Page(number=1, width=0, height=0, words=tuple(words), source="native")])
    assert [row.text for row in rows] == ["Total 5.00", "Thanks"] and rows[0].cells[0].box is None


def test_labels_are_found_through_confused_letters_but_amounts_are_left() -> None:
    assert as_label("Tota1RM21.85") == "totalrm21.85"
    assert as_label("Bi11 No") == "bill no"
