"""Pages for documents that have none: their text as a typewriter would set it.

Office documents say what follows what, not where it stands. Words get places on a grid of letters, so that whoever
looks for the amount to the right of a label, or below it, finds it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scout_ocr.convert.parts import Block, Heading, Item, Paragraph, Table
from scout_ocr.words import Page, Word

WIDTH, HEIGHT = 10, 20  # pixels of a letter, of a line
_COLUMN = 40  # letters of the widest column of a table
_BETWEEN = 3  # letters between two columns


def typed_page(number: int, blocks: Iterable[Block]) -> Page:
    """A page with the words of the blocks, in order; `source` is "native"."""
    words: list[Word] = []
    line = 0
    for at, block in enumerate(blocks):
        for phrases in _lines(block):
            words += [word for column, text in phrases for word in _typed(text, column, line, at)]
            line += 1
        line += 1
    width = max((word.box[2] for word in words), default=WIDTH)
    return Page(number=number, width=round(width), height=max(1, line) * HEIGHT, words=tuple(words), source="native")


def _lines(block: Block) -> Iterator[list[tuple[int, str]]]:
    """Each line as phrases at their columns."""
    if isinstance(block, Table):
        yield from _rows(block.rows)
    elif isinstance(block, Item):
        marker = "" if block.marker == "-" else block.marker + " "
        yield from ([(2 * block.level, line)] for line in (marker + block.text).splitlines())
    elif isinstance(block, Heading | Paragraph):
        yield from ([(0, line)] for line in block.text.splitlines())


def _rows(rows: Sequence[Sequence[str]]) -> Iterator[list[tuple[int, str]]]:
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for column, cell in enumerate(row):
            widths[column] = max(widths[column], min(_COLUMN, len(cell)))
    for row in rows:
        at, phrases = 0, []
        for width, cell in zip(widths, row, strict=False):
            phrases.append((at, " ".join(cell.split())))
            at += max(width, len(phrases[-1][1])) + _BETWEEN
        yield phrases


def _typed(text: str, column: int, line: int, block: int) -> Iterator[Word]:
    at = 0
    for word in text.split():
        at = text.index(word, at)
        left, right = (column + at) * WIDTH, (column + at + len(word)) * WIDTH
        top, bottom = line * HEIGHT, (line + 1) * HEIGHT
        quad = ((left, top), (right, top), (right, bottom), (left, bottom))
        yield Word(text=word, confidence=1.0, quad=quad, line=line, block=block)
        at += len(word)
