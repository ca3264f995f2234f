"""Illustrations made by code: fruit, nuts, biscuits, cups, bowls. Each draws itself around (x, y) with radius r on
a canvas."""

from collections.abc import Callable

import numpy as np

from .canvas import WHITE, Canvas, Colour, ellipse_points, mix, star_points
from .vocabulary import Flavour

Rng = np.random.Generator
GREEN: Colour = (84.0, 142.0, 60.0)
BROWN: Colour = (128.0, 82.0, 44.0)


def leaf(c: Canvas, x: float, y: float, r: float, colour: Colour, angle: float) -> None:
    """A pointed leaf from its foot at (x, y) with a vein."""
    a = np.deg2rad(angle)
    t = np.linspace(0, 1, 24)
    width = np.sin(np.pi * t**0.8) * 0.32 * r
    along = np.stack([x + np.cos(a) * t * r, y + np.sin(a) * t * r], 1)
    normal = np.array([-np.sin(a), np.cos(a)])
    c.polygon(np.concatenate([along + normal * width[:, None], (along - normal * width[:, None])[::-1]]), colour)
    c.polygon(np.concatenate([along, (along - normal * width[:, None])[::-1]]), mix(colour, (20, 50, 10), 0.28))
    c.line(along[:-2], max(1.0, r * 0.025), mix(colour, WHITE, 0.45), 0.8)


