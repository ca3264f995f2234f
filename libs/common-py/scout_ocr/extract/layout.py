"""Words back on their rows: what stands beside what, whatever order and grouping an engine gave them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isfinite
from statistics import median

from scout_ocr.words import Line, Page, Word

_CONFUSED = str.maketrans("0158|6$", "olsblgs")
_AFTER_LETTER = re.compile(r"(?<=[^\W\d_])[0158|6$]+(?!\d|\.\d)")
_NUMBER_LIKE = re.compile(
    r"(?:(?<=RM)|(?<![\w.,/-]))[\dOoIl|]{1,6}(?:[.,][\dOoIl|]{2}|([/.-])[\dOoIl|]{1,2}\1[\dOoIl|]{2,4})(?![\w.,/-])"
)
_AS_DIGITS = str.maketrans("OoIl|", "00111")
Box = tuple[float, float, float, float]

MOST_WORDS = 6_000  # of a document; fields stand on its first pages, and hostile input ends here
LONGEST_TEXT = 400  # characters of a cell that rules look at
MOST_CELLS = 24  # of a row
OPEN_ROWS = 12  # rows that a cell may still join
_WIDE = re.compile(r"[\uff01-\uff5e\u3000]+")  # full-width forms, as Chinese models write punctuation


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Words of one row with no wide gap between them. box: pixels; None where the source has no places."""

    text: str
    confidence: float
    page: int
    box: Box | None
    engine: str = ""

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1] if self.box else 0.0

    @property
    def left(self) -> float:
        return self.box[0] if self.box else 0.0

    @property
    def right(self) -> float:
        return self.box[2] if self.box else 0.0

    @property
    def middle(self) -> float:
        """Of its height on the page, pixels from the top."""
        return (self.box[1] + self.box[3]) / 2 if self.box else 0.0

    @property
    def centre(self) -> float:
        """Of its width, pixels from the left."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, kw_only=True)
class Row:
    """Cells side by side, left to right."""

    cells: tuple[Cell, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @cached_property
    def label(self) -> str:
        """The text, character for character, as labels are looked for in it: `as_label`."""
        return as_label(self.text)

    @cached_property
    def columns(self) -> str:
        """The text, character for character, for reading numbers: tabs between cells, so that none goes on in the next
        column, and letters inside numbers as the digits they are mistaken for (1O.50, l2/03/2018)."""
        return _NUMBER_LIKE.sub(_as_digits, "\t".join(cell.text for cell in self.cells))

    @property
    def page(self) -> int:
        return self.cells[0].page

    @property
    def height(self) -> float:
        return median(cell.height for cell in self.cells)

    @property
    def top(self) -> float:
        return min((cell.box[1] for cell in self.cells if cell.box), default=0.0)

    @property
    def bottom(self) -> float:
        return max((cell.box[3] for cell in self.cells if cell.box), default=0.0)


def rows_of(pages: Iterable[Page]) -> tuple[Row, ...]:
    """Rows of all pages, top to bottom. Rows of native pages (no places) are their lines."""
    rows: list[Row] = []
    left = MOST_WORDS
    for page in pages:
        words = [word for word in page.words[:left] if word.text.strip()]
        left -= len(words)
        rows += _rows_of_page(page.number, words)
    return tuple(rows)


def union(cells: Sequence[Cell]) -> Box | None:
    """The box around cells of one page, None where they have no places."""
    boxes = [cell.box for cell in cells if cell.box]
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _rows_of_page(number: int, words: list[Word]) -> list[Row]:
    lines: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        lines.setdefault((word.block, word.line), []).append(word)
    parts = [_cells_of_line(line, number) for line in lines.values()]
    if any(cell.box is None for cells in parts for cell in cells):
        return [Row(cells=tuple(cells)[:MOST_CELLS]) for cells in parts]
    return _gather([cell for cells in parts for cell in cells], _Slopes(words))


class _Slopes:
    """How lines fall, pixels down per pixel right, at each height of a page: a photographed receipt is no plane."""

    NEAR = 4  # wide words above and below that have a say

    def __init__(self, words: Sequence[Word]) -> None:
        told = sorted((word.box[1], _slope(word)) for word in words if _tells_slope(word))
        self._tops = [top for top, _ in told]
        self._slopes = [slope for _, slope in told]

    def at(self, height: float) -> float:
        """Median of the wide words nearest to that height, 0 where there are none."""
        place = bisect_left(self._tops, height)
        near = self._slopes[max(0, place - self.NEAR) : place + self.NEAR]
        return median(near) if near else 0.0


def _slope(word: Word) -> float:
    (x0, y0), (x1, y1) = word.quad[0], word.quad[1]
    return (y1 - y0) / (x1 - x0)


def _tells_slope(word: Word) -> bool:
    (x0, _), (x1, _) = word.quad[0], word.quad[1]
    return _placed(word) and x1 - x0 > 3 * _height(word) and abs(_slope(word)) < 0.3


def _placed(word: Word) -> bool:
    left, top, right, bottom = word.box
    return all(isfinite(v) and abs(v) < 1e7 for v in (left, top, right, bottom)) and right > left and bottom > top


def _cells_of_line(words: list[Word], page: int) -> list[Cell]:
    """A line, parted where a gap is wider than its letters are high."""
    if not all(map(_placed, words)):
        return [_cell(words, page, None)]
    words = sorted(words, key=lambda word: word.box[0])
    parts: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        if word.box[0] - before.box[2] > 1.2 * min(_height(before), _height(word)):
            parts.append([])
        parts[-1].append(word)
    return [_cell(part, page, Line(words=tuple(part)).box) for part in parts]


def _height(word: Word) -> float:
    return word.box[3] - word.box[1]


def _cell(words: Sequence[Word], page: int, box: Box | None) -> Cell:
    line = Line(words=tuple(words))
    text = " ".join(_WIDE.sub(_narrow, line.text).split())[:LONGEST_TEXT]
    return Cell(text=text, confidence=line.confidence, page=page, box=box, engine=words[0].engine)


def _as_digits(match: re.Match[str]) -> str:
    """Only where half of it at least is digits already."""
    digits = sum(c.isdigit() for c in match[0])
    letters = len(re.findall(r"[OoIl|]", match[0]))
    return match[0].translate(_AS_DIGITS) if letters <= digits else match[0]


def _narrow(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


def _gather(cells: list[Cell], slopes: _Slopes) -> list[Row]:
    """Cells that stand side by side at one height become a row: the surely level ones first, so that a line between
    two others goes to the one that it belongs to."""
    ordered = sorted(cells, key=lambda cell: (cell.middle - slopes.at(cell.middle) * cell.centre, cell.left))
    rows = [[cell] for cell in ordered]
    for tolerance in (0.25, 0.5):
        rows = _joined(rows, slopes, tolerance)
    return [Row(cells=tuple(sorted(row, key=lambda cell: cell.left))[:MOST_CELLS]) for row in rows]


def _joined(parts: list[list[Cell]], slopes: _Slopes, tolerance: float) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for part in parts:
        slope = slopes.at(part[0].middle)
        near = (row for row in rows[-OPEN_ROWS:] if _near(part[0], row[-1], slope))
        falls = [(fall, row) for row in near if (fall := _fall(part, row, slope)) < tolerance]
        if falls:
            min(falls, key=lambda entry: entry[0])[1].extend(part)
        else:
            rows.append(part)
    return rows


def _near(one: Cell, other: Cell, slope: float) -> bool:
    """Whether they may be of one row at all: a cheap look before all their neighbours are compared."""
    apart = abs(one.middle - other.middle - slope * (one.centre - other.centre))
    return not apart > 3 * max(one.height, other.height)  # what is no number is looked at closely


def _fall(part: Sequence[Cell], row: Sequence[Cell], slope: float) -> float:
    """How far apart in height the nearest cells of two rows are, of the smaller's height; far where any stands over
    another."""
    pairs = [(_shared(one, other), one, other) for one in part[:MOST_CELLS] for other in row[:MOST_CELLS]]
    if any(shared > 0.3 * min(one.right - one.left, other.right - other.left) for shared, one, other in pairs):
        return 9.0
    _, one, other = max(pairs, key=lambda pair: pair[0])
    fall = one.middle - other.middle - slope * (one.centre - other.centre)
    return abs(fall) / min(one.height, other.height)


def _shared(one: Cell, other: Cell) -> float:
    """Pixels that both cover from left to right, less than 0 where they stand apart."""
    return min(one.right, other.right) - max(one.left, other.left)


def as_label(text: str) -> str:
    """Lower case, digits inside words as the letters they are mistaken for (Tota1, Bi11), character for character: for
    finding labels, never for values."""
    lower = text.lower() if len(text.lower()) == len(text) else text
    return _AFTER_LETTER.sub(lambda match: match[0].translate(_CONFUSED), lower)
