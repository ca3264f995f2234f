"""How good a picture is to read from, and what would make it better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture
from scout_ocr.reading import PictureQuality
from scout_ocr.words import Word

_LOOKED_AT = 1000  # pixels of the longer side: sharpness and glare show at this size as well
_SHARP, _DULL = 60.0, 4.0  # steepest steps of grey, as sharp print and as blurred print have them
_BURNT = 250  # grey value from which nothing is left to see
_TALL, _LOW = 20.0, 8.0  # pixels: height of letters that reads well, and that reads badly
_POOR = 0.5


@dataclass(frozen=True)
class Sight:
    """What a picture's pixels alone tell: blur and glare, 0 (bad) to 1 (good), and its shorter side, pixels."""

    blur: float
    glare: float
    shorter: int

    @classmethod
    def of(cls, image: Picture) -> Sight:
        """image: (H, W, 3) RGB."""
        grey = _small(image)
        return cls(_sharpness(grey), _unburnt(grey), min(image.shape[:2]))

    def quality(self, words: Sequence[Word] = ()) -> PictureQuality:
        """With the resolution, by the height of the words that were read, where there are any."""
        resolution = _resolution(self.shorter, words)
        return PictureQuality(
            blur=round(self.blur, 3),
            glare=round(self.glare, 3),
            resolution=round(resolution, 3),
            score=round(min(self.blur, self.glare, resolution), 3),
            advice=_advice(self.blur, self.glare, resolution),
        )


def _small(image: Picture) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = _LOOKED_AT / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _sharpness(grey: NDArray[np.uint8]) -> float:
    """From the steepest steps against the contrast that is there: a soft edge spreads its step over many pixels."""
    steps = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    contrast = float(np.percentile(grey, 98) - np.percentile(grey, 2))
    if contrast < 8:
        return 0.0
    steep = float(np.percentile(steps, 99)) * 128 / max(contrast, 32)
    return float(np.clip((steep - _DULL) / (_SHARP - _DULL), 0, 1))


def _unburnt(grey: NDArray[np.uint8]) -> float:
    """1 less the share of burnt spots: blobs of pure white that end softly. Paper is white too, but it is most of its
    picture and ends at print."""
    burnt = np.asarray(grey >= _BURNT, np.uint8)
    share = float(burnt.mean())
    if share < 0.002 or share > 0.4:
        return 1.0
    edge = cv2.dilate(burnt, np.ones((5, 5), np.uint8)) - burnt
    soft = float((grey[edge > 0] > 200).mean()) if edge.any() else 0.0
    return float(np.clip(1 - share * soft * 4, 0, 1))


def _resolution(shorter: int, words: Sequence[Word]) -> float:
    heights = [_height(word) for word in words]
    tall = float(np.percentile(heights, 25)) if heights else shorter / 24
    return float(np.clip((tall - _LOW / 2) / (_TALL - _LOW / 2), 0, 1))


def _height(word: Word) -> float:
    return float(np.linalg.norm(np.subtract(word.quad[0], word.quad[3])))


def _advice(blur: float, glare: float, resolution: float) -> str:
    found = []
    if blur < _POOR:
        found.append("The picture is blurred: hold the camera still, or closer to what is to be read.")
    if glare < _POOR:
        found.append("Light is reflected: tilt the label or the camera, and use no flash.")
    if resolution < _POOR:
        found.append("The letters are small: go closer, or send the picture in its full size.")
    return " ".join(found)
