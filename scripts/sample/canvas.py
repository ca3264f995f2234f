"""A float canvas with anti-aliased shapes, gradients and soft shadows: what the prints are drawn on."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
Mask = NDArray[np.float32]
Pixels = NDArray[np.float32]
Points = Sequence[tuple[float, float]] | NDArray[np.float64]
WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (0.0, 0.0, 0.0)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """The colour `t` of the way from `a` to `b`, each 0..255 sRGB."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """sRGB 0..255 of a hue in degrees, saturation and value 0..1 (the usual hexcone model)."""

    def channel(n: float) -> float:
        k = (n + hue / 60.0) % 6.0
        return 255.0 * value * (1.0 - saturation * max(0.0, min(k, 4.0 - k, 1.0)))

    return (channel(5.0), channel(3.0), channel(1.0))


def luminance(colour: Colour) -> float:
    """Rec. 601 luma of an sRGB colour, 0..255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def as_mask(values: object) -> Mask:
    """Any array as float32 (OpenCV's answers are typed as arrays of anything)."""
    return np.asarray(values, np.float32)


def smooth_noise(rng: np.random.Generator, width: int, height: int, cells: float) -> Mask:
    """Value noise in 0..1, (height, width) float32, with about `cells` bumps along the longer side."""
    step = max(width, height) / cells
    grid = rng.random((max(2, round(height / step) + 2), max(2, round(width / step) + 2)), dtype=np.float32)
    return np.clip(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), 0.0, 1.0).astype(np.float32)


