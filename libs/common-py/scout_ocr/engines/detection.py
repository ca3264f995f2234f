"""Where text stands: the differentiable-binarisation detector of PP-OCR (Liao et al. 2020, arXiv:1911.08947)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture
from scout_ocr.engines.models import Network

Quads = NDArray[np.float32]
"""(N, 4, 2): corners clockwise from the top left, pixels of the picture."""

_STRIDE = 32
_FIRST, _FINE = (320, 736), 1280  # pixels of the longer side: of the first look (least, most), and of the second
_LEGIBLE = 11.0  # pixels of a line's height, margins included, below which lines run together
_SPARSE, _LARGE = 20, 800  # lines; pixels of the longer side
_INK, _SURE, _UNCLIP = 0.3, 0.5, 1.6  # as rapidocr sets them
_STANDING = 1.5  # a line this much taller than wide runs down, not across
_MOST = 1000  # boxes; what a picture of noise may cost
_SMALLEST = 3.0  # pixels of the network's map


@dataclass(frozen=True, eq=False)
class Places:
    """quads: (N, 4, 2), top to bottom. scores: (N,) 0-1, how sure the detector is that it is text."""

    quads: Quads
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def heights(self) -> NDArray[np.float32]:
        """(N,) pixels of the picture: the shorter sides."""
        sides = np.linalg.norm(self.quads - np.roll(self.quads, -1, axis=1), axis=2)
        return np.asarray(sides.min(axis=1), np.float32)


class Detector:
    """Finds lines of text. `scale` is what the picture is resized by before it is looked at."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, image: Picture, scale: float, sure: float = _SURE) -> Places:
        """Text lines of a picture (H, W, 3), by a single pass."""
        height, width = image.shape[:2]
        size = _multiple(width * scale), _multiple(height * scale)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        resized = cv2.resize(image, size, interpolation=how)
        blob = cv2.dnn.blobFromImage(resized, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        ink = self._network.run(np.asarray(blob, np.float32))[0, 0]
        quads, scores = _boxes(ink, sure)
        return _to_picture(quads, scores, (width / size[0], height / size[1]), (width, height))


def find(detector: Detector, image: Picture) -> Places:
    """Text lines at the size that the picture asks for: a small look first, a second one where the letters turn out
    small, or where a large picture shows so little text that small text may have been missed."""
    longest = int(max(image.shape[:2]))
    scale = min(1.0, max(_FIRST[0], min(_FIRST[1], longest * 0.7)) / longest) if longest > _FIRST[0] else 1.0
    places = detector.detect(image, scale)
    heights = places.heights * scale
    small = len(places) > 0 and float(np.percentile(heights, 25)) < _LEGIBLE
    sparse = len(places) < _SPARSE and longest > _LARGE
    if (small or sparse) and fine_scale(image) > 1.2 * scale:
        return detector.detect(image, fine_scale(image))
    return places


def fine_scale(image: Picture) -> float:
    """What a picture is resized by for a close look."""
    longest = int(max(image.shape[:2]))
    return min(1.0 if longest > _FIRST[1] else 1.5, _FINE / longest)


def _multiple(side: float) -> int:
    return max(_STRIDE, round(side / _STRIDE) * _STRIDE)


def _boxes(ink: NDArray[np.float32], sure: float) -> tuple[Quads, NDArray[np.float32]]:
    mask = cv2.dilate((ink > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads, scores = [], []
    for contour in contours[:_MOST]:
        centre, (w, h), angle = cv2.minAreaRect(contour)
        if min(w, h) < _SMALLEST:
            continue
        score = _mean_inside(ink, _corners(centre, (w, h), angle))
        if score < sure:
            continue
        # The network marks the core of a line: a rectangle grown by area / perimeter is what Vatti clipping gives.
        grow = w * h * _UNCLIP / (w + h)
        quads.append(clockwise(_corners(centre, (w + grow, h + grow), angle)))
        scores.append(score)
    return np.array(quads, np.float32).reshape(-1, 4, 2), np.array(scores, np.float32)


def _corners(centre: Sequence[float], size: Sequence[float], angle: float) -> NDArray[np.float32]:
    return np.asarray(cv2.boxPoints((centre, size, angle)), np.float32)


def _mean_inside(ink: NDArray[np.float32], quad: NDArray[np.float32]) -> float:
    height, width = ink.shape
    left, top = np.floor(quad.min(axis=0)).astype(int).clip(0, (width - 1, height - 1))
    right, bottom = np.ceil(quad.max(axis=0)).astype(int).clip(0, (width - 1, height - 1))
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [(quad - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(ink[top : bottom + 1, left : right + 1], mask)[0])


def clockwise(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """The corners of a rectangle (4, 2), so that its first side is the one that text runs along: the one nearer to
    level, to the right; or down the longer one where that is much longer."""
    by_x = quad[np.argsort(quad[:, 0], kind="stable")]
    left, right = by_x[:2][np.argsort(by_x[:2, 1])], by_x[2:][np.argsort(by_x[2:, 1])]
    quad = np.array([left[0], right[0], right[1], left[1]], np.float32)
    tall = np.linalg.norm(quad[3] - quad[0]) >= _STANDING * np.linalg.norm(quad[1] - quad[0])
    return np.roll(quad, -1, axis=0) if tall else quad


def _to_picture(quads: Quads, scores: NDArray[np.float32], ratio: tuple[float, float], size: tuple[int, int]) -> Places:
    quads = (quads * np.array(ratio, np.float32)).clip(0, np.array(size, np.float32))
    order = np.lexsort((quads[:, :, 0].min(axis=1), quads[:, :, 1].min(axis=1)))
    return Places(quads[order], scores[order])
