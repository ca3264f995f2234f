"""Which of two sibling packs lies at a place: the frame is compared with both pictures, only where these differ."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.verification import Verified

_DIFFERENT = 28.0  # RGB distance (0-441) above which two pictures differ at a pixel
_LEAST_AREA = 0.004  # of the common area: less differing print cannot decide


@dataclass(frozen=True)
class Difference:
    """What the differing area says. lean: 1 = exactly the first picture, -1 = exactly the second, 0 = halfway.

    area: part of the common area where the pictures differ. contrast: how much they differ there (RGB distance).
    """

    lean: float
    area: float
    contrast: float


UNDECIDED = Difference(0.0, 0.0, 0.0)


def compare(
    image: NDArray[np.uint8],
    first: Verified,
    second: Verified,
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    shapes: tuple[NDArray[np.float32], NDArray[np.float32]],
) -> Difference:
    """Compare the frame at a place with two pictures that both fit there.

    image: RGB (H, W, 3). pictures: thumbnails, RGB. shapes: (width, height) of the full pictures the homographies map.
    The frame is projected on the line from the second picture to the first, pixel by pixel (a matched filter), after a
    gain and offset per channel is fitted where the pictures agree.
    """
    to_first = first.homography @ _thumb_to_picture(pictures[0], shapes[0])
    to_second = second.homography @ _thumb_to_picture(pictures[1], shapes[1])
    height, width = pictures[0].shape[:2]
    seen, valid = rectified(image, to_first, (width, height))
    b_to_a = np.linalg.inv(to_first) @ to_second
    b = cv2.warpPerspective(pictures[1], b_to_a, (width, height), flags=cv2.INTER_LINEAR)
    on_b = cv2.warpPerspective(np.full(pictures[1].shape[:2], 255, np.uint8), b_to_a, (width, height))
    valid &= on_b > 250
    if valid.sum() < 64:
        return UNDECIDED
    return _lean(_soft(seen), _soft(pictures[0]), _soft(b), valid)


def _thumb_to_picture(thumb: NDArray[np.uint8], shape: NDArray[np.float32]) -> NDArray[np.float64]:
    x, y = float(shape[0]) / thumb.shape[1], float(shape[1]) / thumb.shape[0]
    return np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5], [0, 0, 1]])


def rectified(
    image: NDArray[np.uint8], homography: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The frame's place seen as a picture of `size` (width, height), and which of its pixels lie in the frame."""
    width, height = size
    frame_side = np.sqrt(abs(np.linalg.det(homography[:2, :2])))
    shrink = int(np.clip(np.floor(frame_side), 1, 8))
    if shrink > 1:
        small = cv2.resize(image, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        image = np.asarray(small, np.uint8)
        homography = np.diag([1 / shrink, 1 / shrink, 1.0]) @ homography
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(image, homography, (width, height), flags=how)
    inside = cv2.warpPerspective(np.full(image.shape[:2], 255, np.uint8), homography, (width, height), flags=how)
    return np.asarray(seen, np.uint8), inside > 250


def _soft(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Blurred a little, so that a pixel of misfit does not decide."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.float32)


def _lean(
    seen: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32], valid: NDArray[np.bool_]
) -> Difference:
    apart = np.linalg.norm(a - b, axis=2)
    differ = valid & (apart > _DIFFERENT)
    area = float(differ.sum() / valid.sum())
    if area < _LEAST_AREA:
        return Difference(0.0, area, 0.0)
    same = valid & (apart <= np.quantile(apart[valid], 0.5))
    middle = (a + b) / 2
    lean = np.zeros(2)
    for channel in range(3):
        gain, offset = _gain(middle[same, channel], seen[same, channel])
        a_c, b_c = gain * a[differ, channel] + offset, gain * b[differ, channel] + offset
        step = a_c - b_c
        lean += (float(((seen[differ, channel] - b_c) * step).sum()), float((step**2).sum()))
    share = lean[0] / lean[1] if lean[1] > 0 else 0.5
    return Difference(float(np.clip(2 * share - 1, -1.5, 1.5)), area, float(apart[differ].mean()))


def _gain(expected: NDArray[np.float32], seen: NDArray[np.float32]) -> tuple[float, float]:
    """Gain and offset that explain the light: least squares, the gain kept between a third and three."""
    if len(expected) < 16:
        return 1.0, 0.0
    spread = float(expected.var())
    gain = float(np.mean((expected - expected.mean()) * (seen - seen.mean()))) / spread if spread > 25 else 1.0
    gain = float(np.clip(gain, 1 / 3, 3.0))
    return gain, float(seen.mean() - gain * expected.mean())
