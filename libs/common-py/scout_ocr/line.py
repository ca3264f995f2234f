"""A picture that is one cropped line: read without a search for text, in several shapes where there is doubt."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.detection import Quads
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.recognition import STRETCHED, USUAL, WIDE, Recognised
from scout_ocr.languages import script_of
from scout_ocr.layout import FoundLine
from scout_ocr.second_look import SURE, surest, variants

_HEIGHT = 112  # pixels: a picture no taller that is wider than tall is a cropped line, not a label
SURE_AT_ONCE = 0.95  # a look at the usual width takes half of the time of one at the full width
_SHARED = 0.5  # of the lower line's height: lines that overlap more stand side by side
_MARGIN = 0.25  # of the height: letters that touch the edge are read worse


def looks_like_a_line(image: Picture) -> bool:
    """Whether a small picture is one cropped line: low, and wider than tall."""
    height, width = image.shape[:2]
    return bool((height <= _HEIGHT and width >= 1.1 * height) or max(height, width) <= _HEIGHT // 2)


def glanced(image: Picture, engine: RapidEngine) -> Recognised:
    """A small picture taken for one line, by a single look."""
    return engine.recogniser.recognise([image], shape=USUAL)[0]


def stacked(quads: Quads) -> bool:
    """Whether of the places (N, 4, 2) that a detector found two stand one above the other: no single line then."""
    spans = sorted((float(quad[:, 1].min()), float(quad[:, 1].max())) for quad in quads)
    return any(
        min(one[1], other[1]) - other[0] < _SHARED * min(one[1] - one[0], other[1] - other[0])
        for number, one in enumerate(spans)
        for other in spans[number + 1 :]
    )


def as_line(
    image: Picture,
    engine: OcrEngine,
    *,
    languages: Sequence[str] = (),
    thorough: bool = True,
    glance: Recognised | None = None,
) -> FoundLine:
    """A picture that shows one line, read. glance: what `glanced` gave, where that look was taken already."""
    if isinstance(engine, RapidEngine):
        read = _by_network(image, engine, thorough, glance or glanced(image, engine))
    else:
        line = engine.read_lines([image], languages)[0]
        read = evenly(line.text, line.confidence)
    height, width = image.shape[:2]
    quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return FoundLine(quad=quad, read=read, engine=engine.name)


def _by_network(image: Picture, engine: RapidEngine, thorough: bool, glance: Recognised) -> Recognised:
    recogniser = engine.recogniser
    if not thorough or glance.confidence >= SURE_AT_ONCE:
        return glance
    read = [glance, *recogniser.recognise([image], shape=WIDE)]
    if max(one.confidence for one in read) >= SURE:
        return surest(read)
    latin = engine.latin if script_of(read[0].text) in ("LATIN", "") else None
    framed = _framed(image)
    read += recogniser.recognise([image], latin, STRETCHED)
    read += recogniser.recognise([framed, *variants(framed)], latin, WIDE)
    return surest(read)


def _framed(image: Picture) -> Picture:
    margin = max(1, round(image.shape[0] * _MARGIN))
    return np.asarray(cv2.copyMakeBorder(image, 0, 0, margin, margin, cv2.BORDER_REPLICATE), np.uint8)


def evenly(text: str, confidence: float) -> Recognised:
    """A line whose engine tells no places: its letters stand evenly."""
    places = (np.arange(len(text), dtype=np.float32) + 0.5) / max(1, len(text))
    return Recognised(text, np.full(len(text), confidence, np.float32), places.astype(np.float32))
