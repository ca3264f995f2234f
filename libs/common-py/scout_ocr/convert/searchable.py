"""PDFs with unseen words over their pictures. Runs in the child, as it opens the document anew.

The words are set in a font whose signs are empty and all of one width, as Tesseract does it; each word is stretched to
the place where it was read.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import closing
from ctypes import c_ubyte, c_uint32
from typing import Any
from unicodedata import bidirectional

import pypdfium2 as pdfium
import pypdfium2.raw as c
from PIL import Image

from scout_ocr.convert import pictures
from scout_ocr.convert.detect import PDF
from scout_ocr.convert.empty_font import DESCENT, EM, WIDTH, empty_font, to_unicode
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import Pixels
from scout_ocr.convert.places import Placement
from scout_ocr.errors import BadDocument
from scout_ocr.words import Page, Word

_DPI = 200
_QUALITY = 85
_MOST_SIGNS = 60_000
_LEAN = 1e-3  # of a word's length


def searchable(data: bytes, media_type: str, pages: Sequence[Page], limits: Limits) -> bytes:
    """The document as PDF with the words of these pages; of pictures, the pages that the limits name.

    Raises BadDocument, TooLarge.
    """
    begin = 1 if media_type == PDF else max(1, limits.first_page)
    document = pdfium.PdfDocument(data) if media_type == PDF else _of_pictures(data, media_type, limits)
    with closing(document):
        letters = _Letters(document, pages)
        for page in pages:
            if 0 <= page.number - begin < len(document):
                _write(document, page.number - begin, page, letters)
        written = io.BytesIO()
        document.save(written)
        return written.getvalue()


def _of_pictures(data: bytes, media_type: str, limits: Limits) -> pdfium.PdfDocument:
    """A new document, a page for each picture."""
    document = pdfium.PdfDocument.new()
    for found in pictures.pages(data, media_type, limits):
        if found.pixels is None:
            raise BadDocument("the picture has no pixels")
        width, height = found.width * 72 / _DPI, found.height * 72 / _DPI
        page = document.new_page(width, height)
        image = pdfium.PdfImage.new(document)
        image.load_jpeg(_jpeg(found.pixels), inline=True)
        image.set_matrix(pdfium.PdfMatrix().scale(width, height))
        page.insert_obj(image)
        page.gen_content()
        page.close()
    return document


def _jpeg(pixels: Pixels) -> io.BytesIO:
    written = io.BytesIO()
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    image.save(written, "JPEG", quality=_QUALITY)
    written.seek(0)
    return written


class _Letters:
    """The font, and the code of each letter that occurs."""

    def __init__(self, document: pdfium.PdfDocument, pages: Iterable[Page]) -> None:
        used = sorted({letter for page in pages for word in page.words for letter in word.text})[:_MOST_SIGNS]
        self.codes = {letter: code for code, letter in enumerate(used, start=1)}
        font = empty_font()
        signs = b"\0\0" + b"\0\1" * len(used)
        self.font = c.FPDFText_LoadCidType2Font(
            document,
            (c_ubyte * len(font)).from_buffer_copy(font),
            len(font),
            to_unicode(used).encode(),
            (c_ubyte * len(signs)).from_buffer_copy(signs),
            len(signs),
        )


def _write(document: pdfium.PdfDocument, index: int, page: Page, letters: _Letters) -> None:
    """Put the page's words that came from pixels onto the page of this index."""
    words = [word for word in page.words if page.source == "ocr" or word.engine]
    if not words:
        return
    with closing(document[index]) as sheet:
        dpi = page.width * 72 / max(1e-6, sheet.get_width())
        placement = Placement.of(sheet, dpi)
        for word in words:
            _put(document, sheet, word, letters, placement)
        c.FPDFPage_GenerateContent(sheet)


def _put(document: Any, sheet: Any, word: Word, letters: _Letters, placement: Placement) -> None:
    codes = [letters.codes[letter] for letter in _as_seen(word.text) if letter in letters.codes]
    text = c.FPDFPageObj_CreateTextObj(document, letters.font, 1.0)
    if not codes or not text:
        return
    c.FPDFText_SetCharcodes(text, (c_uint32 * len(codes))(*codes), len(codes))
    c.FPDFTextObj_SetTextRenderMode(text, c.FPDF_TEXTRENDERMODE_INVISIBLE)
    start, end, _, below = (placement.back(x, y) for x, y in word.quad)
    across = len(codes) * WIDTH / EM
    up, deep = (start[0] - below[0], start[1] - below[1]), DESCENT / EM
    along = _leant((end[0] - start[0]) / across, (end[1] - start[1]) / across)
    matrix = c.FS_MATRIX(*along, *up, below[0] + deep * up[0], below[1] + deep * up[1])
    c.FPDFPageObj_SetMatrix(text, matrix)
    c.FPDFPage_InsertObject(sheet, text)


def _leant(x: float, y: float) -> tuple[float, float]:
    """A direction on the page that is never exactly vertical: there the signs have no width, and pdfium passes over
    such."""
    return x if abs(x) > _LEAN * abs(y) else _LEAN * abs(y), y


def _as_seen(text: str) -> str:
    """Letters from left to right, as PDF holds them; who reads them turns them round again."""
    return text[::-1] if any(bidirectional(letter) in ("R", "AL") for letter in text) else text
