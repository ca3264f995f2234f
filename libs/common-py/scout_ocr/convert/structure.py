"""Headings, lists, tables and paragraphs of a page, by how its lines stand and how large their letters are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from scout_ocr.convert.layout import Row, is_right_to_left
from scout_ocr.convert.parts import Block, Heading, Item, Paragraph, Table
from scout_ocr.words import Line, Page

_HEADING_LEVELS = ((1.8, 1), (1.45, 2), (1.2, 3))  # height of the letters against the page's usual ones -> level
_HEADING_LETTERS = 160
_BULLET = re.compile(r"^([•◦▪‣·●○■□➢✓*–-])\s+(?=\S)")
_NUMBER = re.compile(r"^(\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z])[.)])\s+(?=\S)")
_PARTED_WORD = re.compile(r"[^\W\d_]-$")


def blocks_of(page: Page) -> tuple[Block, ...]:
    """The page's text by its parts, in reading order."""
    lines = page.lines
    if not lines:
        return ()
    usual = median(_height(line) for line in lines for _ in line.words)
    return tuple(_blocks(lines, usual))


def _blocks(lines: Sequence[Line], usual: float) -> Iterator[Block]:
    at = 0
    loose: list[Line] = []
    while at < len(lines):
        end = _table_end(lines, at)
        if end == at:
            loose.append(lines[at])
            at += 1
            continue
        yield from _text_blocks(loose, usual)
        loose = []
        yield _table(lines[at:end])
        at = end
    yield from _text_blocks(loose, usual)


def _table_end(lines: Sequence[Line], start: int) -> int:
    """Where the table that begins at this line ends; `start` where none does.

    Lines of several phrases belong together while their phrases stand in columns that nothing bridges.
    """
    columns: list[tuple[float, float]] = []
    end = start
    for at in range(start, len(lines)):
        phrases = _phrases(lines[at])
        wider = _merged([*columns, *phrases])
        if (at == start and len(phrases) < 2) or len(wider) < 2 or not _all_apart(lines[start : at + 1], wider):
            break
        columns = wider
        if len(phrases) > 1:
            end = at + 1
    return end if sum(len(_phrases(line)) > 1 for line in lines[start:end]) > 1 else start


def _all_apart(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether no line has two phrases in one column."""
    for line in lines:
        held = [_column(left, columns) for left, _ in _phrases(line)]
        if len(set(held)) < len(held):
            return False
    return True


def _table(lines: Sequence[Line]) -> Table:
    columns = _merged([phrase for line in lines for phrase in _phrases(line)])
    backwards = is_right_to_left([word for line in lines for word in line.words])
    rows: list[list[str]] = []
    for line in lines:
        cells = [""] * len(columns)
        for segment in _row(line).segments:
            words = Row(segment).reading
            cells[_column(segment[0].box[0], columns)] = " ".join(word.text for word in words)
        rows.append(cells[::-1] if backwards else cells)
    return Table(rows=tuple(map(tuple, rows)))


def _phrases(line: Line) -> list[tuple[float, float]]:
    """(left, right) of each of the line's phrases."""
    return [(segment[0].box[0], max(word.box[2] for word in segment)) for segment in _row(line).segments]


def _row(line: Line) -> Row:
    return Row(tuple(sorted(line.words, key=lambda word: word.box[0])))


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that touch become one."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if merged and left <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged


def _column(left: float, columns: Sequence[tuple[float, float]]) -> int:
    return next((at for at, (a, b) in enumerate(columns) if a <= left <= b), 0)


def _text_blocks(lines: Sequence[Line], usual: float) -> Iterator[Block]:
    for _, group in groupby(lines, key=lambda line: line.block):
        block = list(group)
        level = _heading_level(block, usual)
        if level:
            yield Heading(text=" ".join(line.text for line in block), level=level)
        else:
            yield from _items_and_paragraphs(block)


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
