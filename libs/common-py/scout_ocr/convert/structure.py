"""Headings, lists, tables and paragraphs of a page, by how its lines stand and how large their letters are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from statistics import median

from scout_ocr.convert.layout import Row, is_right_to_left
from scout_ocr.convert.parts import Block, Heading, Item, Paragraph, Table
from scout_ocr.words import Line, Page

Span = tuple[float, float]
"""(left, right), pixels."""

_NO_HEIGHT = 1e-6
_TABLE_ROWS = 1000
_HEADING_LEVELS = ((1.8, 1), (1.45, 2), (1.2, 3))  # height of the letters against the page's usual ones -> level
_HEADING_LETTERS = 160
_ALIKE = 0.7  # boxes of one print differ by what rises above and hangs below its letters
_BULLET = re.compile(r"^([•◦▪‣·●○■□➢✓*–-])\s+(?=\S)")
_NUMBER = re.compile(r"^(\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z])[.)])\s+(?=\S)")
_PARTED_WORD = re.compile(r"[^\W\d_]-$")


def blocks_of(page: Page) -> tuple[Block, ...]:
    """The page's text by its parts, in reading order."""
    lines = page.lines
    if not lines:
        return ()
    usual = median(height for line in lines for height in [_height(line)] * len(line.words))
    return tuple(_blocks([_Laid(line) for line in lines], max(usual, _NO_HEIGHT)))


class _Laid:
    """A line and its phrases: words with no wide gap between them."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.segments = Row(tuple(sorted(line.words, key=lambda word: word.box[0]))).segments
        self.spans = [(words[0].box[0], max(word.box[2] for word in words)) for words in self.segments]


def _blocks(lines: Sequence[_Laid], usual: float) -> Iterator[Block]:
    at = 0
    loose: list[Line] = []
    while at < len(lines):
        end, columns = _table_at(lines, at)
        if end == at:
            loose.append(lines[at].line)
            at += 1
            continue
        yield from _text_blocks(loose, usual)
        loose = []
        yield _table(lines[at:end], columns)
        at = end
    yield from _text_blocks(loose, usual)


def _table_at(lines: Sequence[_Laid], start: int) -> tuple[int, list[Span]]:
    """Where the table that begins at this line ends, and its columns; `start` where none does.

    Lines of several phrases belong together while their phrases stand in columns that nothing bridges.
    """
    columns: list[Span] = []
    found: tuple[int, list[Span]] = (start, [])
    rows = 0
    for at in range(start, min(len(lines), start + _TABLE_ROWS)):
        spans = lines[at].spans
        wider = _merged([*columns, *spans])
        checked = lines[at : at + 1] if wider == columns else lines[start : at + 1]
        if (at == start and len(spans) < 2) or len(wider) < 2 or not all(_is_apart(line, wider) for line in checked):
            break
        columns = wider
        if len(spans) > 1:
            rows += 1
            found = (at + 1, columns)
    return found if rows > 1 else (start, [])


def _is_apart(line: _Laid, columns: Sequence[Span]) -> bool:
    """Whether the line has no two phrases in one column."""
    held = [_column(left, columns) for left, _ in line.spans]
    return len(set(held)) == len(held)


def _table(lines: Sequence[_Laid], columns: Sequence[Span]) -> Table:
    backwards = is_right_to_left([word for laid in lines for word in laid.line.words])
    rows: list[list[str]] = []
    for laid in lines:
        cells = [""] * len(columns)
        for segment, (left, _) in zip(laid.segments, laid.spans, strict=True):
            cells[_column(left, columns)] = " ".join(word.text for word in Row(segment).reading)
        rows.append(cells[::-1] if backwards else cells)
    return Table(rows=tuple(map(tuple, rows)))


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans that touch become one."""
    merged: list[Span] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _column(left: float, columns: Sequence[Span]) -> int:
    return max(0, bisect_right(columns, left, key=lambda span: span[0]) - 1)


def _text_blocks(lines: Sequence[Line], usual: float) -> Iterator[Block]:
    for _, group in groupby(lines, key=lambda line: line.block):
        block = list(group)
        if _heading_level(block, usual) and not _are_alike(block):
            yield from chain.from_iterable(_said([line], usual) for line in block)
        else:
            yield from _said(block, usual)


def _said(lines: Sequence[Line], usual: float) -> Iterator[Block]:
    level = _heading_level(lines, usual)
    if level:
        yield Heading(text=" ".join(line.text for line in lines), level=level)
    else:
        yield from _items_and_paragraphs(lines)


def _are_alike(lines: Sequence[Line]) -> bool:
    """Of one size: what is written small under a heading is not a part of it."""
    heights = [_height(line) for line in lines]
    return min(heights) > _ALIKE * max(heights)


def _heading_level(lines: Sequence[Line], usual: float) -> int:
    """1 to 3, 0 for what is no heading."""
    text = " ".join(line.text for line in lines)
    if len(lines) > 2 or len(text) > _HEADING_LETTERS or not any(letter.isalpha() for letter in text):
        return 0
    size = median(_height(line) for line in lines) / usual
    return next((level for least, level in _HEADING_LEVELS if size >= least), 0)


def _items_and_paragraphs(lines: Sequence[Line]) -> Iterator[Block]:
    """A line with a bullet or number begins an item; lines after it go on with it."""
    marker, held = "", list[str]()
    for line in lines:
        found = _BULLET.match(line.text) or _NUMBER.match(line.text)
        if found and held:
            yield _closed(marker, held)
            held = []
        if found:
            marker = "-" if found.re is _BULLET else found[1]
        held.append(line.text[found.end() :] if found else line.text)
    if held:
        yield _closed(marker, held)


def _closed(marker: str, lines: Sequence[str]) -> Block:
    text = "\n".join(whole_words(lines))
    return Item(text=text, marker=marker) if marker else Paragraph(text=text)


def whole_words(lines: Sequence[str]) -> list[str]:
    """The lines with words that were parted at their ends put together."""
    whole: list[str] = []
    for line in lines:
        if whole and _PARTED_WORD.search(whole[-1]) and line[:1].islower():
            rest, _, line = line.partition(" ")
            whole[-1] = whole[-1][:-1] + rest
        if line:
            whole.append(line)
    return whole


def _height(line: Line) -> float:
    return median(word.box[3] - word.box[1] for word in line.words)
