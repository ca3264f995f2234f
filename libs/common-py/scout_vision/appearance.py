"""What a picture looks like as one vector: shape (HOG) and the layout of its colours (Lab). No weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.image import Picture

Vectors = NDArray[np.float32]

_SHAPE_SIDE = 64
_COLOUR_GRID = (8, 4)  # rows, columns: packs are taller than wide
_LIGHTNESS_BINS, _CHROMA_BINS = 8, 8


class Embedder(Protocol):
    """Turns pictures into vectors; name and version are part of the key under which these are remembered.

    regions: its vectors are good enough to find products in parts of a frame, so frames are embedded region by region.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def regions(self) -> bool: ...
    def embed(self, images: Sequence[Picture]) -> Vectors:
        """RGB pictures (H, W, 3) uint8 of any size -> (N, dim) float32, each of length 1."""
        ...


@runtime_checkable
class WordEmbedder(Embedder, Protocol):
    """An embedder that lays words in the same space as pictures."""

    def words(self, texts: Sequence[str]) -> Vectors:
        """Texts -> (N, dim) float32, each of length 1. Raises VisionError where the model has no such part."""
        ...


@dataclass(frozen=True)
class AppearanceEmbedder:
    """Histograms of oriented gradients (Dalal and Triggs 2005) on an 8 x 8 grid, mean Lab colour on an 8 x 4 grid,
    and a soft Lab histogram, each part of fixed weight.

    Pictures are squeezed to a square: a matched region, rectified to its packshot, keeps its layout. Light is
    evened out in the colour part by centring lightness. About 1 ms a picture.
    """

    shape_weight: float = 1.0
    colour_weight: float = 0.6
    histogram_weight: float = 0.4
    name: str = "appearance"
    version: str = "1"
    dim: int = 424
    regions: bool = False

    def embed(self, images: Sequence[Picture]) -> Vectors:
        """(N, 424) float32, L2-normalised; a picture of one colour gives a valid vector too."""
        vectors = np.zeros((len(images), self.dim), np.float32)
        for row, image in enumerate(images):
            vectors[row] = self._one(image)
        return vectors

    def _one(self, image: Picture) -> Vectors:
        small = np.asarray(cv2.resize(image, (_SHAPE_SIDE, _SHAPE_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)  # L 0..100, a and b about -100..100
        parts = (
            (self.shape_weight, _gradients(np.asarray(lab[:, :, 0], np.float32))),
            (self.colour_weight, _layout(np.asarray(lab, np.float32))),
            (self.histogram_weight, _histogram(np.asarray(lab, np.float32))),
        )
        return _unit(np.concatenate([weight * _unit(part) for weight, part in parts]))


def _gradients(lightness: Vectors) -> Vectors:
    """HOG without overlap: 8 x 8 cells of 8 x 8 pixels, 4 unsigned orientations softly binned, (256,)."""
    dx, dy = cv2.Sobel(lightness, cv2.CV_32F, 1, 0), cv2.Sobel(lightness, cv2.CV_32F, 0, 1)
    strength = np.sqrt(np.hypot(dx, dy))
    angle = (np.arctan2(dy, dx) % np.pi) / np.pi * 4
    low = np.floor(angle).astype(int)
    share = angle - low
    rows, columns = np.indices(lightness.shape) // 8
    cell = (rows * 8 + columns) * 4
    first = np.bincount((cell + low % 4).ravel(), (strength * (1 - share)).ravel(), minlength=256)
    second = np.bincount((cell + (low + 1) % 4).ravel(), (strength * share).ravel(), minlength=256)
    cells = (first + second).reshape(8, 8, 4)
    norms = np.linalg.norm(cells, axis=2, keepdims=True)
    return np.asarray(cells / (norms + norms.mean() + 1e-6), np.float32).ravel()


def _layout(lab: Vectors) -> Vectors:
    """Mean colour of 8 x 4 fields: lightness relative to the picture's, chroma as it is, (96,)."""
    rows, columns = _COLOUR_GRID
    fields = np.asarray(cv2.resize(lab, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    fields[:, :, 0] -= fields[:, :, 0].mean()
    return np.asarray(fields / 50, np.float32).ravel()


def _histogram(lab: Vectors) -> Vectors:
    """Square root of the histogram over hue direction and chroma (8 x 8 in a, b) and over lightness, (72,)."""
    counts_ab, _, _ = np.histogram2d(lab[:, :, 1].ravel(), lab[:, :, 2].ravel(), bins=8, range=((-80, 80), (-80, 80)))
    counts_l, _ = np.histogram(lab[:, :, 0], bins=_LIGHTNESS_BINS, range=(0, 100))
    soft_ab = cv2.GaussianBlur(counts_ab.astype(np.float32), (3, 3), 0.6)
    soft_l = np.convolve(counts_l, (0.2, 0.6, 0.2), mode="same")
    return np.asarray(np.sqrt(np.concatenate([soft_ab.ravel(), soft_l])), np.float32)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
