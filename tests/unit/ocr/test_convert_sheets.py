"""Workbooks: shares, formulas that nobody calculated, rows that are not there."""

from functools import partial

import openpyxl
import pytest
from scout_ocr.convert import converting
from scout_ocr.convert.limits import Limits
from scout_ocr.errors import BadDocument

from tests.documents import HERE, entry_of, saved, with_entry

convert = partial(converting.convert, children=HERE)


def test_shares_are_said_as_shares() -> None:
    book = openpyxl.Workbook()
    formats = ((1, "0%"), (0.125, "0.0%_)"), (5, '0"%"'), (5, r"0\%"), (-2, "0%;[Red]-0%"))
    for column, (value, number_format) in enumerate(formats, 1):
        book.active.cell(1, column, value).number_format = number_format
    assert convert(saved(book.save)).text.splitlines()[-1].split("\t") == ["100%", "12.5%", "5", "5", "-200%"]


def test_formulas_that_nobody_calculated_are_told() -> None:
    book = openpyxl.Workbook()
    book.active.append([1, 2, "=A1+B1"])
    document = saved(book.save)
    read = convert(document)
    assert "1\t2" in read.text and len(read.warnings) == 1
    assert "Sheet: 1 cell" in read.warnings[0] and "calculated" in read.warnings[0]
    sheet = "xl/worksheets/sheet1.xml"
    for now, value in ((b'<c r="C1">', b"<v>3</v>"), (b'<c r="C1" t="str">', b"<v></v>")):
        told = entry_of(document, sheet).replace(b"<v></v>", value).replace(b"<v />", value).replace(b"<v/>", value)
        assert convert(with_entry(document, sheet, told.replace(b'<c r="C1">', now))).warnings == ()


def test_empty_rows_cost_no_cells_but_their_numbers_end() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A60001"] = "first", "last"
    document = saved(book.save)
    assert convert(document, Limits(cells=10)).text.split("\n\n")[-2:] == ["first", "last"]
    sheet = "xl/worksheets/sheet1.xml"
    far = entry_of(document, sheet).replace(b'"60001"', b'"2000000000"').replace(b"A60001", b"A2000000000")
    with pytest.raises(BadDocument, match="rows"):
        convert(with_entry(document, sheet, far))
