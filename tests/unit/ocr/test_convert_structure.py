"""Headings and paragraphs of a picture, told by the size of its letters."""

from __future__ import annotations

import pytest
from scout_ocr.convert.markup import markdown_of, text_of
from scout_ocr.convert.parts import Block
from scout_ocr.convert.structure import blocks_of
from scout_ocr.words import Page, Word

TITLE = ("A title that", 40.0)
BELOW = ("plain words of the usual size and some more of them that end here", 20.0)


def blocks(*lines: tuple[str, float]) -> tuple[Block, ...]:
    """Of lines (text, height of its letters) close under one another, in one block."""
    words, y = [], 10.0
    for number, (text, height) in enumerate(lines):
        x = 10.0
        for said in text.split():
            right, under = x + 0.5 * height * len(said), y + height
            quad = ((x, y), (right, y), (right, under), (x, under))
            words.append(Word(text=said, confidence=0.9, quad=quad, line=number, block=number // 2))
            x = right + 0.4 * height
        y += 1.3 * height
    return blocks_of(Page(number=1, width=2000, height=int(y), words=tuple(words)))


def test_small_print_under_a_name_is_no_part_of_its_heading() -> None:
    read = blocks(("Kornhaus GmbH", 110.0), ("Hall 4 Stand A-12 www.kornhaus.example", 40.0))
    assert markdown_of([read]) == "# Kornhaus GmbH\n\nHall 4 Stand A-12 www.kornhaus.example"
    assert text_of([read]).splitlines()[0] == "Kornhaus GmbH"


@pytest.mark.parametrize("height", [48.0, 40.0, 34.0])
def test_heading_goes_on_in_a_line_of_its_size(height: float) -> None:
    assert markdown_of([blocks(TITLE, ("goes on", height), BELOW)]).startswith("# A title that goes on\n\nplain")
