"""Words of a page put into lines, blocks and reading order by where they stand.

Rows of words on one baseline first; then zones of rows: where a gutter stays free over several rows and both sides
are running text, the columns are read one after the other (whitespace covers, after Breuel 2002); all else is read
row by row, so that a label and the amount at the other side of the page are one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from statistics import median
from unicodedata import bidirectional

from scout_ocr.words import Word

_SAME_MIDDLE, _SAME_BASELINE = 0.33, 0.2  # of the smaller height: how far two words of a row are apart
_SEGMENT_GAP = 1.5  # heights between words that are not of one phrase
_GUTTERS = ((1.5, 4), (0.75, 4), (0.4, 8), (0.2, 12))  # heights of a line: how wide, over how many rows at least
_COLUMN_ROWS = 4
_ZONE_ROWS = 150  # of one zone: no page has columns of more lines
_COLUMN_WORDS = 3.0  # in each row of running text, in the mean
_COLUMN_FILL = 0.75  # of the column's width, filled by its median row
_COLUMN_LETTERS = 0.7  # of its words, that have no digit
_NEARLY_ALL = 0.85
_MARGIN = 1e6
_INDENT = 2.0  # heights, of a paragraph's first line
_BLOCK_GAP = 0.75  # heights between two lines of different blocks, beyond the step of the lines
_OTHER_SIZE = 1.25


@dataclass(frozen=True)
class Row:
    """Words on one baseline, from left to right."""

    words: tuple[Word, ...]

    @cached_property
    def height(self) -> float:
        return median(word.box[3] - word.box[1] for word in self.words)

    @cached_property
    def middle(self) -> float:
        return median((word.box[1] + word.box[3]) / 2 for word in self.words)

    @cached_property
    def segments(self) -> tuple[tuple[Word, ...], ...]:
        """Phrases: words with no wide gap between them."""
        parts: list[list[Word]] = []
        for word in self.words:
            if parts and word.box[0] - parts[-1][-1].box[2] <= _SEGMENT_GAP * self.height:
                parts[-1].append(word)
            else:
                parts.append([word])
        return tuple(tuple(part) for part in parts)

    @cached_property
    def reading(self) -> tuple[Word, ...]:
        """Words in reading order: from the right where most of the row is written so."""
        if not is_right_to_left(self.words):
            return self.words
        return tuple(_right_to_left(self.words))


def arrange(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words in reading order, with their `line` and `block`. Words that run up or down follow as they came."""
    level = [word for word in words if _is_level(word)]
    placed: list[Word] = []
    line = block = -1
    for rows in _blocks(rows_of(level)):
        block += 1
        for row in rows:
            line += 1
            placed += [replace(word, line=line, block=block) for word in row.reading]
    return (*placed, *_turned(words, line, block))


