"""Which parser takes which kind of document. Runs in the child."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from scout_ocr.convert import detect
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import ParsedPage
from scout_ocr.errors import BadDocument, ReadingError, TooLarge
from scout_ocr.words import Page

_MODULES = {detect.PDF: "pdf", detect.DOCX: "word", detect.PPTX: "slides", detect.XLSX: "sheets"}


class Parses(Protocol):
    """Where documents are parsed: in children (`confined.Confined`), or here, by this module's own functions."""

    def parse(self, data: bytes, media_type: str, limits: Limits, *, pictures: bool = False) -> Generator[ParsedPage]:
        """The wanted pages."""

    def searchable(self, data: bytes, media_type: str, pages: Sequence[Page], limits: Limits) -> bytes:
        """The document as PDF with the words of these pages."""


def parse(data: bytes, media_type: str, limits: Limits, *, pictures: bool = False) -> Generator[ParsedPage]:
    """The wanted pages of a document whose kind was detected.

    pictures: the pixels of PDF pages that show more than text are wanted, read or not.
    Raises BadDocument, TooLarge, Encrypted; nothing else.
    """
    with translated():
        yield from _pages(data, media_type, limits, pictures)


def searchable(data: bytes, media_type: str, pages: Sequence[Page], limits: Limits) -> bytes:
    """The document as PDF with the words of these pages. Raises BadDocument, TooLarge, Encrypted; nothing else."""
    with translated():
        return bytes(_module("searchable").searchable(data, media_type, pages, limits))


@contextmanager
def translated() -> Iterator[None]:
    """What parsers raise, as ours."""
    try:
        yield
    except ReadingError:
        raise
    except MemoryError as error:
        raise TooLarge("the document needs more memory than it may have") from error
    except Exception as error:  # parsers fail in as many ways as a document can be wrong
        raise BadDocument(f"the document is damaged: {type(error).__name__}: {str(error)[:200]}") from error


def _pages(data: bytes, media_type: str, limits: Limits, pictures: bool) -> Iterator[ParsedPage]:
    if media_type in detect.PICTURES:
        yield from _module("pictures").pages(data, media_type, limits)
    elif media_type == detect.PDF:
        yield from _module("pdf").pages(data, limits, pictures=pictures)
    elif media_type in _MODULES:
        yield from _module(_MODULES[media_type]).pages(data, limits)
    else:
        yield from _module("plain").pages(data, media_type, limits)


def _module(name: str) -> Any:
    """Imported when its first document comes: a child that reads pictures never loads a spreadsheet's parser."""
    return import_module(f"scout_ocr.convert.{name}")
