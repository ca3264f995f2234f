"""Which of two sibling packs lies at a place: the frame is compared with both pictures, only where these differ."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.agreement import SEARCH, TILE, rectified, thumb_to_picture

_DIFFERENT = 20.0  # RGB root mean square, from which two tiles show different print or colour
_FITS = 0.35  # of the pictures' own distance: a tile farther than this from both shows neither
_FEWEST_PIXELS = 64


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
class Picture:
    """A catalogue picture's thumbnail (RGB) and the (width, height) of the picture it was made from."""

    thumb: NDArray[np.uint8]
    shape: NDArray[np.float32]

    @property
    def to_picture(self) -> NDArray[np.float64]:
        return thumb_to_picture(self.thumb, self.shape)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two pictures laid on each other, once for all the places where they compete.

    a, b: (h, w, 3) float32, the thumbnails, softened, in the first one's pixels. valid: (h, w), where both are. tiles:
    (y, x, squared distance of the two there) of every tile inside valid.
    """

    first: Picture
    a: NDArray[np.float32]
    b: NDArray[np.float32]
    valid: NDArray[np.bool_]
    tiles: tuple[tuple[int, int, float], ...]


def laid(first: Picture, second: Picture, first_to_second: NDArray[np.float64]) -> Pair:
    """Lay the second picture on the first. first_to_second: (3, 3), in the pictures' own pixels."""
    height, width = first.thumb.shape[:2]
    to_second = np.linalg.inv(second.to_picture) @ first_to_second @ first.to_picture
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    other = np.asarray(cv2.warpPerspective(second.thumb, to_second, (width, height), flags=how), np.uint8)
    whole = np.full(second.thumb.shape[:2], 255, np.uint8)
    valid = np.asarray(cv2.warpPerspective(whole, to_second, (width, height), flags=how) > 250)
    a, b = _soft(first.thumb), _soft(other)
    corners = [(y, x) for y in range(0, height - TILE + 1, TILE) for x in range(0, width - TILE + 1, TILE)]
    inside = [(y, x) for y, x in corners if valid[y : y + TILE, x : x + TILE].all()]
    return Pair(first, a, b, valid, tuple((y, x, _distance(a, b, y, x)) for y, x in inside))


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
    return _lean(_relit(_soft(seen), pair.a, pair.b, light), pair, shown)


def _soft(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.float32)


def _around(points: NDArray[np.float32] | None, first: Picture, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of the first thumbnail inside the hull of the points, and a little beyond."""
    if points is None or len(points) < 3:
        return np.ones_like(valid)
    thumb = cv2.perspectiveTransform(points[None].astype(np.float64), np.linalg.inv(first.to_picture))[0]
    mask = np.zeros(valid.shape, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(thumb).astype(np.int32)), 255)
    return np.asarray(cv2.dilate(mask, np.ones((13, 13), np.uint8)) > 0)


def _relit(
    seen: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32], valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The frame's place in the light of the catalogue: a gain and offset per channel, fitted where the two agree.

    Trimmed: what fits worst (a hand, a reflection) is left out of the second and third fit.
    """
    apart = np.abs(a - b).sum(axis=2)
    same = valid & (apart <= np.quantile(apart[valid], 0.5))
    given, wanted = seen[same], ((a + b) / 2)[same]
    kept = np.ones(len(given), bool)
    gain, offset = np.ones(3, np.float32), np.zeros(3, np.float32)
    for _ in range(3):
        x, y = given[kept], wanted[kept]
        gain = np.clip(y.std(axis=0) / np.maximum(x.std(axis=0), 1.0), 0.5, 3.0)
        offset = y.mean(axis=0) - gain * x.mean(axis=0)
        miss = np.abs(given * gain + offset - wanted).sum(axis=1)
        kept = miss <= np.quantile(miss, 0.6)
    return np.asarray(seen * gain + offset, np.float32)


def _lean(seen: NDArray[np.float32], pair: Pair, shown: NDArray[np.bool_]) -> Difference:
    """Tiles where the pictures differ and the frame fits at least one of them: what hides the print does not speak."""
    total, said = 0, []
    for y, x, apart in pair.tiles:
        if not shown[y : y + TILE, x : x + TILE].all():
            continue
        total += 1
        if apart < _DIFFERENT**2:
            continue
        to_a, to_b = _distance(pair.a, seen, y, x), _distance(pair.b, seen, y, x)
        if min(to_a, to_b) < _FITS * apart:
            said.append((to_b - to_a, apart))
    if not said:
        return UNDECIDED
    lean, apart = np.sum(said, axis=0)
    return Difference(float(np.clip(lean / apart, -1.5, 1.5)), len(said) / total, float(np.sqrt(apart / len(said))))


def _distance(tile_of: NDArray[np.float32], window_of: NDArray[np.float32], y: int, x: int) -> float:
    """Least mean squared RGB distance of a tile to the other picture within the search window."""
    tile = tile_of[y : y + TILE, x : x + TILE]
    window = window_of[max(0, y - SEARCH) : y + TILE + SEARCH, max(0, x - SEARCH) : x + TILE + SEARCH]
    return max(float(cv2.matchTemplate(window, tile, cv2.TM_SQDIFF).min()), 0.0) / (TILE * TILE)
