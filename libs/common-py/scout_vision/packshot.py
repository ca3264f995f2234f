"""Catalogue pictures: the studio border trimmed, and what makes a picture poor for finding or proving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.image import DEFAULT_LIMITS, ImageLimits, Picture, decode_image, thumbnail

BORDER_TOLERANCE = 14
"""A channel may differ by this much from the border's colour and still be border (JPEG noise, soft shadow)."""

SMALLEST_LONG_SIDE = 160
BLUR_LIMIT = 0.64
PLAIN_CORNERS = 40
_COMPARE_SIDE = 640


@dataclass(frozen=True)
class ImageWarning:
    """A reason why a product may be missed or not be proven. `message` ends in what to do about it."""

    kind: Literal["small", "blurred", "plain"]
    message: str


def product_image(data: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> Picture:
    """Decode a catalogue picture and trim its border. Raises BadImage."""
    return trim_border(decode_image(data, limits))


def trim_border(image: Picture) -> Picture:
    """Cut away a border of one colour, as studios leave it around a pack.

    A picture without such a border, or of nothing but border, comes back as it is. A margin of 1 % stays,
    so that the outline of the pack is inside the picture.
    """
    colour = _border_colour(image)
    if colour is None:
        return image
    inside = np.max(cv2.absdiff(image, np.broadcast_to(colour, image.shape)), axis=2) > BORDER_TOLERANCE
    inside = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows) or len(rows) * len(columns) < 0.02 * inside.size:
        return image
    margin = max(1, round(0.01 * max(rows[-1] - rows[0], columns[-1] - columns[0])))
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    inner = image[top : rows[-1] + margin + 1, left : columns[-1] + margin + 1]
    return image if inner.shape == image.shape else np.ascontiguousarray(inner)


def warnings_of(image: Picture) -> tuple[ImageWarning, ...]:
    """What makes this (trimmed) catalogue picture poor; () where nothing does."""
    found = []
    height, width = image.shape[:2]
    if max(height, width) < SMALLEST_LONG_SIDE:
        found.append(
            ImageWarning(
                "small",
                f"only {width} x {height} pixels: the product will be found only where it is small too; "
                "use a picture of at least 480 pixels",
            )
        )
    grey = np.asarray(cv2.cvtColor(thumbnail(image, _COMPARE_SIDE), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if blur(grey) > BLUR_LIMIT:
        found.append(ImageWarning("blurred", "blurred or enlarged: fine print is lost; use a sharper picture"))
    elif (corners := _corners(grey)) < PLAIN_CORNERS:
        found.append(
            ImageWarning(
                "plain",
                f"too plain for proof: only {corners} distinct points (print, edges); "
                "use a picture of a printed side, or add one",
            )
        )
    return tuple(found)


def blur(grey: NDArray[np.uint8]) -> float:
    """No-reference blur, 0 (sharp) to 1: how little a further blur changes the picture.

    Method: Crete, Dolmiere, Ladret, Nicolas, "The blur effect", SPIE 6492, 2007. grey: (H, W) uint8.
    """
    sharp = grey.astype(np.float32)
    worst = 0.0
    for axis, kernel in ((0, (1, 9)), (1, (9, 1))):
        change = np.abs(np.diff(sharp, axis=axis))
        change_after = np.abs(np.diff(cv2.blur(sharp, kernel), axis=axis))
        total = float(change.sum())
        lost = float(np.maximum(change - change_after, 0).sum())
        worst = max(worst, (total - lost) / total if total > 0 else 0.0)
    return worst


def _border_colour(image: Picture) -> NDArray[np.uint8] | None:
    """The colour that at least three corners share, or None."""
    height, width = image.shape[:2]
    if min(height, width) < 8:
        return None
    size = max(2, min(height, width) // 50)
    patches = (image[:size, :size], image[:size, -size:], image[-size:, :size], image[-size:, -size:])
    corners = np.array([np.median(p.reshape(-1, 3), axis=0) for p in patches])
    colour = np.median(corners, axis=0)
    alike = np.abs(corners - colour).max(axis=1) <= BORDER_TOLERANCE
    even = np.array([p.reshape(-1, 3).std(axis=0).max() <= BORDER_TOLERANCE / 2 for p in patches])
    return np.asarray(colour, dtype=np.uint8) if (alike & even).sum() >= 3 else None


def _corners(grey: NDArray[np.uint8]) -> int:
    return len(cv2.FastFeatureDetector.create(threshold=20).detect(cv2.GaussianBlur(grey, (0, 0), 1.0)))
