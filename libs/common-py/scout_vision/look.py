"""What a catalogue picture looks like, small: the thumbnail that places in a frame are compared with, tile by tile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

TILE, SEARCH = 16, 3  # pixels of the thumbnail; a tile may lie this much off, as packs bend
_PRINT = 9.0  # grey standard deviation from which a tile counts as printed


@dataclass(frozen=True, eq=False)
class Look:
    """A picture's thumbnail, RGB (h, w, 3) uint8, and the (width, height) of the picture it was made from."""

    thumb: NDArray[np.uint8]
    shape: NDArray[np.float32]

    @cached_property
    def to_picture(self) -> NDArray[np.float64]:
        """(3, 3): pixels of the thumbnail -> pixels of the picture."""
        x, y = float(self.shape[0]) / self.thumb.shape[1], float(self.shape[1]) / self.thumb.shape[0]
        return np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1]])

    @cached_property
    def from_picture(self) -> NDArray[np.float64]:
        """(3, 3): pixels of the picture -> pixels of the thumbnail."""
        return np.asarray(np.linalg.inv(self.to_picture), np.float64)

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """(h, w)."""
        return np.asarray(cv2.cvtColor(self.thumb, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def printed(self) -> NDArray[np.bool_]:
        """(rows, columns): the tiles with print."""
        return np.asarray(tiled(self.grey).std(axis=(1, 3)) > _PRINT)

    @cached_property
    def tones(self) -> NDArray[np.float64]:
        """(rows, columns, 3): the mean colour of each tile."""
        return tones(self.thumb)


def tiled(picture: NDArray[np.generic]) -> NDArray[np.generic]:
    """(rows, TILE, columns, TILE, ...): a view of a picture (h, w, ...) by tiles; what fills no tile is left out."""
    rows, columns = picture.shape[0] // TILE, picture.shape[1] // TILE
    return picture[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE, *picture.shape[2:])


def tones(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(rows, columns, 3): the mean colour of each tile of an RGB picture."""
    return np.asarray(tiled(picture).mean(axis=(1, 3)), np.float64)


def whole_tiles(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(rows, columns): the tiles that a mask (h, w) covers wholly."""
    return np.asarray(tiled(mask).all(axis=(1, 3)), np.bool_)
