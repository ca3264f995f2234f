"""Pictures in all the sizes they are drawn at, so that nothing aliases."""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


class Textures:
    """Pictures by name with lazily made smaller versions in half-octave steps, per axis (rip-maps, McReynolds &
    Blythe).

    All are kept as premultiplied RGBA: warping four channels is faster than warping three.
    """

    def __init__(self, pictures: Mapping[str, Image]) -> None:
        self.pictures = dict(pictures)
        self._levels: dict[tuple[str, int, int, int], Image] = {}

    def size(self, name: str) -> tuple[int, int]:
        picture = self.pictures[name]
        return picture.shape[1], picture.shape[0]

    def level(self, name: str, light: float, i: int, j: int) -> Image:
        """`name` shrunk by 2^(i/2) across and 2^(j/2) down and lit (in steps of 0.04), premultiplied RGBA."""
        key = (name, round(light * 25), i, j)
        found = self._levels.get(key)
        if found is None:
            plain = self._shrunk(name, i, j)
            if key[1] == 25:
                return plain
            found = np.asarray(cv2.convertScaleAbs(plain, alpha=key[1] / 25), np.uint8)
            found[..., 3] = plain[..., 3]
            self._levels[key] = found
        return found

    def _shrunk(self, name: str, i: int, j: int) -> Image:
        """The unlit level, made from the one an octave larger."""
        key = (name, 25, i, j)
        found = self._levels.get(key)
        if found is None:
            if (i, j) == (0, 0):
                found = _premultiplied(self.pictures[name])
            else:
                width, height = self.size(name)
                size = (max(1, round(width / 2 ** (i / 2))), max(1, round(height / 2 ** (j / 2))))
                larger = self._shrunk(name, max(0, i - 2), max(0, j - 2))
                found = np.asarray(cv2.resize(larger, size, interpolation=cv2.INTER_AREA), np.uint8)
            self._levels[key] = found
        return found


def _premultiplied(picture: Image) -> Image:
    """RGB or straight RGBA as premultiplied RGBA."""
    if picture.shape[2] == 3:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)
    cover = picture[..., 3]
    return np.asarray(
        cv2.merge([*(cv2.multiply(picture[..., k], cover, scale=1 / 255.0) for k in range(3)), cover]), np.uint8
    )
