"""What somebody filled in: values of form fields and notes typed onto a PDF page, which its text layer lacks."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from scout_ocr.convert.places import Placement
from scout_ocr.words import Word

_TYPED = (c.FPDF_FORMFIELD_TEXTFIELD, c.FPDF_FORMFIELD_COMBOBOX, c.FPDF_FORMFIELD_LISTBOX)
_CHECKED = (c.FPDF_FORMFIELD_CHECKBOX, c.FPDF_FORMFIELD_RADIOBUTTON)
_ANNOTATIONS = 2000  # of one page
_LINE = 10_000  # numbers of lines for these words, past those of the text layer


def form_words(document: pdfium.PdfDocument, page: pdfium.PdfPage, placement: Placement) -> tuple[Word, ...]:
    """Values of the page's form fields (a tick is "[x]") and typed notes, each where its field stands."""
    found: list[Word] = []
    for at in range(min(_ANNOTATIONS, c.FPDFPage_GetAnnotCount(page))):
        with _annotation(page, at) as annotation:
            text = _text(document, annotation)
            if text:
                found += _spread(text, annotation, placement, _LINE + 100 * at)
    return tuple(found)


@contextmanager
def _annotation(page: pdfium.PdfPage, at: int) -> Iterator[Any]:
    annotation = c.FPDFPage_GetAnnot(page, at)
    try:
        yield annotation
    finally:
        if annotation:
            c.FPDFPage_CloseAnnot(annotation)


def _text(document: pdfium.PdfDocument, annotation: Any) -> str:
    if not annotation:
        return ""
    kind = c.FPDFAnnot_GetSubtype(annotation)
    if kind == c.FPDF_ANNOT_FREETEXT:
        return _wide(lambda room, size: c.FPDFAnnot_GetStringValue(annotation, b"Contents", room, size))
    form = document.formenv
    if kind != c.FPDF_ANNOT_WIDGET or form is None:
        return ""
    field = c.FPDFAnnot_GetFormFieldType(form, annotation)
    if field in _TYPED:
        return _wide(lambda room, size: c.FPDFAnnot_GetFormFieldValue(form, annotation, room, size))
    return "[x]" if field in _CHECKED and c.FPDFAnnot_IsChecked(form, annotation) else ""


def _wide(ask: Callable[[Any, int], int]) -> str:
    """A string that pdfium hands out as UTF-16 with its end, after having told its length in bytes."""
    size = ask(None, 0)
    if not 2 < size < 1 << 20:
        return ""
    room = ctypes.create_string_buffer(size)
    ask(ctypes.cast(room, ctypes.POINTER(c.FPDF_WCHAR)), size)
    return room.raw[: size - 2].decode("utf-16-le", "replace").strip()


def _spread(text: str, annotation: Any, placement: Placement, first_line: int) -> Iterator[Word]:
    """The words of each line beside each other within the field's box."""
    box = c.FS_RECTF()
    if not c.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
        return
    lines = text.splitlines()
    step = (box.top - box.bottom) / max(1, len(lines))
    for row, line in enumerate(lines):
        letter = (box.right - box.left) / max(1, len(line))
        top, at = box.top - row * step, 0
        for word in line.split():
            at = line.index(word, at)
            left = box.left + at * letter
            quad = placement.quad(left, top - step, left + len(word) * letter, top)
            at += len(word)
            yield Word(text=word, confidence=1.0, quad=quad, line=first_line + row, block=0)
