"""Lines become rows, columns and blocks; words stand in their part of a line."""

import numpy as np
from scout_ocr.engines.recognition import Recognised
from scout_ocr.layout import FoundLine, arranged, direction_of
from scout_ocr.words import lines_of


def line(text: str, left: float, top: float, width: float, height: float = 20) -> FoundLine:
    quad = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]], np.float32)
    places = ((np.arange(len(text)) + 0.5) / len(text)).astype(np.float32)
    return FoundLine(quad=quad, read=Recognised(text, np.full(len(text), 0.9, np.float32), places), engine="made")


def turned(found: FoundLine, degrees: float) -> FoundLine:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    return FoundLine(quad=found.quad @ turn, read=found.read, engine=found.engine)


def rows(lines: list[FoundLine]) -> list[str]:
    return [row.text for row in lines_of(arranged(lines))]


RECEIPT = [line("4.50", 400, 42, 60), line("Cake", 10, 40, 60), line("3.20", 400, 3, 60), line("Coffee", 10, 0, 90)]


def test_a_price_belongs_to_the_row_of_its_label() -> None:
    assert rows(RECEIPT) == ["Coffee 3.20", "Cake 4.50"]


def test_rows_hold_at_any_angle() -> None:
    for degrees in (-170, -90, -20, 5, 35, 90, 180):
        lines = [turned(one, degrees) for one in RECEIPT]
        assert rows(lines) == ["Coffee 3.20", "Cake 4.50"], degrees
        off = (np.degrees(direction_of(lines)) - degrees + 180) % 360 - 180
        assert abs(off) < 0.5


def test_columns_of_prose_are_read_one_after_the_other_and_a_heading_first() -> None:
    left = [line(f"left column line {n}", 10, 60 + 30 * n, 260) for n in range(6)]
    right = [line(f"right column line {n}", 330, 60 + 30 * n, 260) for n in range(6)]
    heading = line("A heading over both of the columns", 10, 0, 580, 30)
    mixed = [one for pair in zip(left, right, strict=True) for one in pair]
    assert rows([*mixed, heading]) == [one.read.text for one in (heading, *left, *right)]


def test_a_gap_between_rows_begins_a_block() -> None:
    words = arranged([line("one", 0, 0, 50), line("two", 0, 24, 50), line("three", 0, 120, 50)])
    assert [word.block for word in words] == [0, 0, 1]
    assert [word.line for word in words] == [0, 1, 2]


def test_words_share_their_line_by_where_their_letters_are() -> None:
    first, second = arranged([line("ab cdefgh", 0, 0, 90)])
    assert first.text == "ab" and second.text == "cdefgh"
    assert first.box[2] < second.box[0] + 1 and abs(second.box[0] - 30) < 6 and second.box[2] == 90
    assert abs(first.confidence - 0.9) < 1e-6


def test_nothing_found_is_no_word() -> None:
    assert arranged([]) == () and arranged([line("  ", 0, 0, 30)]) == () and direction_of([]) == 0.0
