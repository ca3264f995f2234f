"""What stands around and far away: plants, columns, soft shadows, the rest of the hall out of focus."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .canvas import BLACK, WHITE, Canvas, hsv, mix, rounded_points
from .motifs import leaf

Image = NDArray[np.uint8]


def plant(seed: int, size: int = 420) -> Image:
    """A potted plant, RGBA (size * 2, size, 4)."""
    rng = np.random.default_rng([seed, 12])
    c, cover = Canvas(size, size * 2, (60, 90, 50)), Canvas(size, size * 2, BLACK)
    for k in range(190):
        t = k / 190
        x, y = size * (0.5 + float(rng.uniform(-0.16, 0.16))), size * (1.46 - 0.8 * t * float(rng.uniform(0.3, 1)))
        angle, r = -90 + float(rng.normal(0, 52)), size * float(rng.uniform(0.2, 0.46))
        leaf(c, x, y, r, mix((26, 60, 30), (112, 160, 80), float(rng.uniform(0, 1)) * (0.3 + 0.7 * t)), angle)
        leaf(cover, x, y, r, WHITE, angle)
    pot = [(size * 0.3, size * 1.45), (size * 0.7, size * 1.45), (size * 0.65, size * 1.98), (size * 0.35, size * 1.98)]
    c.polygon(pot, (226, 224, 218))
    c.polygon(
        [(size * 0.56, size * 1.45), (size * 0.7, size * 1.45), (size * 0.65, size * 1.98), (size * 0.54, size * 1.98)],
        (150, 148, 146),
        0.7,
    )
    cover.polygon(pot, WHITE)
    alpha = np.where(cover.pixels.max(2) > 0, np.clip(cover.pixels.max(2) * 3, 0, 255), 0)
    return np.dstack([c.image(), alpha.astype(np.uint8)])


def shadow(size: int = 128) -> Image:
    """A soft dark patch, RGBA, that grounds what stands on it."""
    t = np.clip(np.abs(np.linspace(-1.25, 1.25, size)), 0, 1.25)
    edge = np.clip((1.25 - t) / 0.5, 0, 1)
    edge = edge * edge * (3 - 2 * edge)
    patch = np.zeros((size, size, 4), np.uint8)
    patch[..., 3] = np.clip(150 * edge[:, None] * edge[None], 0, 255)
    return patch


def column(width: int = 120, height: int = 900) -> Image:
    """A round white hall column, RGBA."""
    u = np.linspace(-1, 1, width, dtype=np.float32)[None]
    c = Canvas(width, height, (214, 214, 210))
    c.shade(np.repeat(0.5 + 0.55 * np.sqrt(np.clip(1 - u * u, 0, 1)) - 0.1 * u, height, 0).astype(np.float32))
    c.polygon(
        [(0, height * 0.44), (width, height * 0.44), (width, height * 0.52), (0, height * 0.52)], (236, 190, 30), 0.9
    )
    return np.dstack([c.image(), np.full((height, width), 255, np.uint8)])


def backdrop(width: int, height: int, seed: int) -> Image:
    """The far hall out of focus: dark ceiling with lamps, other booths as soft blocks of colour."""
    rng = np.random.default_rng([seed, 14])
    c = Canvas(width, height)
    c.gradient((44, 46, 54), (96, 92, 90))
    for row in range(4):
        y, dim = height * (0.06 + 0.085 * row), 1.0 - 0.2 * row
        c.polygon([(0, y - 2), (width, y - 2), (width, y + 2), (0, y + 2)], (28, 29, 34), 0.8)
        for k in range(34 + 8 * row):
            x = width * (k + 0.5 * (row % 2) + float(rng.uniform(-0.1, 0.1))) / (34 + 8 * row)
            c.glow(x, y, width * 0.009 * dim, (255, 240, 214), 0.35)
            c.ellipse(x, y, width * 0.0018 * dim, width * 0.0013 * dim, (255, 248, 232))
    for layer in range(2):
        for _ in range(34):
            x, w, h = (
                float(rng.uniform(0, width)),
                width * float(rng.uniform(0.02, 0.05)),
                height * float(rng.uniform(0.16, 0.28)) * (0.75 + 0.25 * layer),
            )
            tone = mix(
                hsv(float(rng.uniform(0, 360)), float(rng.uniform(0.1, 0.6)), float(rng.uniform(0.45, 0.9))),
                (96, 92, 90),
                0.45 - 0.3 * layer,
            )
            top = height * 0.79 - h
            c.polygon(
                [(x, top + h * 0.22), (x + w, top + h * 0.22), (x + w, height * 0.8), (x, height * 0.8)],
                mix(tone, (236, 232, 226), 0.6),
            )
            c.polygon([(x, top), (x + w, top), (x + w, top + h * 0.2), (x, top + h * 0.2)], tone)
            c.polygon(
                [
                    (x + w * 0.12, top + h * 0.05),
                    (x + w * 0.6, top + h * 0.05),
                    (x + w * 0.6, top + h * 0.15),
                    (x + w * 0.12, top + h * 0.15),
                ],
                WHITE,
                0.7,
            )
            for k in range(3):
                c.polygon(
                    [
                        (x + w * 0.15, top + h * (0.42 + 0.15 * k)),
                        (x + w * 0.85, top + h * (0.42 + 0.15 * k)),
                        (x + w * 0.85, top + h * (0.5 + 0.15 * k)),
                        (x + w * 0.15, top + h * (0.5 + 0.15 * k)),
                    ],
                    mix(tone, (90, 80, 76), 0.4),
                    0.8,
                )
    for _ in range(70):
        x, h = float(rng.uniform(0, width)), height * float(rng.uniform(0.15, 0.19))
        tone, foot = mix((30, 30, 40), (120, 110, 110), float(rng.uniform(0, 1))), height * 0.815
        c.polygon(rounded_points(x - h * 0.13, foot - h * 0.84, h * 0.26, h * 0.5, h * 0.1), tone)
        c.polygon(rounded_points(x - h * 0.09, foot - h * 0.45, h * 0.18, h * 0.45, h * 0.04), mix(tone, BLACK, 0.4))
        c.ellipse(x, foot - h * 0.93, h * 0.06, h * 0.08, (176, 138, 116))
    c.polygon([(0, height * 0.8), (width, height * 0.8), (width, height), (0, height)], (84, 82, 84))
    c.pixels[:] = cv2.GaussianBlur(c.pixels, (0, 0), width / 1100)
    return c.image()
