"""Where a frame is looked at for its vectors: overlapping squares and the whole, at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scout_vision.image import Picture

SIDES = (1.0, 0.55, 0.33)
"""Sides of the squares as parts of the frame's short side."""
OVERLAP = 0.25
WIDEST = 3  # times as wide as high: of a longer strip the squares are what fits, so that they stay countable


@dataclass(frozen=True)
class Region:
    """A part of a frame: edges as fractions of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Region(0.0, 0.0, 1.0, 1.0)


def regions(width: int, height: int, sides: Sequence[float] = SIDES) -> list[Region]:
    """The whole frame, then squares of each size in rows that overlap by a quarter: 44 of a 16:9 frame."""
    found = [WHOLE]
    for part in sides:
        side = part * max(min(width, height), max(width, height) / WIDEST)
        across, down = min(side, width), min(side, height)
        for top in _starts(height, down):
            for left in _starts(width, across):
                region = Region(left / width, top / height, (left + across) / width, (top + down) / height)
                if region != WHOLE:
                    found.append(region)
    return found


def cut(image: Picture, region: Region) -> Picture:
    """The pixels of a region, at least one: a view, not a copy."""
    height, width = image.shape[:2]
    left, top = min(round(region.left * width), width - 1), min(round(region.top * height), height - 1)
    right, bottom = max(left + 1, round(region.right * width)), max(top + 1, round(region.bottom * height))
    return image[top:bottom, left:right]


def _starts(length: int, side: float) -> list[float]:
    """Evenly spaced places of a window so that neighbours overlap by at least OVERLAP."""
    room = length - side
    steps = int(np.ceil(max(room, 0.0) / (side * (1 - OVERLAP)) - 1e-9))
    return [room * n / steps for n in range(steps + 1)] if steps else [max(room, 0.0) / 2]
