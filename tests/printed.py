"""Pages of words as an engine or a text layer gives them, set from lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from scout_ocr.words import Page, Word

Printed = str | tuple[str, float]
"""A line; with the height of its letters in pixels where it is not the usual one. Tabs move to the next column."""

COLUMN = 260.0
HEIGHT = 20.0


def page(lines: Sequence[Printed], *, confidence: float = 0.98, fall: float = 0.0, number: int = 1) -> Page:
    """Lines under one another; a word for each run between tabs, as detectors give lines.

    fall: pixels that lines fall for each pixel to the right.
    """
    words, y = [], 10.0
    for place, line in enumerate(lines):
        text, height = line if isinstance(line, tuple) else (line, HEIGHT)
        for column, run in enumerate(text.split("\t")):
            if run.strip():
                words.append(_word(run, column * COLUMN, y, height, fall, confidence, 10 * place + column))
        y += 1.5 * height
    return Page(number=number, width=1200, height=int(y) + 10, words=tuple(words))


def _word(text: str, x: float, y: float, height: float, fall: float, confidence: float, line: int) -> Word:
    right = x + 0.5 * height * len(text)
    top_left, top_right = y + fall * x, y + fall * right
    quad = ((x, top_left), (right, top_right), (right, top_right + height), (x, top_left + height))
    return Word(text=text, confidence=confidence, quad=quad, line=line, block=0, engine="rapidocr")
