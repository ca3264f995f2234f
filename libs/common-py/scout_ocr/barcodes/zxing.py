"""One pass of zxing-cpp, its answers as ours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import zxingcpp

from scout_ocr.barcodes.gs1 import SEPARATOR, BadElements, elements
from scout_ocr.barcodes.gtin import RETAIL_FORMATS, gtin14
from scout_ocr.barcodes.proposals import Gray
from scout_ocr.reading import Barcode
from scout_ocr.words import Quad

LINEAR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllLinear)
MATRIX = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllMatrix)
ALL = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllReadable)


def scan(
    gray: Gray, formats: zxingcpp.BarcodeFormats = ALL, global_threshold: bool = False, found_by: str = "plain"
) -> list[Barcode]:
    """What one pass sees, quadrilaterals in the pixels of `gray`."""
    binarizer = zxingcpp.Binarizer.GlobalHistogram if global_threshold else zxingcpp.Binarizer.LocalAverage
    answers = zxingcpp.read_barcodes(
        np.ascontiguousarray(gray),
        formats=formats,
        binarizer=binarizer,
        text_mode=zxingcpp.TextMode.Plain,
        ean_add_on_symbol=zxingcpp.EanAddOnSymbol.Read,
    )
    return [_barcode(answer, found_by) for answer in answers]


def _barcode(answer: zxingcpp.Barcode, found_by: str) -> Barcode:
    corners = (
        answer.position.top_left,
        answer.position.top_right,
        answer.position.bottom_right,
        answer.position.bottom_left,
    )
    quad = tuple((float(corner.x), float(corner.y)) for corner in corners)
    gs1 = answer.content_type == zxingcpp.ContentType.GS1
    return barcode(answer.format.name, answer.text, quad, found_by, gs1)  # type: ignore[arg-type]


def barcode(name: str, text: str, quad: Quad | None, found_by: str, gs1: bool = False) -> Barcode:
    """A find with what its text tells: trade item number, GS1 elements, whether the check digit is right.

    text: EAN and UPC expanded to 13 or 8 digits, add-on digits after a space or straight behind.
    """
    if name in RETAIL_FORMATS and name != "ITF14":
        code, add_on = split_add_on(text, 8 if name == "EAN8" else 13)
        if name == "UPCE":
            add_on = ""  # no book or periodical carries UPC-E: what stands beside it is no add-on
        gtin = gtin14(code)
        whole = f"{code} {add_on}" if add_on else code
        return Barcode(format=name, text=whole, quad=quad, gtin=gtin, valid=gtin is not None, found_by=found_by)
    if gs1 or SEPARATOR in text:
        return _gs1(name, text, quad, found_by, gs1)
    gtin = gtin14(text) if name in ("ITF", "ITF14") and len(text) == 14 else None
    return Barcode(format=name, text=text, quad=quad, gtin=gtin, found_by=found_by)


def _gs1(name: str, text: str, quad: Quad | None, found_by: str, declared: bool) -> Barcode:
    """valid is False only where the symbol itself declares GS1 and its content breaks the rules."""
    try:
        parts: Sequence[tuple[str, str]] = elements(text)
    except BadElements:
        return Barcode(format=name, text=text, quad=quad, valid=not declared, found_by=found_by)
    gtin = next((gtin14(value) for identifier, value in parts if identifier in ("01", "02")), None)
    return Barcode(format=name, text=text, quad=quad, gtin=gtin, elements=tuple(parts), found_by=found_by)


def split_add_on(text: str, length: int) -> tuple[str, str]:
    """The code and its add-on digits, "" where there is none."""
    digits = text.replace(" ", "")
    return digits[:length], digits[length:]