def citrus(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    rind = f.accent if f.name == "Earl Grey" else f.colour
    c.ellipse(x + r * 0.06, y + r * 0.09, r, r, (0, 0, 0), 0.25, soften=r * 0.06)
    c.ball(x, y, r, rind, shine=0.15)
    c.ellipse(x, y, r * 0.9, r * 0.9, mix(WHITE, f.accent, 0.35))
    turn = float(rng.uniform(0, 40))
    for k in range(9):
        a = np.deg2rad(turn + k * 40 + np.linspace(3, 37, 8))
        arc = np.stack([x + np.cos(a) * r * 0.82, y + np.sin(a) * r * 0.82], 1)
        mid = np.deg2rad(turn + k * 40 + 20)
        foot = np.array([[x + np.cos(mid) * r * 0.1, y + np.sin(mid) * r * 0.1]])
        c.polygon(np.concatenate([foot, arc]), mix(rind, WHITE, 0.12 + 0.12 * (k % 2)))
        c.line(
            [
                (x + np.cos(mid) * r * 0.35, y + np.sin(mid) * r * 0.35),
                (x + np.cos(mid) * r * 0.7, y + np.sin(mid) * r * 0.7),
            ],
            r * 0.03,
            mix(rind, WHITE, 0.6),
            0.6,
        )


def berry(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.ellipse(x + r * 0.1, y + r * 0.2, r * 0.85, r * 0.9, (0, 0, 0), 0.25, soften=r * 0.08)
    if f.name == "Blueberry":
        for dx, dy in ((-0.45, 0.2), (0.45, 0.25), (0.0, -0.3)):
            c.ball(x + dx * r, y + dy * r, r * 0.52, f.colour)
            c.polygon(
                star_points(x + dx * r, y + dy * r - r * 0.1, r * 0.2, r * 0.09, 5), mix(f.colour, (10, 10, 50), 0.6)
            )
    elif f.name == "Raspberry":
        for row in range(5):
            for k in range(-2, 3):
                px, py = x + (k + 0.5 * (row % 2)) * r * 0.34, y - r * 0.5 + row * r * 0.3
                if abs(px - x) < r * (0.95 - 0.16 * row):
                    c.ball(px, py, r * 0.23, mix(f.colour, WHITE, float(rng.uniform(0, 0.15))))
    else:
        t = np.linspace(0, 2 * np.pi, 60)
        heart = np.stack(
            [x + r * 0.86 * np.sin(t) * (1 - 0.28 * np.clip(-np.cos(t), 0, 1)), y - r * 0.86 * np.cos(t)], 1
        )
        c.polygon(heart, f.colour)
        c.glow(x - r * 0.3, y - r * 0.35, r * 0.55, WHITE, 0.4)
        c.glow(x + r * 0.3, y + r * 0.4, r * 0.6, (60, 0, 10), 0.3)
        for _ in range(26):
            a, d = float(rng.uniform(0, 6.28)), float(rng.uniform(0.1, 0.7))
            c.ellipse(x + np.cos(a) * d * r * 0.9, y + np.sin(a) * d * r, r * 0.03, r * 0.05, (250, 214, 110))
    for k in range(5):
        leaf(c, x, y - r * 0.72, r * 0.55, f.accent, -170 + k * 40)


def apple(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.ellipse(x + r * 0.1, y + r * 0.8, r * 0.9, r * 0.25, (0, 0, 0), 0.3, soften=r * 0.1)
    c.ball(x - r * 0.16, y, r * 0.84, f.colour)
    c.ball(x + r * 0.2, y + r * 0.02, r * 0.8, f.colour, shine=0)
    c.glow(x + r * 0.35, y + r * 0.1, r * 0.7, f.accent, 0.55)
    c.glow(x, y - r * 0.75, r * 0.35, (60, 40, 10), 0.5)
    c.line([(x, y - r * 0.68), (x + r * 0.06, y - r * 0.95), (x + r * 0.16, y - r * 1.12)], r * 0.09, (92, 60, 34))
    leaf(c, x + r * 0.1, y - r * 0.95, r * 0.85, GREEN, -18 + float(rng.uniform(-12, 12)))


def cherry(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for dx, dy in ((-0.42, 0.35), (0.45, 0.5)):
        c.line(
            [(x + dx * r, y + dy * r - r * 0.35), (x + dx * r * 0.4, y - r * 0.4), (x + r * 0.1, y - r * 0.95)],
            r * 0.06,
            (96, 110, 40),
        )
        c.ball(x + dx * r, y + dy * r, r * 0.48, f.colour, shine=0.8)
    leaf(c, x + r * 0.1, y - r * 0.95, r * 0.8, f.accent, 20)


def nut(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for k in range(3):
        a = float(rng.uniform(0, 180))
        px, py = x + (-0.45, 0.45, 0.0)[k] * r, y + (0.1, 0.2, -0.4)[k] * r
        c.ellipse(px + r * 0.05, py + r * 0.1, r * 0.52, r * 0.38, (0, 0, 0), 0.3, a, soften=r * 0.06)
        c.ball(px, py, r * 0.55, f.colour, shine=0.35, squash=0.68, angle=a)
        for s in (-0.25, 0.0, 0.25):
            d = np.deg2rad(a)
            q = (px - np.sin(d) * s * r * 0.6, py + np.cos(d) * s * r * 0.6)
            c.line(
                [
                    (q[0] - np.cos(d) * r * 0.35, q[1] - np.sin(d) * r * 0.35),
                    (q[0] + np.cos(d) * r * 0.35, q[1] + np.sin(d) * r * 0.35),
                ],
                r * 0.025,
                f.accent,
                0.6,
            )


def bean(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    a = float(rng.uniform(0, 180))
    c.ellipse(x + r * 0.08, y + r * 0.12, r * 0.95, r * 0.66, (0, 0, 0), 0.35, a, soften=r * 0.08)
    c.ball(x, y, r, mix(f.accent, BROWN, 0.25), shine=0.35, squash=0.68, angle=a)
    t, d = np.linspace(-0.85, 0.85, 20), np.deg2rad(a)
    u, v = t * r, np.sin(t * 3.2) * r * 0.12
    c.line(
        np.stack([x + u * np.cos(d) - v * np.sin(d), y + u * np.sin(d) + v * np.cos(d)], 1),
        r * 0.11,
        (30, 18, 12),
        0.85,
    )


def flower(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    turn = float(rng.uniform(0, 30))
    for k in range(12):
        a = np.deg2rad(turn + k * 30)
        c.ellipse(
            x + np.cos(a) * r * 0.6 + 2,
            y + np.sin(a) * r * 0.6 + 3,
            r * 0.4,
            r * 0.15,
            (0, 0, 0),
            0.15,
            turn + k * 30,
            soften=r * 0.03,
        )
        c.ellipse(
            x + np.cos(a) * r * 0.6,
            y + np.sin(a) * r * 0.6,
            r * 0.4,
            r * 0.15,
            mix(f.accent, WHITE, 0.5 + 0.1 * (k % 3)),
            1,
            turn + k * 30,
        )
    c.ball(x, y, r * 0.32, (244, 190, 40), shine=0.2)


def leaves(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for k in range(5):
        leaf(c, x, y + r * 0.7, r * float(rng.uniform(1.2, 1.6)), mix(f.colour, f.accent, k / 5), -150 + k * 30)


def herb(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.line([(x - r * 0.2, y + r), (x, y), (x + r * 0.15, y - r)], r * 0.06, mix(f.accent, BROWN, 0.5))
    for k in range(9):
        t = k / 8
        for side in (-1, 1):
            leaf(
                c,
                x - r * 0.2 + t * r * 0.35,
                y + r * (0.85 - 1.75 * t),
                r * 0.6,
                mix(f.colour, f.accent, t),
                -90 + side * 55,
            )


def chocolate(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    s = r * 0.62
    for i in range(-1, 2):
        for j in range(-1, 2):
            px, py = x + i * s + j * s * 0.22, y + j * s - i * s * 0.22
            box = np.array([[-0.47, -0.47], [0.47, -0.47], [0.47, 0.47], [-0.47, 0.47]]) * s @ np.array(
                [[1, -0.22], [0.22, 1]]
            ) + (px, py)
            c.polygon(box, mix(f.colour, (30, 16, 8), 0.45))
            c.polygon((box - (px, py)) * 0.8 + (px - s * 0.03, py - s * 0.04), mix(f.colour, WHITE, 0.14))
            c.polygon((box - (px, py)) * 0.62 + (px, py), mix(f.colour, (40, 20, 10), 0.12))


def crystal(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for _ in range(12):
        px, py = x + float(rng.uniform(-0.8, 0.8)) * r, y + float(rng.uniform(-0.8, 0.8)) * r
        s, a = r * float(rng.uniform(0.1, 0.26)), float(rng.uniform(0, 90))
        c.polygon(ellipse_points(px, py, s, s * 0.85, a, 4), mix(f.accent, f.colour, 0.15))
        c.polygon(ellipse_points(px - s * 0.15, py - s * 0.15, s * 0.55, s * 0.5, a, 4), WHITE, 0.9)


def chilli(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    t = np.linspace(0, 1, 30)
    spine = np.stack([x - r * 0.8 + t * r * 1.7, y - r * 0.35 + np.sin(t * 2.4) * r * 0.8], 1)
    width = r * 0.27 * np.sqrt(np.clip(1 - t, 0, 1)) * (1 - np.exp(-t * 14))
    for lift, colour in ((0.0, f.colour), (0.45, mix(f.colour, WHITE, 0.35))):
        w = width * (1 - lift * 1.5)
        top, bottom = (
            spine - np.stack([0 * w, w + lift * width * 0.6], 1),
            spine + np.stack([0 * w, w - lift * width * 1.7], 1),
        )
        c.polygon(np.concatenate([top, bottom[::-1]]), colour)
    c.line([(x - r * 0.78, y - r * 0.35), (x - r * 0.98, y - r * 0.62)], r * 0.12, f.accent)


def tomato(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.ellipse(x + r * 0.1, y + r * 0.75, r * 0.9, r * 0.25, (0, 0, 0), 0.3, soften=r * 0.1)
    c.ball(x, y, r * 0.92, f.colour, shine=0.7, squash=0.9)
    for k in range(6):
        leaf(c, x, y - r * 0.62, r * 0.5, f.accent, k * 60 + 10)


def honey(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for i in range(-1, 2):
        for j in range(-1, 2):
            px, py = x + (i + 0.5 * (j % 2)) * r * 0.62, y + j * r * 0.54
            c.polygon(ellipse_points(px, py, r * 0.34, r * 0.34, 30, 6), mix(f.colour, (120, 60, 0), 0.3))
            c.polygon(
                ellipse_points(px, py, r * 0.27, r * 0.27, 30, 6), mix(f.colour, f.accent, float(rng.uniform(0, 1)))
            )
            c.glow(px - r * 0.08, py - r * 0.1, r * 0.15, WHITE, 0.6)


def wheat(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for lean in (-22, 0, 22):
        a = np.deg2rad(-90 + lean)
        c.line([(x, y + r), (x + np.cos(a) * r * 1.6, y + r + np.sin(a) * r * 1.6)], r * 0.04, f.accent)
        for k in range(6):
            d = r * (0.8 + 0.19 * k)
            for side in (-1, 1):
                leaf(
                    c,
                    x + np.cos(a) * d,
                    y + r + np.sin(a) * d,
                    r * 0.36,
                    mix(f.colour, (250, 210, 110), 0.2 + 0.1 * k),
                    -90 + lean + side * 28,
                )


def olive(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.line([(x - r, y - r * 0.6), (x, y - r * 0.25), (x + r, y - r * 0.7)], r * 0.06, BROWN)
    for k in range(5):
        leaf(c, x - r * 0.8 + k * r * 0.4, y - r * 0.45, r * 0.8, mix(f.accent, GREEN, 0.4), (-60, 70)[k % 2] + 12 * k)
    for dx, dy in ((-0.35, 0.25), (0.3, 0.4)):
        c.ball(x + dx * r, y + dy * r, r * 0.42, f.colour, shine=0.6, squash=1.2)


FRUIT: dict[str, Callable[[Canvas, float, float, float, Flavour, Rng], None]] = {
    "citrus": citrus,
    "berry": berry,
    "apple": apple,
    "cherry": cherry,
    "nut": nut,
    "bean": bean,
    "flower": flower,
    "leaf": leaves,
    "herb": herb,
    "chocolate": chocolate,
    "crystal": crystal,
    "chilli": chilli,
    "tomato": tomato,
    "honey": honey,
    "wheat": wheat,
    "olive": olive,
}


def flavour_motif(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    """The motif of a flavour, centred at (x, y), about 2 r wide."""
    FRUIT[f.motif](c, x, y, r, f, rng)
