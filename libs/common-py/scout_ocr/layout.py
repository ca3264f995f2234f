"""From lines that were found to words in reading order: level, in columns, rows and blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_ocr.engines.recognition import Recognised
from scout_ocr.words import Quad, Word

_SAME_ROW = 0.5  # share of the lower line's height that two lines of one row overlap
_NEW_BLOCK = 1.0  # line heights between two rows from which a new block begins


@dataclass(frozen=True, eq=False)
class FoundLine:
    """quad: (4, 2) float32, clockwise from where the text begins. read: what it says. engine: that read it."""

    quad: NDArray[np.float32]
    read: Recognised
    engine: str

    @property
    def length(self) -> float:
        """Along the text, pixels."""
        return float(np.linalg.norm(self.quad[1] - self.quad[0]))

    @property
    def height(self) -> float:
        """Across the text, pixels."""
        return float(np.linalg.norm(self.quad[3] - self.quad[0]))


@dataclass(frozen=True, eq=False)
class _Placed:
    """A line and its box on the levelled page."""

    line: FoundLine
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


def arranged(lines: Sequence[FoundLine]) -> tuple[Word, ...]:
    """Words of all lines in reading order, with line and block numbers; quads stay where they are."""
    written = [line for line in lines if line.read.text.strip()]
    words: list[Word] = []
    row_number = block = 0
    for column in columns_of(_levelled(written)):
        previous: Sequence[_Placed] = ()
        for row in _rows_of(column):
            if previous and _gap(previous, row) > _NEW_BLOCK * float(np.median([part.height for part in row])):
                block += 1
            for part in row:
                words.extend(words_of(part.line, row_number, block))
            previous, row_number = row, row_number + 1
        block += 1
    return tuple(words)


def direction_of(lines: Sequence[FoundLine]) -> float:
    """The angle that most text runs at, radians, clockwise from level: the median, each line by its length."""
    along = np.array([line.quad[1] - line.quad[0] for line in lines], np.float64).reshape(-1, 2)
    if not len(along):
        return 0.0
    mean = along.sum(axis=0)
    middle = float(np.arctan2(mean[1], mean[0]))
    off = (np.arctan2(along[:, 1], along[:, 0]) - middle + np.pi) % (2 * np.pi) - np.pi
    order = np.argsort(off)
    weight = np.linalg.norm(along, axis=1)[order].cumsum()
    return middle + float(off[order][np.searchsorted(weight, weight[-1] / 2)])


def _levelled(lines: Sequence[FoundLine]) -> list[_Placed]:
    angle = direction_of(lines)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = []
    for line in lines:
        quad = line.quad @ turn
        # Of a line's own slant only its middle counts: a long slanting line would overlap its neighbours.
        left, right = float(quad[[0, 3], 0].mean()), float(quad[[1, 2], 0].mean())
        middle, half = float(quad[:, 1].mean()), line.height / 2
        placed.append(_Placed(line, min(left, right), middle - half, max(left, right), middle + half))
    return placed


def columns_of(lines: Sequence[_Placed]) -> list[list[_Placed]]:
    """Lines parted at gutters: first above from below where a heading spans them, then left from right."""
    gutter = _gutter(lines)
    if gutter is None:
        return [list(lines)] if lines else []
    spanning = [line for line in lines if line.left < gutter < line.right]
    if not spanning:
        left = [line for line in lines if line.right <= gutter]
        right = [line for line in lines if line.left >= gutter]
        return columns_of(left) + columns_of(right)
    first = min(spanning, key=lambda line: line.middle)
    above = [line for line in lines if line.middle < first.top]
    below = [line for line in lines if line.middle > first.bottom]
    beside = [line for line in lines if line is not first and first.top <= line.middle <= first.bottom]
    return [*columns_of(above), [first, *beside], *columns_of(below)]


_PROSE = 8.0  # line heights: lines of columns are longer, cells of a table or prices of a receipt shorter
_ROWS = 4  # lines that a column has at least
_SPANS = 0.1  # share of lines that may stand across a gutter


def _gutter(lines: Sequence[_Placed]) -> float | None:
    """The x of a gap between two columns of prose, None where there is none."""
    if len(lines) < 2 * _ROWS:
        return None
    height = float(np.median([line.height for line in lines]))
    best: tuple[float, float] | None = None
    for line in lines:
        x = line.left - 0.3 * height
        left, right = [o for o in lines if o.right <= x], [o for o in lines if o.left >= x]
        across = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < _ROWS or across > _SPANS * len(lines):
            continue
        lengths = [float(np.median([o.right - o.left for o in side])) for side in (left, right)]
        if min(lengths) < _PROSE * height:
            continue
        score = min(len(left), len(right)) - 2.0 * across
        best = max(best, (score, x)) if best else (score, x)
    return best[1] if best else None


def _rows_of(lines: Sequence[_Placed]) -> list[list[_Placed]]:
    """Lines that stand side by side gathered into rows, top to bottom, each left to right."""
    rows: list[list[_Placed]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and _beside(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _beside(row: Sequence[_Placed], line: _Placed) -> bool:
    nearest = min(row, key=lambda other: max(other.left - line.right, line.left - other.right))
    overlap = min(nearest.bottom, line.bottom) - max(nearest.top, line.top)
    apart = all(_apart(other, line) for other in row)
    return apart and overlap >= _SAME_ROW * min(nearest.height, line.height)


def _apart(one: _Placed, other: _Placed) -> bool:
    return min(one.right, other.right) - max(one.left, other.left) < 0.5 * min(one.height, other.height)


def _gap(above: Sequence[_Placed], below: Sequence[_Placed]) -> float:
    return min(line.top for line in below) - max(line.bottom for line in above)


def words_of(line: FoundLine, number: int, block: int) -> list[Word]:
    """The words of a line, each with its part of the line's quad: the columns where the network saw its letters."""
    read, words = line.read, []
    begin = 0
    for text in read.text.split(" "):
        end = begin + len(text)
        if text:
            words.append(
                Word(
                    text=text,
                    confidence=min(1.0, float(read.confidences[begin:end].mean())),
                    quad=_part(line.quad, *_extent(read, begin, end)),
                    line=number,
                    block=block,
                    engine=line.engine,
                )
            )
        begin = end + 1
    return words


def _extent(read: Recognised, begin: int, end: int) -> tuple[float, float]:
    """(left, right) of the characters begin:end as shares of the line: half a letter beyond their centres."""
    centres = read.places
    half = 0.5 / max(1, len(centres)) if len(centres) < 2 else float(np.median(np.diff(centres))) / 2
    left = 0.0 if begin == 0 else float(centres[begin]) - half
    right = 1.0 if end == len(centres) else float(centres[end - 1]) + half
    return max(0.0, left), min(1.0, max(right, left + 1e-3))


def _part(quad: NDArray[np.float32], left: float, right: float) -> Quad:
    """The part of a quad between two shares of its length."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = quad[0] + top * left, quad[0] + top * right, quad[3] + bottom * right, quad[3] + bottom * left
    (a, b), (c, d), (e, f), (g, h) = (map(float, corner) for corner in corners)
    return (a, b), (c, d), (e, f), (g, h)
