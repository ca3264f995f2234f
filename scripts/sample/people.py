"""Visitors and staff: clothed figures walking in profile or seen from the back, as RGBA pictures of several strides."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .canvas import BLACK, WHITE, Canvas, Colour, hsv, mix, smooth_noise

STRIDES = 6
SIZE = (300, 720)  # width, height in pixels; the figure is 690 pixels tall, which is 1.75 m
HEIGHT_M = 1.83  # metres that the whole picture stands for
SKINS: tuple[Colour, ...] = ((236, 196, 168), (222, 172, 138), (178, 124, 88), (124, 82, 58))
HAIR: tuple[Colour, ...] = ((44, 32, 26), (92, 62, 38), (176, 138, 84), (140, 138, 136), (28, 26, 28))


class Figure:
    """Draws one figure on a colour canvas and its cover on a second one at the same time."""

    def __init__(self) -> None:
        self.colour, self.cover = Canvas(*SIZE, (60, 60, 64)), Canvas(*SIZE, BLACK)

    def shape(self, points: NDArray[np.float64], tone: Colour) -> None:
        self.colour.polygon(points, tone)
        self.cover.polygon(points, WHITE)

    def limb(self, joints: list[tuple[float, float]], widths: list[float], tone: Colour) -> None:
        """A tapering chain of round joints (arm, leg)."""
        path = np.asarray(joints, np.float64)
        t = np.linspace(0, len(joints) - 1, 60)
        x, y = (np.interp(t, range(len(joints)), path[:, k]) for k in (0, 1))
        w = np.interp(t, range(len(joints)), widths)
        smooth = np.ones(7) / 7
        x, y = (np.convolve(np.pad(v, 3, "edge"), smooth, "valid") for v in (x, y))
        d = np.stack([np.gradient(x), np.gradient(y)], 1)
        n = np.stack([-d[:, 1], d[:, 0]], 1) / np.maximum(1e-6, np.hypot(d[:, 0], d[:, 1]))[:, None]
        p = np.stack([x, y], 1)
        outline = np.concatenate([p + n * w[:, None] / 2, (p - n * w[:, None] / 2)[::-1]])
        self.shape(outline, tone)
        self.colour.polygon(
            np.concatenate([p + n * w[:, None] * 0.1, (p - n * w[:, None] / 2)[::-1]]),
            mix(tone, BLACK, 0.35),
            0.45,
            2.0,
        )

    def picture(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        folds = smooth_noise(rng, *SIZE, 16)
        self.colour.shade((0.88 + 0.24 * folds).astype(np.float32))
        alpha = np.clip(self.cover.pixels[..., 0], 0, 255).astype(np.uint8)
        rgb = cv2.GaussianBlur(self.colour.image(), (0, 0), 0.8)
        return np.dstack([rgb, alpha])


def strides(seed: int) -> list[NDArray[np.uint8]]:
    """The pictures of one walking person, STRIDES of them, RGBA (720, 300, 4)."""
    return [_stride(seed, k / STRIDES) for k in range(STRIDES)]


def _stride(seed: int, phase: float) -> NDArray[np.uint8]:
    rng = np.random.default_rng([seed, 41])
    skin, hair = SKINS[int(rng.integers(len(SKINS)))], HAIR[int(rng.integers(len(HAIR)))]
    coat = (
        hsv(float(rng.uniform(0, 360)), float(rng.uniform(0.1, 0.55)), float(rng.uniform(0.2, 0.75))),
        (38.0, 42.0, 58.0),
        (64.0, 66.0, 70.0),
    )[int(rng.integers(3))]
    legs = ((34, 36, 46), (52, 62, 92), (92, 84, 74), (24, 24, 26))[int(rng.integers(4))]
    long_hair, skirt, bag = rng.random() < 0.45, rng.random() < 0.25, rng.random() < 0.6
    a = phase * 2 * np.pi
    swing, lift = np.sin(a), np.cos(a)
    f, x, hip, shoulder = Figure(), 150.0, 372.0 - 4 * abs(lift), 142.0 - 4 * abs(lift)
    shoe: Colour = (40, 34, 32)
    for side in (-1, 1):  # far leg, near leg
        s, up = side * swing, max(0.0, side * lift) * 26
        tone = mix(legs, BLACK, 0.35 if side < 0 else 0.0)
        knee, foot = (x + s * 34 + 5, hip + 150 - up * 0.5), (x + s * 74 - 6, 682.0 - up)
        f.limb([(x, hip - 6), knee, foot], [62, 46, 30], tone)
        f.shape(
            np.array(
                [
                    (foot[0] - 16, foot[1] - 10),
                    (foot[0] + 12, foot[1] - 10),
                    (foot[0] + 42, foot[1] + 12),
                    (foot[0] + 40, foot[1] + 20),
                    (foot[0] - 18, foot[1] + 20),
                ]
            ),
            shoe,
        )
    _arm(f, x - 4, shoulder, swing, mix(coat, BLACK, 0.4), mix(skin, BLACK, 0.3))
    t = np.linspace(0, 1, 40)
    front = x + 40 + 10 * np.sin(t * np.pi) - 4 * t
    back = x - 40 - 6 * np.sin(t * 2.4)
    y = shoulder - 18 + t * (hip + (90 if skirt else 36) - shoulder + 18)
    front, back = (
        front + (18 * t**2 if skirt else 0) - 16 * np.exp(-t / 0.05),
        back - (18 * t**2 if skirt else 0) + 16 * np.exp(-t / 0.05),
    )
    f.shape(np.concatenate([np.stack([front, y], 1), np.stack([back, y], 1)[::-1]]), coat)
    f.colour.polygon(
        np.concatenate([np.stack([back + 34, y], 1), np.stack([back, y], 1)[::-1]]), mix(coat, BLACK, 0.5), 0.5, 9.0
    )
    f.colour.polygon(
        np.concatenate([np.stack([front, y], 1), np.stack([front - 14, y], 1)[::-1]]), mix(coat, WHITE, 0.4), 0.35, 6.0
    )
    f.colour.line([(x + 16, shoulder - 20), (x + 38, shoulder + 74)], 5, (200, 40, 50))
    f.colour.polygon(
        np.array(
            [(x + 28, shoulder + 72), (x + 54, shoulder + 72), (x + 54, shoulder + 108), (x + 28, shoulder + 108)]
        ),
        (246, 246, 242),
    )
    if bag:
        f.shape(
            np.array([(x - 62, hip - 60), (x - 8, hip - 66), (x - 2, hip + 34), (x - 66, hip + 36)]),
            mix(coat, (90, 60, 40), 0.75),
        )
        f.colour.line([(x - 40, hip - 60), (x + 14, shoulder - 16)], 7, (70, 48, 34))
    _head(f, x, shoulder, skin, hair, long_hair)
    _arm(f, x + 2, shoulder, -swing, mix(coat, WHITE, 0.06), skin)
    return f.picture(rng)


def _arm(f: Figure, x: float, shoulder: float, swing: float, sleeve: Colour, skin: Colour) -> None:
    elbow, hand = (x + swing * 34 - 8, shoulder + 108), (x + swing * 66 + 12, shoulder + 196)
    f.colour.ellipse(hand[0], hand[1] + 8, 14, 19, skin, angle=-20 * swing)
    f.cover.ellipse(hand[0], hand[1] + 8, 14, 19, WHITE, angle=-20 * swing)
    f.limb([(x, shoulder - 4), elbow, hand], [40, 32, 24], sleeve)


def _head(f: Figure, x: float, shoulder: float, skin: Colour, hair: Colour, long_hair: bool) -> None:
    y = shoulder - 70
    f.shape(
        np.array([(x - 14, shoulder - 44), (x + 18, shoulder - 44), (x + 22, shoulder - 8), (x - 20, shoulder - 8)]),
        mix(skin, BLACK, 0.2),
    )
    for canvas, tone in ((f.colour, skin), (f.cover, WHITE)):
        canvas.ellipse(x + 8, y, 33, 42, tone)
        canvas.polygon([(x + 36, y - 8), (x + 49, y + 10), (x + 36, y + 16)], tone)
    f.colour.glow(x + 28, y + 4, 26, mix(skin, WHITE, 0.4), 0.5)
    f.colour.ellipse(x + 29, y - 4, 2.2, 2.6, mix(skin, BLACK, 0.75))
    f.colour.line([(x + 22, y - 13), (x + 35, y - 13)], 3, mix(hair, skin, 0.25), 0.7)
    f.colour.line([(x + 30, y + 22), (x + 38, y + 21)], 3, (150, 84, 76))
    for canvas, tone in ((f.colour, hair), (f.cover, WHITE)):
        t = np.linspace(np.pi * 0.62, np.pi * 1.83, 30)
        cap = np.stack([x + 3 + 40 * np.cos(t), y - 6 + 46 * np.sin(t)], 1)
        canvas.polygon(np.concatenate([cap, [(x + 16, y - 22), (x + 2, y + 4)]]), tone)
        if long_hair:
            canvas.polygon(
                [
                    (x - 37, y - 8),
                    (x - 4, y - 12),
                    (x - 2, shoulder + 6),
                    (x - 30, shoulder + 22),
                    (x - 44, shoulder - 6),
                ],
                tone,
            )
    f.colour.glow(x - 8, y - 34, 26, mix(hair, WHITE, 0.5), 0.35)
    f.colour.ellipse(x - 2, y + 4, 6, 10, mix(skin, BLACK, 0.1))
