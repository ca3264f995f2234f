"""A picture that read badly is read again in other views; the view that says most, most surely, is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scout_ocr.engine import Picture
from scout_ocr.engines.detection import find
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.layout import FoundLine
from scout_ocr.preprocessing import View, views_of
from scout_ocr.scripts import confidence_of

_BAD = {"fast": 0.0, "balanced": 0.6, "best": 0.85}
"""Mean confidence below which other views are tried."""
_BETTER = 1.1  # how much more another view has to say
_LEGIBLE = 0.6


def rescued(image: Picture, lines: Sequence[FoundLine], engine: RapidEngine, quality: str) -> list[FoundLine]:
    """The lines, or those of a better view; quads in the picture's pixels."""
    best = list(lines)
    if quality == "fast" or (confidence_of(lines) >= _BAD[quality] and lines):
        return best
    for view in views_of(image) if float(np.std(image)) > 1 else ():
        other = _read(view, engine)
        if _said(other) > _BETTER * _said(best):
            best = other
    return best


def _read(view: View, engine: RapidEngine) -> list[FoundLine]:
    lines = engine.lines_at(view.picture, find(engine.detector, view.picture))
    quads = view.quads_back(np.array([line.quad for line in lines], np.float32).reshape(-1, 4, 2))
    return [replace(line, quad=quad) for line, quad in zip(lines, quads, strict=True)]


def _said(lines: Sequence[FoundLine]) -> float:
    """Letters that are legible, each by how sure it is."""
    sure = (line.read for line in lines if line.read.confidence >= _LEGIBLE)
    return sum(float(read.confidences.sum()) for read in sure)
