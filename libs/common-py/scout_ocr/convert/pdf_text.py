"""The text layer of a PDF page as words.

pdfium gives letters in the order of the file, with spaces and line ends of its own where it sees gaps, and lines
written from right to left in reading order.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from ctypes import byref
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as c

from scout_ocr.convert.places import Placement
from scout_ocr.words import Quad, Word

_LINE_END_HYPHEN = "\ufffe"  # pdfium's mark for a word parted at the end of a line; it leaves out the line end itself
_MEANINGLESS_SHARE = 0.3  # of the letters, for a text layer not to be believed
_FEW_LETTERS = 20
_TURNED = math.radians(20)
_DIRECTIONS = {"L": "left to right", "R": "right to left", "AL": "right to left"}
_PRESENTED = re.compile("[\ufb00-\ufdff\ufe70-\ufefe]+")  # ligatures and shapes of letters, which nobody searches for
_HIDDEN = 3  # text render mode: neither filled nor stroked


@dataclass(frozen=True, kw_only=True)
class Text:
    """words; hidden: for each, whether it is invisible; meaningless: the layer's letters tell nothing."""

    words: tuple[Word, ...]
    hidden: tuple[bool, ...]
    meaningless: bool


@dataclass(frozen=True, kw_only=True)
class _Letter:
    text: str
    box: tuple[float, float, float, float]  # left, bottom, right, top, points
    angle: float
    hidden: bool


def text_of(page: pdfium.PdfPage, placement: Placement) -> Text:
    """The words of the page's text layer in the order of the file; `line` counts pdfium's own lines."""
    try:
        layer = page.get_textpage()
    except pdfium.PdfiumError:
        return Text(words=(), hidden=(), meaningless=False)
    with closing(layer):
        words: list[Word] = []
        hidden: list[bool] = []
        for line, letters in _words(layer):
            for run in _runs(letters):
                word = _word(run, line, placement)
                if _is_on(word, placement):
                    words.append(word)
                    hidden.append(run[0].hidden)
    return Text(words=tuple(words), hidden=tuple(hidden), meaningless=_is_meaningless(words))


def _words(layer: pdfium.PdfTextPage) -> Iterator[tuple[int, list[_Letter]]]:
    """(line, letters) of each word."""
    line, letters = 0, []
    for at in range(layer.count_chars()):
        text = _character(layer, at)
        if text == _LINE_END_HYPHEN:
            letters.append(_letter(layer, at, "-"))
        elif text.strip():
            letters.append(_letter(layer, at, text))
            continue
        elif _is_before_mark(layer, at):
            continue
        if letters:
            yield line, letters
            letters = []
        line += text in ("\n", _LINE_END_HYPHEN)
    if letters:
        yield line, letters


def _runs(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    """Letters parted where the direction of writing changes: there pdfium often sees no space."""
    start, running = 0, None
    for at, letter in enumerate(letters):
        direction = _DIRECTIONS.get(unicodedata.bidirectional(letter.text))
        if direction and running and direction != running:
            yield letters[start:at]
            start = at
        running = direction or running
    yield letters[start:]


def _is_before_mark(layer: pdfium.PdfTextPage, at: int) -> bool:
    """Whether pdfium put a space of its own before a mark that belongs to the letter before it."""
    following = c.FPDFText_GetUnicode(layer, at + 1)
    return (
        c.FPDFText_IsGenerated(layer, at) == 1
        and 0 < following < 0x110000
        and (unicodedata.category(chr(following)) == "Mn")
    )


def _character(layer: pdfium.PdfTextPage, at: int) -> str:
    code = c.FPDFText_GetUnicode(layer, at)
    if code == 2:  # older marks of the same hyphen
        return _LINE_END_HYPHEN
    text = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return " " if unicodedata.category(text) in ("Cc", "Zs") and text not in "\r\n" else text


def _letter(layer: pdfium.PdfTextPage, at: int, text: str) -> _Letter:
    rectangle = c.FS_RECTF()
    c.FPDFText_GetLooseCharBox(layer, at, byref(rectangle))
    box = (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
    angle = c.FPDFText_GetCharAngle(layer, at)
    shown = c.FPDFText_GetTextObject(layer, at)
    hidden = bool(shown) and c.FPDFTextObj_GetTextRenderMode(shown) == _HIDDEN
    return _Letter(text=text, box=box, angle=angle if angle >= 0 else 0.0, hidden=hidden)


def _is_on(word: Word, placement: Placement) -> bool:
    """Whether any of the word can be seen on the page."""
    left, top, right, bottom = word.box
    return right > 0 and bottom > 0 and left < placement.width and top < placement.height


def _word(letters: list[_Letter], line: int, placement: Placement) -> Word:
    lefts, bottoms, rights, tops = zip(*(letter.box for letter in letters), strict=True)
    quad = placement.quad(min(lefts), min(bottoms), max(rights), max(tops))
    text = _PRESENTED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), _spelled(letters))
    return Word(text=text, confidence=1.0, quad=_turned(quad, letters[0].angle), line=line, block=0)


def _spelled(letters: list[_Letter]) -> str:
    """The word. One sign for several letters (lam with alef) comes backwards where writing goes from right to left."""
    signs: list[str] = []
    place = None
    for letter in letters:
        if letter.box == place and unicodedata.bidirectional(letter.text) in ("R", "AL"):
            signs[-1] = letter.text + signs[-1]
        else:
            signs.append(letter.text)
        place = letter.box
    return "".join(signs)


def _turned(quad: Quad, angle: float) -> Quad:
    """The corners begun where the text begins, for text that runs up, down or upside down on the page."""
    quarters = round(angle / (math.pi / 2)) % 4
    if abs(angle - quarters * math.pi / 2) > _TURNED and quarters == 0:
        return quad
    return (*quad[quarters:], *quad[:quarters])  # type: ignore[return-value]


def _is_meaningless(words: list[Word]) -> bool:
    letters = "".join(word.text for word in words)
    lost = sum(letter == "\ufffd" or unicodedata.category(letter) in ("Co", "Cn") for letter in letters)
    return len(letters) >= _FEW_LETTERS and lost > _MEANINGLESS_SHARE * len(letters)
