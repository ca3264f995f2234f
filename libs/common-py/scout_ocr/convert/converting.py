"""A document becomes pages, text and Markdown: the one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, groupby

import numpy as np

from scout_ocr.convert.confined import shared
from scout_ocr.convert.detect import detect
from scout_ocr.convert.grid import typed_page
from scout_ocr.convert.layout import arrange, has_columns
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.markup import markdown_of, text_of
from scout_ocr.convert.parsing import Parses, parse
from scout_ocr.convert.parts import Block, Box, Figure, ParsedPage, Pixels
from scout_ocr.convert.structure import blocks_of
from scout_ocr.engine import Picture
from scout_ocr.words import Page, Quad, Word

VERSION = "3"  # changes whenever the same document may give other words

_MOST_WORDS = 10_000  # of a page, to be put in order

_IN_PLACE = frozenset(("image/jpeg", "image/png"))
"""Decoded here, not in a child: their decoders see every picture of the web, and a label is to be read in 50 ms."""

ReadPicture = Callable[[Picture], Sequence[Word]]
"""Words of a picture, in its own pixels, `line` and `block` in reading order."""

Look = Callable[[int, Picture], None]
"""Shown the number of a page and pixels: its own, where it has pictures or lines on it, or those of each picture in an
office document: for bar codes, or to keep them."""


@dataclass(frozen=True, kw_only=True)
class Converted:
    """pages: with their words in reading order. text: plain. markdown: with headings, lists and tables. warnings: what
    was left out and why."""

    media_type: str
    pages: tuple[Page, ...]
    text: str
    markdown: str
    warnings: tuple[str, ...] = ()


def convert(
    data: bytes,
    limits: Limits | None = None,
    read_picture: ReadPicture | None = None,
    *,
    look: Look | None = None,
    pictures: bool = True,
    children: Parses | None = None,
) -> Converted:
    """Read a document of any kind that `detect` knows.

    read_picture reads what is pixels only; without it, such pages are empty and a warning says so. pictures: also those
    beside a text layer and inside office documents. children: who parses, the
    children of this process if not given.
    Raises BadDocument, TooLarge, Encrypted, and what read_picture raises.
    """
    limits = limits or Limits()
    limits.check_bytes(data)
    media_type = detect(data, limits)
    reader = _Reader(read_picture, look, pictures, limits.pictures)
    take = parse if media_type in _IN_PLACE else (children or shared()).parse
    with closing(take(data, media_type, limits, pictures=look is not None)) as parsed:
        read = [reader.page(pieces) for _, pieces in groupby(parsed, key=lambda page: page.number)]
    blocks = [blocks for _, blocks in read]
    return Converted(
        media_type=media_type,
        pages=tuple(page for page, _ in read),
        text=text_of(blocks),
        markdown=markdown_of(blocks),
        warnings=tuple(reader.warnings),
    )


class _Reader:
    """Turns parsed pages into read ones; counts the pictures it may read and collects warnings."""

    def __init__(self, read: ReadPicture | None, look: Look | None, pictures: bool, allowed: int) -> None:
        self._read, self._look, self._pictures, self._allowed = read, look, pictures, allowed
        self.warnings: list[str] = []

    def page(self, pieces: Iterator[ParsedPage]) -> tuple[Page, tuple[Block, ...]]:
        page = next(pieces)
        if page.blocks or not page.width:
            blocks = tuple(self._told(chain((page,), pieces)))
            return typed_page(page.number, blocks), blocks
        self.warnings += page.warnings
        if page.pixels is not None and self._look is not None:
            self._look(page.number, array_of(page.pixels))
        read = self._placed(page)
        return read, blocks_of(read)

    def _told(self, pieces: Iterable[ParsedPage]) -> Iterator[Block]:
        """Blocks of a page that has no places, what its pictures say among them."""
        for piece in pieces:
            for block in piece.blocks:
                yield from self._opened(block, piece.number)
            self.warnings += (warning for warning in piece.warnings if warning not in self.warnings)

    def _placed(self, page: ParsedPage) -> Page:
        """A page whose words have places: those of its text layer, and those read in its pictures between them.

        What was read as a picture keeps the order in which it was read, unless it has columns.
        """
        seen = tuple(self._seen(page))
        mixed = bool(page.words) or has_columns(seen[:_MOST_WORDS])
        ordered = self._ordered((*page.words, *seen), page.number) if mixed else seen
        source = "text layer" if page.words else "ocr"
        return Page(number=page.number, width=page.width, height=page.height, words=ordered, source=source)

    def _ordered(self, words: tuple[Word, ...], number: int) -> tuple[Word, ...]:
        if len(words) <= _MOST_WORDS:
            return arrange(words)
        self._warn(f"page {number} has {len(words):,} words: they are left in the order of the file")
        return words

    def _seen(self, page: ParsedPage) -> Iterator[Word]:
        """What is read in the page's pictures, without what the text layer says at the same place."""
        if page.pixels is None or (page.words and not self._pictures):
            return
        picture = array_of(page.pixels)
        told = [word.box for word in page.words]
        for box in page.regions:
            left, top, right, bottom = box
            words = self._words(picture[top:bottom, left:right], page.number)
            yield from (moved for word in words if not _is_told(moved := _moved(word, box), told))

    def _opened(self, block: Block, number: int) -> Iterator[Block]:
        """A figure is followed by what is read in it, or replaced where nobody described it; anything else stays."""
        words: Sequence[Word] = ()
        if isinstance(block, Figure) and block.pixels is not None and self._pictures:
            picture = array_of(block.pixels)
            if self._look is not None:
                self._look(number, picture)
            words = self._words(picture, number)
        if not words or (isinstance(block, Figure) and block.description):
            yield replace(block, pixels=None) if isinstance(block, Figure) else block
        yield from blocks_of(Page(number=1, width=1, height=1, words=tuple(words)))

    def _words(self, picture: Picture, number: int) -> Sequence[Word]:
        if self._read is None:
            self._warn(f"pictures were not read, from page {number} on: no engine was given")
            return ()
        if self._allowed <= 0:
            self._warn("the document has more pictures than are read of one; the others were left out")
            return ()
        self._allowed -= 1
        return self._read(np.ascontiguousarray(picture))

    def _warn(self, warning: str) -> None:
        """Once: the first page that it concerns."""
        if warning[:20] not in (known[:20] for known in self.warnings):
            self.warnings.append(warning)


def array_of(pixels: Pixels) -> Picture:
    """(H, W, 3) uint8, read only."""
    return np.frombuffer(pixels.rgb, np.uint8).reshape(pixels.height, pixels.width, 3)


def _moved(word: Word, box: Box) -> Word:
    left, top = box[:2]
    a, b, c, d = ((x + left, y + top) for x, y in word.quad)
    quad: Quad = (a, b, c, d)
    return replace(word, quad=quad)


def _is_told(word: Word, told: Sequence[tuple[float, float, float, float]]) -> bool:
    """Whether the text layer has a word where this one was seen."""
    left, top, right, bottom = word.box
    x, y = (left + right) / 2, (top + bottom) / 2
    return any(a <= x <= c and b <= y <= d for a, b, c, d in told)
