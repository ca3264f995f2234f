"""Pictures inside office documents: opened one by one, so many of them need no more memory than one."""

import io
from collections.abc import Callable

import numpy as np
import openpyxl
import openpyxl.drawing.image
import pptx
import pytest
import zxingcpp
from docx.shared import Inches
from PIL import Image, ImageOps
from scout_ocr.convert import parsing
from scout_ocr.convert.confined import Confined
from scout_ocr.convert.converting import Converted, convert
from scout_ocr.convert.detect import DOCX, PPTX, XLSX
from scout_ocr.convert.limits import MIB, Limits
from scout_ocr.engine import Picture
from scout_ocr.reading import ReadOptions
from scout_ocr.sights import Sights

from tests.documents import encoded, saved, word_document


def photo(width: int, height: int) -> bytes:
    return encoded(Image.new("L", (width, height), 255), "JPEG")


def word_report(pictures: int, data: bytes) -> bytes:
    def fill(document: object) -> None:
        for _ in range(pictures):
            document.add_picture(io.BytesIO(data), width=Inches(1))

    return word_document(fill)


def slide_report(pictures: int, data: bytes) -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    for _ in range(pictures):
        slide.shapes.add_picture(io.BytesIO(data), 0, 0)
    return saved(show.save)


def sheet_report(pictures: int, data: bytes) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(pictures):
        book.active.add_image(openpyxl.drawing.image.Image(io.BytesIO(data)), "A1")
    return saved(book.save)


def shapes(document: bytes, limits: Limits | None = None, children: object = parsing) -> tuple[list[object], Converted]:
    """(height, width, channels) of each picture that was read, and what came of it."""
    seen: list[object] = []

    def read(image: Picture) -> tuple[()]:
        seen.append(image.shape)
        return ()

    return seen, convert(document, limits, read, children=children)


@pytest.mark.parametrize(("make", "kind"), [(word_report, DOCX), (slide_report, PPTX), (sheet_report, XLSX)])
def test_pictures_of_a_document_never_stand_in_memory_together(make: Callable[[int, bytes], bytes], kind: str) -> None:
    pieces = list(parsing.parse(make(5, photo(600, 400)), kind, Limits()))
    assert [sum(getattr(b, "pixels", None) is not None for b in piece.blocks) for piece in pieces] == [1] * 5 + [0]
    assert {piece.number for piece in pieces} == {1}


def test_a_report_of_many_photos_needs_the_memory_of_one() -> None:
    with Confined() as children:
        seen, _ = shapes(word_report(40, photo(1500, 1000)), Limits(memory=200 * MIB), children)
    assert seen == [(1000, 1500, 3)] * 40


@pytest.mark.parametrize("limits", [Limits(pictures=2), Limits(all_pixels=600_000)], ids=["pictures", "pixels"])
def test_pictures_beyond_what_is_read_of_a_document_are_left_out_with_a_warning(limits: Limits) -> None:
    seen, read = shapes(word_report(5, photo(600, 400)), limits)
    assert len(seen) == 2 and read.text.count("[image]") == 5
    assert len(read.warnings) == 1 and "more pictures" in read.warnings[0]


def test_bar_codes_in_pictures_of_a_document_are_found() -> None:
    format_ = zxingcpp.BarcodeFormat.EAN13
    bars = Image.fromarray(np.asarray(zxingcpp.create_barcode("4006381333931", format_).to_image(scale=3)))
    document = word_report(2, encoded(ImageOps.expand(bars, 40, 255), "PNG"))
    sights = Sights(codes=True)
    read = convert(document, None, lambda image: (), look=sights.look, children=parsing)
    (code,) = sights.barcodes(read, "document", ReadOptions())
    assert (code.gtin, code.page, code.quad) == ("04006381333931", 1, None)
    assert sights.quality(read.pages) == (None,)


def test_pictures_that_are_not_wanted_are_not_looked_at() -> None:
    shown: list[int] = []
    convert(word_report(2, photo(600, 400)), look=lambda n, _: shown.append(n), pictures=False, children=parsing)
    assert not shown


def test_a_large_photo_in_a_document_is_read_smaller() -> None:
    assert shapes(word_report(1, photo(8400, 420)))[0] == [(200, 4000, 3)]
