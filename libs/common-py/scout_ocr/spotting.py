"""Text in pictures of a scene, cheaply: looked for at a low resolution, read only where it may be a sign.

lines = Spotter(RapidEngine(threads=1)).spot(keyframe)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture, ReadLine
from scout_ocr.engines.detection import Places
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.recognition import upright
from scout_ocr.words import Page, Quad, Word

VERSION = "spot-3"
GLANCED_AT, LOOKED_AT = 320, 640
"""Longest sides, pixels, at which is decided whether a picture is worth reading, and at which it is read."""

_SMALLEST = 0.022  # letters' height as a part of the picture's; what is smaller is no sign to be read from here
_LOWEST_PIXELS = 11
_NARROWEST = 0.9  # a line is at least about as wide as high
_SURE = 0.55
_LEGIBLE = 0.6  # mean confidence of a line that is kept
_MOST_LINES = 10
_SHELF = 8  # lines from which a picture may be one of shelves
_HOPELESS = 2  # so many unreadable ones in a row: shelves of small print


@dataclass(frozen=True, kw_only=True)
class Price:
    """CPU seconds as measured on the machine of docs/figures.md; a budget is spent in these, so that what is read does
    not depend on how busy a machine is."""

    glance: float = 0.022  # a small decoded keyframe, looked at at GLANCED_AT
    look: float = 0.095  # a whole one, looked at closely
    line: float = 0.013  # one line read


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a picture is looked at. side: its longest side, pixels, at which text is looked for. most: lines that are
    read at most. smallest: height of letters, as a part of the picture's. patient: go on where the first lines cannot
    be read."""

    side: int = LOOKED_AT
    most: int = _MOST_LINES
    smallest: float = _SMALLEST
    patient: bool = False


KEYFRAME = Look()
PHOTO = Look(side=800, most=10)
PACKSHOT = Look(side=416, most=6, smallest=0.016, patient=True)


@dataclass(frozen=True, kw_only=True)
class Spotted:
    """lines: those that could be read. tried: lines that were sent to the recogniser."""

    lines: tuple[Word, ...]
    tried: int


class Spotter:
    """Reads signs in pictures. Holds the engine; safe to use from several threads."""

    def __init__(self, engine: RapidEngine) -> None:
        self._engine = engine

    @property
    def version(self) -> str:
        return f"{VERSION}+{self._engine.version}"

    def worth(self, image: Picture) -> float:
        """How likely a small picture (H, W, 3) shows a sign: by its large, wide lines high up; many small ones are
        shelves. 0 where it shows none."""
        places = self._engine.detector.detect(image, min(1.0, GLANCED_AT / max(image.shape[:2])), _SURE)
        return _worth(places, image.shape[0])

    def spot(self, image: Picture, look: Look = KEYFRAME) -> Spotted:
        """The lines of a picture RGB (H, W, 3) that may be signs, largest first, each as one word with its spaces."""
        places = self._engine.detector.detect(image, min(1.0, look.side / max(image.shape[:2])), _SURE)
        found: list[Word] = []
        bad = tried = 0
        for quad in _promising(places, image.shape[0], look.smallest)[: look.most]:
            read = self._engine.recogniser.recognise([upright(image, quad)])[0]
            tried += 1
            text = " ".join(read.text.split())
            if len(text) >= 2 and read.confidence >= _LEGIBLE:
                bad = 0
                found.append(_word(text, read.confidence, quad, len(found), self._engine.name))
            else:
                bad += 1
                if bad >= _HOPELESS and not found and not look.patient:
                    break
        return Spotted(lines=tuple(found), tried=tried)

    def read(self, crops: Sequence[Picture]) -> tuple[ReadLine, ...]:
        """Cropped lines, upright; one answer for each, in order."""
        return self._engine.read_lines(crops)


def page_of(image: Picture, spotted: Spotted) -> Page:
    """The lines as a page of the picture's size."""
    return Page(number=1, width=image.shape[1], height=image.shape[0], words=spotted.lines)


def spread(count: int) -> list[int]:
    """0 to count - 1 in an order whose every beginning is spread evenly (van der Corput): a budget that ends early has
    seen all of the time."""
    bits = max(1, (count - 1).bit_length())
    order = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits))
    return [number for number in order if number < count]


def height_of(quad: NDArray[np.float32] | Quad) -> float:
    """Height of the letters in a quad, pixels."""
    corners = np.asarray(quad, np.float32)
    return float(np.linalg.norm(corners[0] - corners[3]) + np.linalg.norm(corners[1] - corners[2])) / 2


def _worth(places: Places, height: int) -> float:
    told = 0.0
    for quad, score in zip(places.quads, places.scores, strict=True):
        tall = height_of(quad)
        wide, middle = float(np.linalg.norm(quad[0] - quad[1])), float(quad[:, 1].mean()) / height
        if tall >= 0.04 * height and wide >= 1.3 * tall and middle < 0.6:
            told += min(tall / height, 0.12) * float(score) * min(wide / tall, 5) / 5 * (1 if middle < 0.4 else 0.5)
    return told / (1 + len(places) / 8)


def _promising(places: Places, height: int, smallest: float) -> list[NDArray[np.float32]]:
    """Quads that are large enough for signs, largest first; those low in the picture, where goods stand, count half."""
    kept = []
    for quad, score in zip(places.quads, places.scores, strict=True):
        tall = height_of(quad)
        wide = float(np.linalg.norm(quad[0] - quad[1]) + np.linalg.norm(quad[3] - quad[2])) / 2
        if tall < max(smallest * height, _LOWEST_PIXELS) or wide < _NARROWEST * tall:
            continue
        high_up = 1.0 if float(quad[:, 1].mean()) < 0.5 * height else 0.5
        kept.append((tall * high_up * float(score), tall, quad))
    if len(kept) > _SHELF:  # rows of goods, each with its print: a sign stands out by size, or above them
        usual = float(np.median([tall for _, tall, _ in kept]))
        kept = [k for k in kept if k[1] >= 1.4 * usual or float(k[2][:, 1].mean()) < 0.3 * height]
    return [quad for _, _, quad in sorted(kept, key=lambda found: -found[0])]


def _word(text: str, confidence: float, quad: NDArray[np.float32], line: int, engine: str) -> Word:
    corners: Sequence[tuple[float, float]] = [(float(x), float(y)) for x, y in quad]
    return Word(
        text=text, confidence=confidence, quad=(corners[0], corners[1], corners[2], corners[3]), line=line, block=0,
        engine=engine,
    )  # fmt: skip
