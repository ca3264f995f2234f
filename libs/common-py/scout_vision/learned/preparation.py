"""Pictures as a network takes them: scaled, cut or padded, normalised, channels first."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.image import Picture
from scout_vision.learned.manifest import Preparation


def prepared(images: Sequence[Picture], how: Preparation) -> NDArray[np.float32]:
    """RGB pictures (H, W, 3) uint8 of any size -> (N, 3, height, width) float32."""
    scale, shift = normalisation(how)
    return np.ascontiguousarray((fitted(images, how) * scale - shift).transpose(0, 3, 1, 2))


def normalisation(how: Preparation) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(3,) factor and (3,) subtrahend by channel that bring bytes to what the network was trained on."""
    scale = np.array([1 / (255 * s) for s in how.std], np.float32)
    shift = np.array([m / s for m, s in zip(how.mean, how.std, strict=True)], np.float32)
    return scale, shift


def fitted(images: Sequence[Picture], how: Preparation) -> Picture:
    """RGB pictures (H, W, 3) uint8 of any size -> (N, height, width, 3) uint8: all of preparation but the arithmetic.

    Shrinking averages areas, as PIL's filters with antialiasing do nearly; every backend is fed by this function.
    """
    height, width = how.size
    batch = np.empty((len(images), height, width, 3), np.uint8)
    for row, image in enumerate(images):
        batch[row] = _fitted(image, height, width, how)
    return batch


def _fitted(image: Picture, height: int, width: int, how: Preparation) -> Picture:
    """(height, width, 3) uint8."""
    if how.resize == "squash":
        return _scaled(image, height, width)
    rows, columns = image.shape[:2]
    choose = max if how.resize == "shortest" else min
    scale = choose(height / rows, width / columns)
    inner = _scaled(image, max(1, round(rows * scale)), max(1, round(columns * scale)))
    if how.resize == "shortest":
        top, left = (inner.shape[0] - height) // 2, (inner.shape[1] - width) // 2
        return inner[top : top + height, left : left + width]
    padded = np.empty((height, width, 3), np.uint8)
    padded[:] = np.rint(np.array(how.mean) * 255).astype(np.uint8)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    padded[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return padded


def _scaled(image: Picture, height: int, width: int) -> Picture:
    shrinks = height < image.shape[0] or width < image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