class Canvas:
    """An RGB picture, float32 0..255, shape (height, width, 3); coordinates are pixels, y down."""

    def __init__(self, width: int, height: int, colour: Colour = WHITE) -> None:
        self.width, self.height = width, height
        self.pixels: Pixels = np.empty((height, width, 3), np.float32)
        self.pixels[:] = colour

    def image(self) -> NDArray[np.uint8]:
        return np.asarray(np.clip(self.pixels + 0.5, 0, 255), np.uint8)

    def blend(self, mask: Mask, colour: Colour | Pixels, alpha: float = 1.0, at: tuple[int, int] = (0, 0)) -> None:
        """Lay `colour` over the canvas where `mask` (h, w) in 0..1 says; `at` is the mask's left top corner."""
        x, y = at
        x0, y0 = max(0, x), max(0, y)
        x1, y1 = min(self.width, x + mask.shape[1]), min(self.height, y + mask.shape[0])
        if x1 <= x0 or y1 <= y0:
            return
        part = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
        cover = mask[part][..., None] * np.float32(alpha)
        paint = colour[part] if isinstance(colour, np.ndarray) else np.asarray(colour, np.float32)
        target = self.pixels[y0:y1, x0:x1]
        target += (paint - target) * cover

    def gradient(self, top: Colour, bottom: Colour, angle: float = 90.0) -> None:
        """Fill everything from `top` to `bottom` along `angle` degrees (90 = downwards)."""
        ramp = linear_ramp(self.width, self.height, angle)
        self.pixels[:] = np.asarray(top, np.float32) + ramp[..., None] * (
            np.asarray(bottom, np.float32) - np.asarray(top, np.float32)
        )

    def glow(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        """A soft round light (or shadow) centred at (x, y)."""
        left, top = int(x - radius), int(y - radius)
        yy, xx = np.mgrid[top : int(y + radius) + 1, left : int(x + radius) + 1].astype(np.float32)
        fall = np.clip(1.0 - np.hypot(xx - x, yy - y) / radius, 0.0, 1.0)
        self.blend((fall * fall * (3 - 2 * fall)).astype(np.float32), colour, alpha, (left, top))

    def polygon(self, points: Points, colour: Colour | Pixels, alpha: float = 1.0, soften: float = 0.0) -> None:
        """A filled polygon, (N, 2) pixels, anti-aliased; `soften` blurs its edge by that many pixels."""
        mask, at = polygon_mask(points, soften)
        self.blend(mask, colour, alpha, at)

    def ellipse(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        colour: Colour,
        alpha: float = 1.0,
        angle: float = 0.0,
        soften: float = 0.0,
    ) -> None:
        self.polygon(ellipse_points(x, y, rx, ry, angle), colour, alpha, soften)

    def line(self, points: Points, width: float, colour: Colour, alpha: float = 1.0) -> None:
        """A polyline of round joints, `width` pixels thick."""
        path = np.asarray(points, np.float64)
        pad = width + 2
        low = np.floor(path.min(0) - pad).astype(int)
        size = np.ceil(path.max(0) + pad).astype(int) - low
        mask = np.zeros((size[1], size[0]), np.uint8)
        fixed = np.round((path - low) * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(mask, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
        self.blend(as_mask(mask) / np.float32(255), colour, alpha * min(1.0, width), (int(low[0]), int(low[1])))

    def ball(
        self,
        x: float,
        y: float,
        r: float,
        colour: Colour,
        alpha: float = 1.0,
        shine: float = 0.5,
        squash: float = 1.0,
        angle: float = 0.0,
    ) -> None:
        """A shaded sphere (or ellipsoid): lit from the upper left, darker at its rim."""
        n = int(r + 2)
        yy, xx = np.mgrid[-n : n + 1, -n : n + 1].astype(np.float32)
        c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        u, v = (xx * c + yy * s) / r, (-xx * s + yy * c) / (r * squash)
        d = np.sqrt(u * u + v * v)
        mask = np.clip((1.0 - d) * r * min(1.0, squash) + 0.5, 0, 1)
        light = np.clip(1.12 - 0.55 * d * d - 0.18 * (xx + yy) / r, 0.25, 1.25)[..., None]
        spot = np.exp(-((xx / r + 0.35) ** 2 + (yy / r + 0.4) ** 2) / 0.045)[..., None] * shine
        paint = np.asarray(colour, np.float32) * light
        self.blend(
            mask.astype(np.float32),
            (paint + (255 - paint) * spot).astype(np.float32),
            alpha,
            (round(x) - n, round(y) - n),
        )

    def shade(self, factor: Mask) -> None:
        """Multiply the light: factor (height, width), 1 = unchanged, above 1 = towards white."""
        f = factor[..., None]
        self.pixels[:] = np.where(f <= 1, self.pixels * f, 255 - (255 - self.pixels) * np.maximum(0, 2 - f))

    def paste(self, picture: NDArray[np.uint8], x: int, y: int, mask: Mask | None = None) -> None:
        full = np.ones(picture.shape[:2], np.float32) if mask is None else mask
        self.blend(full, picture.astype(np.float32), 1.0, (x, y))


def linear_ramp(width: int, height: int, angle: float) -> Mask:
    """0..1 across the rectangle along `angle` degrees, (height, width) float32."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    along = xx * c + yy * s
    low, high = float(along.min()), float(along.max())
    return as_mask((along - low) / max(high - low, 1e-6))


def polygon_mask(points: Points, soften: float = 0.0) -> tuple[Mask, tuple[int, int]]:
    """The cover 0..1 of a polygon and where that mask's corner lies."""
    outline = np.asarray(points, np.float64)
    pad = 2 + int(3 * soften)
    low = np.floor(outline.min(0)).astype(int) - pad
    size = np.ceil(outline.max(0)).astype(int) + pad - low
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.round((outline - low) * 16).astype(np.int32).reshape(-1, 1, 2)], 255, cv2.LINE_AA, 4)
    cover = as_mask(mask) / np.float32(255)
    return as_mask(cv2.GaussianBlur(cover, (0, 0), soften) if soften > 0 else cover), (int(low[0]), int(low[1]))


def ellipse_points(x: float, y: float, rx: float, ry: float, angle: float = 0.0, n: int = 72) -> NDArray[np.float64]:
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    u, v = rx * np.cos(t), ry * np.sin(t)
    return np.stack([x + u * c - v * s, y + u * s + v * c], 1)


def rounded_points(x: float, y: float, w: float, h: float, r: float) -> NDArray[np.float64]:
    """A rectangle with rounded corners as a polygon, (N, 2) pixels."""
    r = min(r, w / 2, h / 2)
    turn = np.linspace(0, np.pi / 2, 9)
    corners = [(x + w - r, y + h - r, 0.0), (x + r, y + h - r, 0.5), (x + r, y + r, 1.0), (x + w - r, y + r, 1.5)]
    return np.concatenate(
        [np.stack([cx + r * np.cos(turn + a * np.pi), cy + r * np.sin(turn + a * np.pi)], 1) for cx, cy, a in corners]
    )


def star_points(x: float, y: float, outer: float, inner: float, tips: int, turn: float = 0.0) -> NDArray[np.float64]:
    t = np.arange(2 * tips) * np.pi / tips + turn
    r = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    return np.stack([x + r * np.cos(t), y + r * np.sin(t)], 1)
