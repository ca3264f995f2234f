"""Where a picture may hold bars: places whose brightness changes in one direction only, many times."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

SIDE = 400  # the longer side of the picture that is searched
SHORTEST = 46  # pixels there across which bars extend at least: below one pixel a module nothing can be read


@dataclass(frozen=True, kw_only=True)
class Stripes:
    """centre: (x, y), pixels. along: extent across the bars (the scan direction), height: along the bars, pixels.
    angle: of the scan direction to the x axis, degrees, -90 to 90."""

    centre: tuple[float, float]
    along: float
    height: float
    angle: float


def stripes(gray: Gray, limit: int = 3) -> list[Stripes]:
    """The largest places where gradients agree in direction, largest first."""
    scale = min(1.0, SIDE / max(gray.shape))
    small = smaller(gray, scale)
    jxx, jyy, jxy = _tensor(small)
    energy = jxx + jyy
    coherence = np.sqrt((jxx - jyy) ** 2 + 4 * jxy**2) / (energy + 1e-3)
    mask = ((coherence > 0.6) & (energy > max(15.0, 0.02 * float(energy.max())))).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:limit] + 1
    found = [_measure(labels == n, jxx, jyy, jxy) for n in order if stats[n, cv2.CC_STAT_AREA] > 250]
    return [_scaled(place, 1 / scale) for place in found if place.along >= SHORTEST and place.height >= 6]


def smaller(gray: Gray, scale: float) -> Gray:
    """Resized by scale where it is below 1."""
    if scale >= 1:
        return gray
    return np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _tensor(gray: Gray) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Structure tensor over a window of 17 pixels."""
    gx = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=0.25)
    gy = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=0.25)
    window = (17, 17)
    return tuple(cv2.blur(product, window) for product in (gx * gx, gy * gy, gx * gy))  # type: ignore[return-value]


def _measure(
    inside: NDArray[np.bool_], jxx: NDArray[np.float32], jyy: NDArray[np.float32], jxy: NDArray[np.float32]
) -> Stripes:
    a, b, c = float(jxx[inside].sum()), float(jyy[inside].sum()), float(jxy[inside].sum())
    angle = 0.5 * np.arctan2(2 * c, a - b)
    ys, xs = np.nonzero(inside)
    u = xs * np.cos(angle) + ys * np.sin(angle)
    v = ys * np.cos(angle) - xs * np.sin(angle)
    (u0, u1), (v0, v1) = np.percentile(u, (0.5, 99.5)), np.percentile(v, (2, 98))
    cu, cv = (u0 + u1) / 2, (v0 + v1) / 2
    centre = (cu * np.cos(angle) - cv * np.sin(angle), cu * np.sin(angle) + cv * np.cos(angle))
    return Stripes(
        centre=(float(centre[0]), float(centre[1])),
        along=float(u1 - u0),
        height=float(v1 - v0),
        angle=float(np.degrees(angle)),
    )


def _scaled(place: Stripes, by: float) -> Stripes:
    centre = (place.centre[0] * by, place.centre[1] * by)
    return Stripes(centre=centre, along=place.along * by, height=place.height * by, angle=place.angle)


def upright(gray: Gray, place: Stripes, width: int = 640, margin: float = 0.12) -> Gray:
    """The place turned so that bars stand upright; width pixels hold it and the margin on both sides."""
    scale = width / (place.along * (1 + 2 * margin))
    height = max(24, min(width, int(place.height * scale)))
    turn = cv2.getRotationMatrix2D(place.centre, place.angle, scale)
    turn[:, 2] += np.array((width / 2 - place.centre[0], height / 2 - place.centre[1]))
    return np.asarray(
        cv2.warpAffine(gray, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.uint8,
    )
