"""XLSX: each sheet a page, rows of filled cells tables (openpyxl, values as last calculated)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import openpyxl

from scout_ocr.convert.charts import chart_blocks
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.package import Element, Package, attribute, first, inside
from scout_ocr.convert.parts import Block, Heading, Paragraph, ParsedPage, Table
from scout_ocr.errors import BadDocument, TooLarge

Cells = dict[tuple[int, int], str]
"""Text of the filled cells by (row, column)."""

_MERGED_CELLS = 20_000  # filled by merging, in one sheet
_ROWS = 1_048_576  # of a sheet, as Excel has them
_SAID_IN_FORMAT = re.compile(r'"[^"]*"|\\.')  # signs of a number format that mean themselves


def pages(data: bytes, limits: Limits) -> Iterator[ParsedPage]:
    """The wanted sheets, in their order, hidden ones too. Raises BadDocument, TooLarge, Encrypted."""
    package = Package(data, limits)
    main = package.xml(package.main)
    sheets = [] if main is None else list(main.iter("{*}sheet"))
    wanted = limits.pages_of(len(sheets))
    package.refuse_declarations()
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    budget = _Budget(limits.cells)
    for number in wanted:
        name = attribute(sheets[number - 1], "name")
        relation = package.relations(package.main).get(attribute(sheets[number - 1], "id", prefixed=True))
        part = relation.target if relation else ""
        blocks: list[Block] = [Heading(text=name, level=2)] if name else []
        warnings: tuple[str, ...] = ()
        if name in book.sheetnames and hasattr(book[name], "iter_rows"):
            cells = _cells(book[name], budget)
            root = package.xml(part) if part in package.names else None
            blocks += _tables(_merged(cells, root))
            warnings = _uncalculated(name, root)
        blocks += _notes(package, part)
        blocks += _drawn(package, part)
        yield from package.pieces(number, blocks, warnings)


class _Budget:
    """Counts cells over all sheets."""

    def __init__(self, cells: int) -> None:
        self._left = self._limit = cells

    def spend(self, cells: int) -> None:
        self._left -= cells
        if self._left < 0:
            raise TooLarge(f"more than {self._limit:,} cells", hint="ask for some of its sheets")


def _cells(sheet: Any, budget: _Budget) -> Cells:
    """What is filled; a size that the sheet claims is not believed, as it may be all of its possible cells.

    Rows that are not there cost nothing: two cells may stand far apart.
    """
    sheet.reset_dimensions()
    found: Cells = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > _ROWS:
            raise BadDocument(f"a sheet claims to have more than {_ROWS:,} rows")
        budget.spend(1 if row else 0)
        for cell in row:
            if cell.value is not None and (text := shown(cell.value, cell.number_format)):
                budget.spend(1)
                found[cell.row, cell.column] = text
    return found


def shown(value: Any, number_format: str = "General") -> str:
    """A value as it is read aloud: dates ISO, percentages as such, numbers without the digits of binary fractions."""
    match value:
        case bool():
            return str(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case date() | time() | timedelta():
            return str(value)
        case int() | float() if "%" in _SAID_IN_FORMAT.sub("", number_format):
            return f"{value * 100:.10g}%"
        case float():
            return f"{value:.15g}"
        case _:
            return str(value).strip()


def _uncalculated(name: str, root: Element | None) -> tuple[str, ...]:
    """A warning where formulas have no value: programs that do not calculate write them so.

    Empty text (t="str") is a value.
    """
    formulas = () if root is None else root.iter("{*}f")
    cells = (cell for formula in formulas if attribute(cell := formula.getparent(), "t") != "str")
    count = sum(not getattr(first(cell, "v"), "text", None) for cell in cells)
    if not count:
        return ()
    holds = "1 cell holds a formula that was" if count == 1 else f"{count:,} cells hold formulas that were"
    return (f"{name}: {holds} never calculated and left out; a spreadsheet program that saves it again helps",)


def _merged(cells: Cells, root: Element | None) -> Cells:
    """With the text of merged cells in every place that they cover."""
    left = _MERGED_CELLS
    for merged in () if root is None else root.iter("{*}mergeCell"):
        top, bottom, start, end = _bounds(attribute(merged, "ref"))
        text = cells.get((top, start))
        places = (bottom - top + 1) * (end - start + 1)
        if text and 0 < places <= left:
            left -= places
            cells |= dict.fromkeys(((r, c) for r in range(top, bottom + 1) for c in range(start, end + 1)), text)
    return cells


def _bounds(reference: str) -> tuple[int, int, int, int]:
    """(first row, last row, first column, last column) of "A1:C2"; an empty stretch where it says nothing."""
    try:
        left, top, right, bottom = openpyxl.utils.range_boundaries(reference)
    except ValueError:
        return 1, 0, 1, 0
    return top or 1, bottom or 0, left or 1, right or 0


def _tables(cells: Cells) -> Iterator[Block]:
    """Rows without an empty one between them are a table, empty columns left out; a lone cell is a paragraph.

    Tables side by side stay together: what stands in a row is read across, label and value.
    """
    rows = sorted({row for row, _ in cells})
    bands = [[row for _, row in band] for _, band in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0])]
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        by_row.setdefault(row, {})[column] = text
    for band in bands:
        columns = sorted({column for row in band for column in by_row[row]})
        table = tuple(tuple(by_row[row].get(column, "") for column in columns) for row in band)
        yield Table(rows=table) if len(table) * len(columns) > 1 else Paragraph(text=table[0][0])


def _notes(package: Package, part: str) -> Iterator[Block]:
    """Comments on cells."""
    for name in package.related(part, "comments"):
        root = package.xml(name)
        for comment in () if root is None else root.iter("{*}comment"):
            text = "".join(t.text or "" for t in comment.iter("{*}t")).strip()
            if text:
                yield Paragraph(text=f"{attribute(comment, 'ref')}: {text}")


def _drawn(package: Package, part: str) -> Iterator[Block]:
    """Text boxes, charts and pictures that lie on the sheet."""
    for name in package.related(part, "drawing"):
        root = package.xml(name)
        if root is None:
            continue
        yield from _boxes(root)
        for shown_chart in inside(root, "chart"):
            yield from chart_blocks(package, name, shown_chart)
        for blip in inside(root, "blip"):
            yield package.figure(name, attribute(blip, "embed"))


def _boxes(root: Any) -> Iterable[Block]:
    for body in root.iter("{*}txBody"):
        lines = ("".join(t.text or "" for t in p.iter("{*}t")).strip() for p in body.iter("{*}p"))
        text = "\n".join(filter(None, lines))
        if text:
            yield Paragraph(text=text)
