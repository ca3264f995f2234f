"""Pictures in all the sizes they are drawn at, so that nothing aliases."""

from collections import OrderedDict
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
CACHE = 320_000_000


class Textures:
    """Pictures by name with lazily made smaller versions in half-octave steps, per axis (rip-maps, McReynolds &
    Blythe).

    They are given as RGB or premultiplied RGBA. All levels are RGBA: warping four channels is faster than three.
    The levels used longest ago are forgotten above CACHE bytes.
    """

    def __init__(self, pictures: Mapping[str, Image]) -> None:
        self.pictures = dict(pictures)
        self._levels: OrderedDict[tuple[str, int, int, int], Image] = OrderedDict()
        self._bytes = 0

    def size(self, name: str) -> tuple[int, int]:
        picture = self.pictures[name]
        return picture.shape[1], picture.shape[0]

    def level(self, name: str, light: float, i: int, j: int) -> Image:
        """`name` shrunk by 2^(i/2) across and 2^(j/2) down and lit (in steps of 0.04), premultiplied RGBA."""
        key = (name, round(light * 25), i, j)
        found = self._levels.get(key)
        if found is not None:
            self._levels.move_to_end(key)
            return found
        plain = self._shrunk(name, i, j)
        if key[1] == 25:
            return plain
        found = np.asarray(cv2.convertScaleAbs(plain, alpha=key[1] / 25), np.uint8)
        found[..., 3] = plain[..., 3]
        return self._keep(key, found)

    def _keep(self, key: tuple[str, int, int, int], level: Image) -> Image:
        self._levels[key] = level
        self._bytes += level.nbytes
        while self._bytes > CACHE and len(self._levels) > 1:
            self._bytes -= self._levels.popitem(last=False)[1].nbytes
        return level

    def _shrunk(self, name: str, i: int, j: int) -> Image:
        """The unlit level, made from the one an octave larger; the full picture itself is not copied for that."""
        key = (name, 25, i, j)
        found = self._levels.get(key)
        if found is None:
            found = self.pictures[name]
            if (i, j) != (0, 0):
                up = (max(0, i - 2), max(0, j - 2))
                larger = found if up == (0, 0) else self._shrunk(name, *up)
                width, height = self.size(name)
                size = (max(1, round(width / 2 ** (i / 2))), max(1, round(height / 2 ** (j / 2))))
                found = np.asarray(cv2.resize(larger, size, interpolation=cv2.INTER_AREA), np.uint8)
            if found.shape[2] == 3:
                found = np.asarray(cv2.cvtColor(found, cv2.COLOR_RGB2RGBA), np.uint8)
            self._keep(key, found)
        return found


def premultiplied(picture: Image) -> Image:
    """Straight RGBA as premultiplied RGBA, the form in which edges may be interpolated."""
    cover = picture[..., 3]
    return np.asarray(
        cv2.merge([*(cv2.multiply(picture[..., k], cover, scale=1 / 255.0) for k in range(3)), cover]), np.uint8
    )
