"""Text on pictures: one font that is always there, wrapped and shortened to fit.

The font is the one inside OpenCV 5 (Rubik, with WenQuanYi Micro Hei behind it): Latin, Greek, Cyrillic, Arabic,
Chinese, Japanese and Korean. Scripts that need shaping it lacks; `readable` tells what can be shown.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import cv2

from scout_vision.image import Picture

ELLIPSIS = "…"
REGULAR, MEDIUM = 400, 520

_UNSHOWN = re.compile(r"[\u0900-\u10ff\u1780-\u17ff\U00010000-\U0010ffff\x00-\x1f\x7f-\x9f]+")


def readable(text: str) -> str:
    """The text without what the font cannot show (Indic scripts, Thai, emoji, control characters)."""
    return " ".join(_UNSHOWN.sub(" ", text).split())


def width_of(text: str, size: int, weight: int = REGULAR) -> int:
    """Pixels that one line of text takes."""
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), size, weight)
    return int(left + width)


def fit(text: str, size: int, width: float, weight: int = REGULAR, lines: int = 1) -> list[str]:
    """The text in at most `lines` lines of `width` pixels; what does not fit ends in an ellipsis."""
    words = text.split()
    rows: list[str] = []
    while words and len(rows) < lines:
        count = _words_that_fit(words, size, width, weight)
        is_last = len(rows) == lines - 1
        if count < len(words) and (is_last or count == 0):
            rows.append(_shortened(" ".join(words) if is_last else words[0], size, width, weight))
            count = len(words) if is_last else 1
        else:
            rows.append(" ".join(words[:count]))
        words = words[count:]
    return rows


def write(
    page: Picture,
    place: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
    weight: int = REGULAR,
    align: Literal["left", "right"] = "left",
) -> int:
    """Write one line into the page with its baseline at `place`; returns its width in pixels."""
    width = width_of(text, size, weight)
    start = (place[0] - (width if align == "right" else 0), place[1])
    cv2.putText(page, text, start, colour, _font(), size, weight)
    return width


@cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def _words_that_fit(words: list[str], size: int, width: float, weight: int) -> int:
    count = 0
    while count < len(words) and width_of(" ".join(words[: count + 1]), size, weight) <= width:
        count += 1
    return count


def _shortened(text: str, size: int, width: float, weight: int) -> str:
    if width_of(text, size, weight) <= width:
        return text
    while text and width_of(text + ELLIPSIS, size, weight) > width:
        text = text[:-1]
    return text.rstrip(" -–,.;") + ELLIPSIS
