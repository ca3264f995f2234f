"""Which of two sibling packs lies at a place: the frame is compared with both pictures, only where these differ."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.agreement import rectified
from scout_vision.look import SEARCH, TILE, Look, whole_tiles

_DIFFERENT = 20.0  # RGB root mean square, from which two tiles show different print or colour
_FITS = 0.35  # of the pictures' own distance: a tile farther than this from both shows neither
_FEWEST_PIXELS = 64
_STEP = 3  # every so many pixels either way tell the light
_MOST_TILES = 12  # the most different ones decide


@dataclass(frozen=True)
class Difference:
    """What the differing tiles say. lean: 1 = exactly the first picture, -1 = exactly the second, 0 = halfway.

    area: part of the common area where the pictures differ and one fits. contrast: how much they differ there (RGB).
    """

    lean: float
    area: float
    contrast: float


UNDECIDED = Difference(0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two pictures laid on each other, once for all the places where they compete.

    a, b: (h, w, 3) float32, the thumbnails, softened, in the first one's pixels. apart: (h, w) float32, their absolute
    difference. valid: (h, w), where both are. common: (rows, columns), the tiles where both are. different: (y, x,
    squared distance of the two there) of those where they differ, most different first.
    """

    first: Look
    a: NDArray[np.float32]
    b: NDArray[np.float32]
    apart: NDArray[np.float32]
    valid: NDArray[np.bool_]
    common: NDArray[np.bool_]
    different: tuple[tuple[int, int, float], ...]


def laid(first: Look, second: Look, first_to_second: NDArray[np.float64]) -> Pair:
    """Lay the second picture on the first. first_to_second: (3, 3), in the pictures' own pixels."""
    height, width = first.thumb.shape[:2]
    to_second = second.from_picture @ first_to_second @ first.to_picture
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    other = np.asarray(cv2.warpPerspective(second.thumb, to_second, (width, height), flags=how), np.uint8)
    whole = np.full(second.thumb.shape[:2], 255, np.uint8)
    valid = np.asarray(cv2.warpPerspective(whole, to_second, (width, height), flags=how) > 250)
    a, b = _soft(first.thumb), _soft(other)
    common = whole_tiles(valid)
    tiles = [(y, x, _distance(a, b, y, x)) for y, x in (np.argwhere(common) * TILE).tolist()]
    different = sorted((tile for tile in tiles if tile[2] >= _DIFFERENT**2), key=lambda tile: -tile[2])
    return Pair(first, a, b, np.abs(a - b).sum(axis=2), valid, common, tuple(different))


def compare(
    image: NDArray[np.uint8],
    homography: NDArray[np.float64],
    pair: Pair,
    points: NDArray[np.float32] | None = None,
) -> Difference:
    """Compare the frame at a place with two pictures that both fit there.

    image: RGB (H, W, 3). homography: first picture -> frame. points: (N, 2), where the first picture surely is what is
    seen (its inliers): the light is measured around them. Tile by tile the squared distance to either picture is the
    least within a small shift, so that a misfit does not decide.
    """
    height, width = pair.valid.shape
    seen, shown = rectified(image, homography @ pair.first.to_picture, (width, height))
    valid = shown & pair.valid
    if valid.sum() < _FEWEST_PIXELS:
        return UNDECIDED
    lit = valid & _around(points, pair.first, valid)
    light = lit if lit.sum() >= _FEWEST_PIXELS else valid
    return _lean(_relit(_soft(seen), pair, light), pair, shown)


def _soft(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.float32)


def _around(points: NDArray[np.float32] | None, first: Look, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of the first thumbnail inside the hull of the points, and a little beyond."""
    if points is None or len(points) < 3:
        return np.ones_like(valid)
    thumb = cv2.perspectiveTransform(points[None].astype(np.float64), first.from_picture)[0]
    mask = np.zeros(valid.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(thumb).astype(np.int32)), 255)
    return np.asarray(cv2.dilate(mask, np.ones((13, 13), np.uint8)) > 0)


def _relit(seen: NDArray[np.float32], pair: Pair, valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The frame's place in the light of the catalogue: a gain and offset per channel, fitted where the two agree.

    Trimmed: what fits worst (a hand, a reflection) is left out of the second and third fit. Every ninth pixel will do.
    """
    valid = valid[::_STEP, ::_STEP]
    apart = pair.apart[::_STEP, ::_STEP]
    same = valid & (apart <= _least(apart[valid], 0.5))
    given = np.ascontiguousarray(seen[::_STEP, ::_STEP][same].T)
    wanted = np.ascontiguousarray(((pair.a[::_STEP, ::_STEP] + pair.b[::_STEP, ::_STEP]) / 2)[same].T)
    kept = np.ones(given.shape[1], bool)
    for _ in range(3):
        x, y = given[:, kept], wanted[:, kept]
        gain = np.clip(y.std(axis=1) / np.maximum(x.std(axis=1), 1.0), 0.5, 3.0)
        offset = y.mean(axis=1) - gain * x.mean(axis=1)
        miss = np.abs(given * gain[:, None] + offset[:, None] - wanted).sum(axis=0)
        kept = miss <= _least(miss, 0.6)
    return np.asarray(seen * gain + offset, np.float32)


def _least(values: NDArray[np.float32], share: float) -> float:
    """The value that this share of them does not pass."""
    rank = int(share * (len(values) - 1))
    return float(np.partition(values, rank)[rank])


def _lean(seen: NDArray[np.float32], pair: Pair, shown: NDArray[np.bool_]) -> Difference:
    """Tiles where the pictures differ and the frame fits at least one of them: what hides the print does not speak."""
    whole = whole_tiles(shown)
    different = [(y, x, apart) for y, x, apart in pair.different if whole[y // TILE, x // TILE]]
    said = []
    for y, x, apart in different[:_MOST_TILES]:
        to_a, to_b = _distance(pair.a, seen, y, x), _distance(pair.b, seen, y, x)
        if min(to_a, to_b) < _FITS * apart:
            said.append((to_b - to_a, apart))
    if not said:
        return UNDECIDED
    lean, apart = np.sum(said, axis=0)
    area = len(said) / min(len(different), _MOST_TILES) * len(different) / int((whole & pair.common).sum())
    return Difference(float(np.clip(lean / apart, -1.5, 1.5)), area, float(np.sqrt(apart / len(said))))


def _distance(tile_of: NDArray[np.float32], window_of: NDArray[np.float32], y: int, x: int) -> float:
    """Least mean squared RGB distance of a tile to the other picture within the search window."""
    tile = tile_of[y : y + TILE, x : x + TILE]
    window = window_of[max(0, y - SEARCH) : y + TILE + SEARCH, max(0, x - SEARCH) : x + TILE + SEARCH]
    return max(float(cv2.matchTemplate(window, tile, cv2.TM_SQDIFF).min()), 0.0) / (TILE * TILE)
