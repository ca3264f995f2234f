"""Does the whole place look like the picture, not only the points that matched?

A shared logo fits any pack of its brand; the print and the colours around it do not. The place is rectified to the
picture's thumbnail and compared tile by tile, where the picture has print and the place lies inside the frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.look import SEARCH, TILE, Look, tones, whole_tiles


@dataclass(frozen=True)
class Agreement:
    """tiles: how many printed tiles were seen. visible: part of the picture's printed tiles inside the frame.

    print: mean correlation over them (-1 to 1). alike: part of them that correlate. colour: mean distance of their
    chroma (0 = equal), after the light's gain is removed.
    """

    tiles: int
    visible: float
    print: float
    alike: float
    colour: float


NOTHING_SEEN = Agreement(0, 0.0, 0.0, 0.0, 1.0)


def rectified(
    image: NDArray[np.uint8], homography: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The frame's place seen as a picture of `size` (width, height), and which of its pixels lie in the frame.

    homography: (3, 3), picture of `size` -> frame. Raises nothing: a place outside the frame is all invalid.
    """
    width, height = size
    low, high, whole = _bounds(image, homography, size)
    if np.any(high - low < 2):
        return np.zeros((height, width, 3), np.uint8), np.zeros((height, width), bool)
    crop = image[low[1] : high[1], low[0] : high[0]]
    shrink = max(1.0, float(np.sqrt(abs(np.linalg.det(homography[:2, :2])))))
    if shrink > 1.5:
        small = (max(1, round(crop.shape[1] / shrink)), max(1, round(crop.shape[0] / shrink)))
        crop = np.asarray(cv2.resize(crop, small, interpolation=cv2.INTER_AREA), np.uint8)
    x, y = crop.shape[1] / (high[0] - low[0]), crop.shape[0] / (high[1] - low[1])
    to_crop = np.array([[x, 0, -low[0] * x], [0, y, -low[1] * y], [0, 0, 1]]) @ homography
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(crop, to_crop, (width, height), flags=how)
    if whole:
        return np.asarray(seen, np.uint8), np.ones((height, width), bool)
    inside = cv2.warpPerspective(np.full(crop.shape[:2], 255, np.uint8), to_crop, (width, height), flags=how)
    return np.asarray(seen, np.uint8), np.asarray(inside > 250)


def _bounds(
    image: NDArray[np.uint8], homography: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """Top left and bottom right of the part of the frame that the place covers; whether all of the place is in it."""
    width, height = size
    quad = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ homography.T
    limit = np.array([image.shape[1], image.shape[0]], np.float64)
    depth = np.where(np.abs(quad[:, 2:]) < 1e-9, 1e-9, quad[:, 2:])
    points = np.clip(np.nan_to_num(quad[:, :2] / depth), -1, limit + 1)
    whole = bool((quad[:, 2] > 0).all() and (points >= 1).all() and (points <= limit - 2).all())
    low = np.clip(np.floor(points.min(axis=0)), 0, limit)
    return low.astype(np.int64), np.clip(np.ceil(points.max(axis=0)), low, limit).astype(np.int64), whole


def agreement(image: NDArray[np.uint8], homography: NDArray[np.float64], look: Look) -> Agreement:
    """Compare a place of the frame with the picture said to be there.

    image: RGB (H, W, 3). homography: picture -> frame.
    """
    height, width = look.grey.shape
    seen, valid = rectified(image, homography @ look.to_picture, (width, height))
    inside = look.printed & whole_tiles(valid)
    count = int(inside.sum())
    if not count:
        return NOTHING_SEEN
    grey = np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), np.uint8)
    scores = np.array([_correlation(look.grey, grey, y * TILE, x * TILE) for y, x in np.argwhere(inside)])
    colour = _chroma_distance(look.tones[inside], tones(seen)[inside])
    visible = count / int(look.printed.sum())
    return Agreement(count, visible, float(scores.mean()), float((scores > 0.4).mean()), colour)


def _correlation(grey: NDArray[np.uint8], seen: NDArray[np.uint8], y: int, x: int) -> float:
    """Best normalised correlation of a tile within the search window."""
    tile = grey[y : y + TILE, x : x + TILE]
    window = seen[max(0, y - SEARCH) : y + TILE + SEARCH, max(0, x - SEARCH) : x + TILE + SEARCH]
    best = float(cv2.matchTemplate(window, tile, cv2.TM_CCOEFF_NORMED).max())
    return best if np.isfinite(best) and abs(best) <= 1.001 else 0.0


def _chroma_distance(shown: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
    """Mean distance of tiles' colours (N, 3), as log ratios to their grey, with the common cast removed."""
    apart = _chroma(shown) - _chroma(seen)
    cast = np.clip(np.median(apart, axis=0), -0.25, 0.25)  # a lamp's colour, not another pack's
    return float(np.linalg.norm(apart - cast, axis=1).mean())


def _chroma(means: NDArray[np.float64]) -> NDArray[np.float64]:
    logs = np.log(means + 8)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))