def has_columns(words: Sequence[Word]) -> bool:
    """Whether nearly all of the words stand in columns of running text beside each other."""
    rows = rows_of([word for word in words if _is_level(word)])
    start = inside = 0
    while start < len(rows):
        zone = _zone(rows, start)
        end = zone[0] if zone else start + 1
        inside += sum(len(row.words) for row in rows[start:end]) if zone else 0
        start = end
    return inside > _NEARLY_ALL * len(words)


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Words gathered by their baselines, from the top."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box[1] + word.box[3]):
        row = next((row for row in reversed(rows[-4:]) if _same_baseline(row, word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    found = [Row(tuple(sorted(row, key=lambda word: word.box[0]))) for row in rows]
    return sorted(found, key=lambda row: row.middle)


def is_right_to_left(words: Sequence[Word]) -> bool:
    """Whether most letters of the words are written from right to left."""
    kinds = [bidirectional(letter) for word in words for letter in word.text]
    return sum(kind in ("R", "AL") for kind in kinds) > kinds.count("L")


def _right_to_left(words: Sequence[Word]) -> Iterator[Word]:
    """From the right, but runs of words written from left to right in their own order."""
    run: list[Word] = []
    for word in reversed(words):
        if any(bidirectional(letter) in ("R", "AL") for letter in word.text):
            yield from reversed(run)
            run = []
            yield word
        else:
            run.append(word)
    yield from reversed(run)


def _same_baseline(row: Sequence[Word], word: Word) -> bool:
    last = row[-1]
    here, there = word.box, last.box
    height = min(here[3] - here[1], there[3] - there[1])
    apart = abs((here[1] + here[3]) - (there[1] + there[3])) / 2
    return apart <= _SAME_MIDDLE * height or abs(here[3] - there[3]) <= _SAME_BASELINE * height


def _is_level(word: Word) -> bool:
    (left, start), (right, end) = word.quad[0], word.quad[1]
    return right - left >= 2 * abs(end - start) or len(word.text) == 1


def _turned(words: Sequence[Word], line: int, block: int) -> Iterator[Word]:
    """Words that run up, down or upside down, each of their lines a block."""
    seen: dict[tuple[int, int], int] = {}
    for word in words:
        if not _is_level(word):
            number = seen.setdefault((word.block, word.line), len(seen) + 1)
            yield replace(word, line=line + number, block=block + number)


def _blocks(rows: list[Row], depth: int = 3) -> Iterator[list[Row]]:
    """Paragraphs of rows, in reading order."""
    start = 0
    single: list[Row] = []
    while start < len(rows):
        zone = _zone(rows, start) if depth else None
        if zone is None:
            single.append(rows[start])
            start += 1
            continue
        yield from _paragraphs(single)
        single = []
        end, columns = zone
        for column in columns:
            yield from _blocks(column, depth - 1)
        start = end
    yield from _paragraphs(single)


def _zone(rows: list[Row], start: int) -> tuple[int, list[list[Row]]] | None:
    """(where it ends, its columns) of the longest run of rows from `start` that stand in columns of running text."""
    return next(filter(None, (_parted_by(rows, start, *gutter) for gutter in _GUTTERS)), None)


def _parted_by(rows: list[Row], start: int, gutter: float, least: int) -> tuple[int, list[list[Row]]] | None:
    """The zone whose columns are parted by gutters of this width, in heights of a line; None where there is none."""
    free = [(-_MARGIN, _MARGIN)]
    left, right, end, between = _MARGIN, -_MARGIN, start, False
    while end < min(len(rows), start + _ZONE_ROWS):
        rest = _free(free, rows[end], gutter * rows[start].height)
        left, right = min(left, rows[end].words[0].box[0]), max(right, rows[end].words[-1].box[2])
        is_between = any(left <= a and b <= right for a, b in rest)
        if between and not is_between:
            break
        free, end, between = rest, end + 1, is_between
    if end - start < least:
        return None
    columns = _columns(rows[start:end], free)
    if len(columns) < 2 or not all(_is_running(column) for column in columns) or _is_across(rows[start], columns):
        return None
    return end, columns if not is_right_to_left(rows[start].words) else columns[::-1]


def _is_across(row: Row, columns: Sequence[Sequence[Row]]) -> bool:
    """Whether the row is one phrase in the middle of the page, whose gap between words meets the gutter by chance."""
    left = median(line.words[0].box[0] for line in columns[0])
    return len(row.segments) == 1 and row.words[0].box[0] > left + _INDENT * row.height


def _free(free: list[tuple[float, float]], row: Row, least: float) -> list[tuple[float, float]]:
    """What of the free stretches across the page stays free of the row's words."""
    for word in row.words:
        left, _, right, _ = word.box
        parts = [part for a, b in free for part in ((a, min(b, left)), (max(a, right), b))]
        free = [(a, b) for a, b in parts if b - a >= least]
    return free


def _columns(rows: list[Row], free: list[tuple[float, float]]) -> list[list[Row]]:
    """The rows parted at the free stretches; a stretch with nothing on one side parts nothing."""
    bounds = [(a + b) / 2 for a, b in sorted(free)]
    words = [word for row in rows for word in row.words]
    columns: list[list[Row]] = []
    for left, right in zip([float("-inf"), *bounds], [*bounds, float("inf")], strict=True):
        inside = [word for word in words if left <= (word.box[0] + word.box[2]) / 2 < right]
        if inside:
            columns.append(rows_of(inside))
    return columns


def _is_running(rows: list[Row]) -> bool:
    """Whether a column holds sentences, not the cells of a table."""
    if len(rows) < _COLUMN_ROWS:
        return False
    widths = [row.words[-1].box[2] - row.words[0].box[0] for row in rows]
    words = [word.text for row in rows for word in row.words]
    plain = sum(not any(letter.isdigit() for letter in word) for word in words)
    return (
        len(words) >= _COLUMN_WORDS * len(rows)
        and plain >= _COLUMN_LETTERS * len(words)
        and median(widths) >= _COLUMN_FILL * max(widths)
        and median(len(row.segments) for row in rows) == 1
    )


def _paragraphs(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows parted where the step to the next is wide, or the letters are of another size."""
    block: list[Row] = []
    for row in rows:
        if block and _parted(block, row):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _parted(block: list[Row], row: Row) -> bool:
    above = block[-1]
    larger, smaller = max(above.height, row.height), min(above.height, row.height)
    if larger > _OTHER_SIZE * smaller:
        return True
    step = row.middle - above.middle
    usual = median(b.middle - a.middle for a, b in pairwise(block)) if len(block) > 1 else larger
    return step > max(usual, larger) + _BLOCK_GAP * smaller
