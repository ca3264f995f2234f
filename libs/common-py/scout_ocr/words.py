"""Words where they stand: what every engine and converter gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four corners (x, y) in pixels of the page, clockwise from where the text begins: it tells the angle."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word. confidence: 0-1, as the engine says. line, block: numbers within the page, in reading order.
    engine: name of the engine that read it, "" for a text layer."""

    text: str
    confidence: float
    quad: Quad
    line: int
    block: int
    engine: str = ""

    @cached_property  # the order of reading asks for it again and again
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom), pixels."""
        xs, ys = zip(*self.quad, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Words of one line, in reading order."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean over the words' characters."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(1, letters)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom), pixels."""
        left, top, right, bottom = zip(*(word.box for word in self.words), strict=True)
        return min(left), min(top), max(right), max(bottom)

    @property
    def block(self) -> int:
        return self.words[0].block


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page or picture, read. width, height: pixels, upright; quads are in these pixels. source: "ocr" or
    "text layer" or "native" (office documents, whose words have no boxes of their own)."""

    number: int
    width: int
    height: int
    words: tuple[Word, ...]
    source: str = "ocr"

    @property
    def lines(self) -> tuple[Line, ...]:
        return lines_of(self.words)

    @property
    def text(self) -> str:
        """Lines in reading order, blocks parted by an empty line."""
        blocks = groupby(self.lines, key=lambda line: line.block)
        return "\n\n".join("\n".join(line.text for line in lines) for _, lines in blocks)


def lines_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """Words, in reading order, gathered by their (block, line)."""
    groups = groupby(words, key=lambda word: (word.block, word.line))
    return tuple(Line(words=tuple(found)) for _, found in groups)
