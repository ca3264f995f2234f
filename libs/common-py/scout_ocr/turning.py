"""Text that stands on its head: noticed by the doubt it is read with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scout_ocr.engine import Picture
from scout_ocr.engines.detection import Places
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.layout import FoundLine
from scout_ocr.scripts import confidence_of

_DOUBT = 0.8  # mean confidence of a picture whose text may be turned
_PROBED = 4  # lines that are tried the other way
_BETTER = 0.15


def right_way_up(image: Picture, lines: Sequence[FoundLine], engine: RapidEngine) -> list[FoundLine]:
    """The lines, read from the other end where that makes sense of them: all that run in the same direction turn
    together. Sideways lines are read as running down first, and lines on their head as if they were not."""
    found = list(lines)
    for sideways in (False, True):
        numbers = [n for n, line in enumerate(found) if _sideways(line) == sideways]
        group = [found[n] for n in numbers]
        if group and confidence_of(group) < _DOUBT and _is_turned(image, group, engine):
            for n, line in zip(numbers, _turned(image, group, engine), strict=True):
                found[n] = line
    return found


def _sideways(line: FoundLine) -> bool:
    x, y = line.quad[1] - line.quad[0]
    return bool(abs(y) > abs(x))


def _is_turned(image: Picture, lines: Sequence[FoundLine], engine: RapidEngine) -> bool:
    longest = sorted(lines, key=lambda line: -line.length)[:_PROBED]
    return confidence_of(_turned(image, longest, engine)) > confidence_of(longest) + _BETTER


def _turned(image: Picture, lines: Sequence[FoundLine], engine: RapidEngine) -> list[FoundLine]:
    quads = np.array([np.roll(line.quad, 2, axis=0) for line in lines], np.float32)
    return engine.lines_at(image, Places(quads, np.ones(len(quads), np.float32)))
