"""Article numbers: from the bars where they were read, else from the digits under them if their check digit holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stdnum import ean

from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Cell, Row
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode

_UNDER_THE_BARS = re.compile(
    r"(?<!\d)(?:\d[ >]{0,3}\d{6} {0,3}\d{6}|\d {0,2}\d{5} {0,2}\d{5} {0,2}\d|\d{4} ?\d{4}|\d{14})(?!\d)"
)


def barcode_of(rows: Sequence[Row], barcodes: Sequence[Barcode]) -> Field | None:
    """The product's number: of a bar code with a right check digit, else of printed digits.

    A number that fails its check digit is given only where it is printed as those under bars are, and is doubted.
    """
    for barcode in barcodes:
        if barcode.gtin and barcode.valid:
            return _from_bars(barcode)
    printed = [field for row in rows for cell in row.cells if (field := _from_digits(cell))]
    return max(printed, key=lambda field: field.confidence, default=None)


def _from_bars(barcode: Barcode) -> Field:
    value = barcode.text if barcode.text.isdigit() else str(barcode.gtin)
    xs, ys = zip(*barcode.quad, strict=True) if barcode.quad else ((), ())
    box = (min(xs), min(ys), max(xs), max(ys)) if xs else None
    return Field(name="barcode", value=value, confidence=0.99, rule="bar code", page=barcode.page, box=box,
                 engine="zxing-cpp", raw=barcode.text)  # fmt: skip


def _from_digits(cell: Cell) -> Field | None:
    match = _UNDER_THE_BARS.search(cell.text)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match[0])
    if not digits.isascii() or len(set(digits)) < 3:
        return None
    if ean.is_valid(digits):
        sure = 0.5 if len(digits) == 8 else 0.85  # one number of eight digits in ten is right by chance
        return field_of("barcode", digits, [cell], sure=sure, rule="digits with a right check digit", raw=match[0])
    if len(digits) == 13 and " " in match[0].strip():
        doubts = ("check digit fails",)
        return field_of("barcode", digits, [cell], sure=0.2, rule="digits under bars", raw=match[0], doubts=doubts)
    return None
