"""Small printed packs and shelves with known truth, for the tests of matching."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scout_vision.catalogue import CatalogueImage, CatalogueIndex
from scout_vision.keypoints import RootSift
from scout_vision.planar import corners

Picture = NDArray[np.uint8]
EXTRACTOR = RootSift()
WIDTH, HEIGHT = 200, 280


@cache
def pack(design: int, flavour: int = 0) -> Picture:
    """A printed pack. Packs of one design are siblings: their flavour changes the lower band's colour and word."""
    rng = np.random.default_rng(design)
    picture = np.full((HEIGHT, WIDTH, 3), rng.integers(120, 255, 3), np.uint8)
    for _ in range(90):  # scalene shapes: ellipses are alike, and their own mirror images
        centre = rng.integers(0, (WIDTH, HEIGHT))
        corner = np.rint(centre + rng.normal(0, 16, (int(rng.integers(3, 7)), 2))).astype(np.int32)
        cv2.fillPoly(picture, [corner], tuple(int(c) for c in rng.integers(0, 255, 3)))
    for line in range(5):
        word = "".join(chr(c) for c in rng.integers(65, 91, 4))
        at = (int(rng.integers(0, 60)), 30 + line * 40)
        cv2.putText(picture, word, at, cv2.FONT_HERSHEY_DUPLEX, float(rng.uniform(0.6, 1.3)), (20, 20, 20), 2)
    band = np.random.default_rng([design, flavour])
    cv2.rectangle(picture, (0, 215), (WIDTH, 265), tuple(int(c) for c in band.integers(0, 255, 3)), -1)
    word = "".join(chr(c) for c in band.integers(65, 91, 5))
    cv2.putText(picture, word, (20, 252), cv2.FONT_HERSHEY_DUPLEX, 1.2, (250, 250, 250), 2)
    return picture


def placed(
    turn: float = 0.0, scale: float = 1.0, x: float = 320.0, y: float = 240.0, lean: float = 0.0
) -> NDArray[np.float64]:
    """(3, 3): a pack's pixels -> frame, its centre at x, y. lean: perspective, about 1e-4 to 1e-3."""
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    centre = np.array([[1, 0, -(WIDTH - 1) / 2], [0, 1, -(HEIGHT - 1) / 2], [0, 0, 1]])
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, 1, 0], [lean, 0, 1]]) @ centre


def shelf(*things: tuple[Picture, NDArray[np.float64]], size: tuple[int, int] = (640, 480), seed: int = 0) -> Picture:
    """A cluttered background with packs on it, a little blurred and noisy. size: (width, height)."""
    rng = np.random.default_rng([seed, 5])
    small = rng.integers(60, 200, (size[1] // 12, size[0] // 12, 3), np.uint8)
    frame = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    for picture, homography in things:
        warped = cv2.warpPerspective(picture, homography, size, flags=cv2.INTER_AREA)
        mask = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), homography, size) > 250
        frame[mask] = warped[mask]
    noisy = cv2.GaussianBlur(frame, (0, 0), 0.7).astype(np.float32) + rng.normal(0, 3, frame.shape)
    return np.ascontiguousarray(np.clip(noisy, 0, 255), np.uint8)


def outline(homography: NDArray[np.float64]) -> NDArray[np.float32]:
    """Where a pack's corners fall in the frame."""
    points = corners(np.array([WIDTH, HEIGHT], np.float32))
    return np.asarray(cv2.perspectiveTransform(points[None], homography)[0], np.float32)


@cache
def image_of(design: int, flavour: int = 0) -> CatalogueImage:
    return CatalogueImage.of(f"p{design}-{flavour}", f"p{design}-{flavour}.jpg", pack(design, flavour), EXTRACTOR)


@cache
def index_of(*packs: tuple[int, int]) -> CatalogueIndex:
    """The index of a catalogue of packs given as (design, flavour)."""
    return CatalogueIndex.build([image_of(*p) for p in packs], seed=1)
