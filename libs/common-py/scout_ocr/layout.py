"""From lines that were found to words in reading order: rows, columns, blocks."""

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
    """quad: (4, 2) float32, clockwise from where the text begins. read: what it says."""

    quad: NDArray[np.float32]
    read: Recognised

    @property
    def top(self) -> float:
        return float(self.quad[:, 1].min())

    @property
    def bottom(self) -> float:
        return float(self.quad[:, 1].max())

    @property
    def left(self) -> float:
        return float(self.quad[:, 0].min())

    @property
    def middle(self) -> float:
        return float(self.quad[:, 1].mean())

    @property
    def height(self) -> float:
        """Of the letters, pixels: the quad's shorter side."""
        return float(min(np.linalg.norm(self.quad[0] - self.quad[3]), np.linalg.norm(self.quad[0] - self.quad[1])))


def arranged(lines: Sequence[FoundLine], engine: str) -> tuple[Word, ...]:
    """Words of all lines in reading order, with line and block numbers."""
    words: list[Word] = []
    block, previous = 0, None
    for number, row in enumerate(rows_of(lines)):
        if previous is not None and _gap(previous, row) > _NEW_BLOCK * np.median([part.height for part in row]):
            block += 1
        previous = row
        for part in row:
            words.extend(words_of(part, number, block, engine))
    return tuple(words)


def rows_of(lines: Sequence[FoundLine]) -> list[list[FoundLine]]:
    """Lines that stand side by side gathered into rows, top to bottom, each left to right."""
    rows: list[list[FoundLine]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and _beside(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _beside(row: Sequence[FoundLine], line: FoundLine) -> bool:
    last = row[-1]
    overlap = min(last.bottom, line.bottom) - max(last.top, line.top)
    apart = all(_apart(other, line) for other in row)
    return apart and overlap >= _SAME_ROW * min(last.bottom - last.top, line.bottom - line.top)


def _apart(one: FoundLine, other: FoundLine) -> bool:
    left = max(one.left, other.left)
    right = min(float(one.quad[:, 0].max()), float(other.quad[:, 0].max()))
    return right - left < 0.5 * min(one.height, other.height)


def _gap(above: Sequence[FoundLine], below: Sequence[FoundLine]) -> float:
    return min(line.top for line in below) - max(line.bottom for line in above)


def words_of(line: FoundLine, number: int, block: int, engine: str) -> list[Word]:
    """The words of a line, each with its part of the line's quad: the columns where the network saw its letters."""
    read, words = line.read, []
    begin = 0
    for text in read.text.split(" "):
        end = begin + len(text)
        if text:
            words.append(
                Word(
                    text=text,
                    confidence=float(read.confidences[begin:end].mean()),
                    quad=_part(line.quad, *_extent(read, begin, end)),
                    line=number,
                    block=block,
                    engine=engine,
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
    if np.linalg.norm(quad[0] - quad[3]) >= 1.5 * np.linalg.norm(quad[0] - quad[1]):
        quad = np.roll(quad, -1, axis=0)  # a line that stands upright was turned by a quarter before it was read
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = quad[0] + top * left, quad[0] + top * right, quad[3] + bottom * right, quad[3] + bottom * left
    (a, b), (c, d), (e, f), (g, h) = (map(float, corner) for corner in corners)
    return (a, b), (c, d), (e, f), (g, h)
