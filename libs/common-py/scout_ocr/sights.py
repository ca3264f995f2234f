"""What is looked for in a page's pixels beside its words: bar codes, and how good the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scout_ocr.barcodes import read_barcodes
from scout_ocr.convert.converting import Converted
from scout_ocr.engine import Picture
from scout_ocr.quality import Sight
from scout_ocr.reading import Barcode, Kind, PictureQuality, ReadOptions
from scout_ocr.words import Page, Quad

_NO_CODES_HIDDEN = frozenset(("receipt", "invoice"))
"""Kinds that are not searched again for bar codes that a plain pass misses: what they show is print, not packs. A
picture that is merely taken for a line or a document may be nothing but bars."""


_SURELY, _LETTERS = 0.95, 2  # of a word: confidence, and letters of different kinds that no bars look like
_LIKE_BARS = frozenset("il1|!/\\[](){}'")


class Sights:
    """Shown the pages of one file, one by one. codes: whether bar codes are looked for."""

    def __init__(self, *, codes: bool) -> None:
        self._codes = codes
        self._found: dict[int, tuple[Barcode, ...]] = {}
        self._sights: dict[int, Sight] = {}
        self._first: Picture | None = None

    def look(self, number: int, image: Picture) -> None:
        """A page's pixels (H, W, 3) RGB, or those of one picture on a page that has none of its own."""
        self._first = image if not self._sights else None  # kept while it is the only one
        self._sights[number] = Sight.of(image)
        if self._codes:
            found = _on_page(read_barcodes(image, thorough=False), number)
            self._found[number] = (*self._found.get(number, ()), *found)

    def barcodes(self, converted: Converted, kind: Kind, options: ReadOptions) -> tuple[Barcode, ...]:
        """Of all pages; a single picture without any is searched thoroughly where its kind or the quality asks so."""
        native = {page.number for page in converted.pages if page.source == "native"}
        found = tuple(code for number, codes in self._found.items() for code in _placed(codes, number in native))
        hidden = options.quality == "best" or (options.quality == "balanced" and kind not in _NO_CODES_HIDDEN)
        if found or not hidden or not self._codes or self._first is None:
            return found
        if not converted.media_type.startswith("image/"):
            return found
        return read_barcodes(self._first, printed=_surely_print(converted.pages[0], self._first))

    def quality(self, pages: Sequence[Page]) -> tuple[PictureQuality | None, ...]:
        """Of each page; None where it was not read from pixels."""
        return tuple(
            self._sights[page.number].quality(page.words)
            if page.source == "ocr" and page.number in self._sights
            else None
            for page in pages
        )


def _on_page(codes: Sequence[Barcode], number: int) -> tuple[Barcode, ...]:
    return tuple(replace(code, page=number) for code in codes)


def _placed(codes: tuple[Barcode, ...], native: bool) -> tuple[Barcode, ...]:
    """Codes in pictures of an office document, whose pages have no places: each text once, without its corners."""
    return tuple(dict.fromkeys(replace(code, quad=None) for code in codes)) if native else codes


def _surely_print(page: Page, image: Picture) -> tuple[Quad, ...]:
    """Places of the words that cannot be bars taken for letters; () where the page is not in the picture's pixels."""
    if (page.height, page.width) != image.shape[:2]:
        return ()
    return tuple(
        word.quad
        for word in page.words
        if word.confidence >= _SURELY and len(set(word.text.casefold()) - _LIKE_BARS) >= _LETTERS
    )
