"""What a parser finds: pages with words or pictures, and blocks of text. Sent by the child that parses.

Nothing here imports numpy: the child starts faster without it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scout_ocr.words import Word

Box = tuple[int, int, int, int]
"""(left, top, right, bottom), pixels of the page."""


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """A picture: RGB, row after row, 3 * width * height bytes."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, kw_only=True)
class Heading:
    """level: 1 to 6."""

    text: str
    level: int = 1


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Lines of it are parted by line feeds."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """Of a list. level: 0 for the outermost. marker: "-" or its number as written ("1.", "2.1.", "a)")."""

    text: str
    level: int = 0
    marker: str = "-"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells; a merged cell is repeated in each place that it covers, as Markdown has no other way."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture inside a document. pixels: None where it is too small to hold text or cannot be opened.
    description: what its author wrote about it. part: where the document keeps it, until it is opened."""

    pixels: Pixels | None = None
    description: str = ""
    part: str = ""


Block = Heading | Paragraph | Item | Table | Figure


@dataclass(frozen=True, kw_only=True)
class ParsedPage:
    """One page as parsed, still to be read where it shows pictures.

    One of blocks may come in several pieces of the same number, each with the pixels of one figure at most: a
    document's pictures never stand in memory together.

    width, height: pixels. words: of the text layer, in the order of the file, not yet in lines. pixels: the page as a
    picture, where some of it is to be read. regions: the parts of it to be read. blocks: of a document that has no
    fixed pages. warnings: what was left out and why.
    """

    number: int
    width: int = 0
    height: int = 0
    words: tuple[Word, ...] = ()
    pixels: Pixels | None = None
    regions: tuple[Box, ...] = ()
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()
