"""Large pictures of things to eat: biscuits, cereals, crisps, chocolate, pasta, bars."""

import numpy as np

from .canvas import WHITE, Canvas, Colour, ellipse_points, mix, smooth_noise
from .motifs import BROWN, chocolate, flavour_motif
from .vocabulary import FLAVOURS, Flavour

Rng = np.random.Generator


CRUST: Colour = (214.0, 160.0, 92.0)


def biscuit(c: Canvas, x: float, y: float, r: float, colour: Colour, chips: Colour, rng: Rng) -> None:
    """A round biscuit with a wavy rim, crumb texture and chips."""
    t = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    rim = r * (1 + 0.025 * np.sin(t * 16) + 0.015 * np.sin(t * 3 + float(rng.uniform(0, 6))))
    c.ellipse(x + r * 0.08, y + r * 0.14, r, r, (0, 0, 0), 0.35, soften=r * 0.07)
    c.polygon(np.stack([x + rim * np.cos(t), y + rim * np.sin(t)], 1), mix(colour, BROWN, 0.45))
    c.ball(x, y, r * 0.94, colour, shine=0.08)
    n = int(r * 0.9)
    grain = smooth_noise(rng, 2 * n, 2 * n, 26)
    yy, xx = np.mgrid[-n:n, -n:n]
    inside = (np.hypot(xx, yy) < n * 0.98).astype(np.float32)
    c.blend(inside * np.clip(grain - 0.5, 0, 1), (96, 54, 20), 0.8, (round(x) - n, round(y) - n))
    c.blend(inside * np.clip(0.45 - grain, 0, 1), (255, 236, 190), 0.8, (round(x) - n, round(y) - n))
    for k in range(9):
        a, d = k * 2.4 + float(rng.uniform(-0.3, 0.3)), r * float(rng.uniform(0.2, 0.75))
        s = r * float(rng.uniform(0.08, 0.14))
        c.ball(x + np.cos(a) * d, y + np.sin(a) * d, s, chips, shine=0.3, squash=0.8, angle=k * 37)


def cookies(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    chips = f.colour if f.motif in ("chocolate", "berry", "nut") else mix(f.colour, BROWN, 0.3)
    for dx, dy, s in ((-0.5, -0.25, 0.5), (0.45, -0.3, 0.5), (0.0, 0.25, 0.6)):
        biscuit(c, x + dx * r, y + dy * r, s * r, mix(CRUST, f.colour, 0.12), chips, rng)
    flavour_motif(c, x + r * 0.75, y + r * 0.5, r * 0.3, f, rng)


def bowl(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.ellipse(x, y + r * 0.78, r * 0.9, r * 0.16, (0, 0, 0), 0.4, soften=r * 0.08)
    t = np.linspace(0, np.pi, 40)
    body = np.stack([x + np.cos(t) * r * (1 - 0.25 * np.sin(t) ** 6), y + np.sin(t) * r * 0.8], 1)
    shell = mix(f.colour, WHITE, 0.78)
    c.polygon(body, shell)
    c.glow(x + r * 0.4, y + r * 0.45, r * 0.6, (30, 30, 50), 0.25)
    c.glow(x - r * 0.5, y + r * 0.3, r * 0.35, WHITE, 0.8)
    c.ellipse(x, y, r, r * 0.3, mix(shell, (90, 90, 100), 0.2))
    c.ellipse(x, y + r * 0.02, r * 0.93, r * 0.25, (252, 250, 244))
    for _ in range(46):
        a, d = float(rng.uniform(0, 6.28)), float(rng.uniform(0, 0.82)) ** 0.7
        px, py = x + np.cos(a) * d * r, y + np.sin(a) * d * r * 0.22 - (0.82 - d) * r * 0.22
        c.ball(
            px,
            py,
            r * 0.1,
            mix(CRUST, (236, 190, 110), float(rng.uniform(0, 1))),
            shine=0.25,
            squash=0.62,
            angle=float(rng.uniform(0, 180)),
        )
    for k in range(4):
        flavour_motif(c, x + (-0.55, -0.1, 0.3, 0.62)[k] * r, y - (0.16, 0.34, 0.3, 0.1)[k] * r, r * 0.19, f, rng)


def chips(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for _ in range(11):
        a, d = float(rng.uniform(0, 6.28)), float(rng.uniform(0, 0.75))
        px, py, s, turn = (
            x + np.cos(a) * d * r,
            y + np.sin(a) * d * r * 0.7,
            r * float(rng.uniform(0.3, 0.42)),
            float(rng.uniform(0, 180)),
        )
        t = np.linspace(0, 2 * np.pi, 60)
        wob = s * (1 + 0.05 * np.sin(3 * t + turn))
        th = np.deg2rad(turn)
        u, v = wob * np.cos(t), 0.68 * wob * np.sin(t)
        edge = np.stack([px + u * np.cos(th) - v * np.sin(th), py + u * np.sin(th) + v * np.cos(th)], 1)
        c.polygon(edge + np.array((s * 0.06, s * 0.12)), (0, 0, 0), 0.3, s * 0.06)
        base = mix((244, 200, 96), f.colour, 0.1)
        c.polygon(edge, mix(base, (190, 120, 40), 0.45))
        c.polygon((edge - (px, py)) * 0.92 + (px, py), base)
        c.glow(px - s * 0.2, py - s * 0.15, s * 0.55, (255, 240, 180), 0.7)
        for _ in range(8):
            c.ellipse(
                px + float(rng.normal(0, s * 0.3)),
                py + float(rng.normal(0, s * 0.22)),
                s * 0.035,
                s * 0.03,
                mix(f.colour, (120, 60, 20), 0.3),
            )
    flavour_motif(c, x + r * 0.6, y + r * 0.55, r * 0.34, f, rng)


def squares(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:

    c.ellipse(x, y + r * 0.5, r, r * 0.3, (0, 0, 0), 0.35, soften=r * 0.12)
    chocolate(c, x - r * 0.15, y - r * 0.05, r * 0.8, FLAVOURS["Cocoa"], rng)
    if f.name != "Cocoa":
        flavour_motif(c, x + r * 0.55, y + r * 0.45, r * 0.42, f, rng)


def pasta(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for _ in range(26):
        a, d = float(rng.uniform(0, 6.28)), float(rng.uniform(0, 1)) ** 0.6
        px, py, th = x + np.cos(a) * d * r * 0.85, y + np.sin(a) * d * r * 0.55, float(rng.uniform(0, np.pi))
        u, v = np.array([np.cos(th), np.sin(th)]) * r * 0.26, np.array([-np.sin(th), np.cos(th)]) * r * 0.085
        base = mix((246, 206, 108), f.colour, 0.25)
        quad = np.array([-u - v + v * 0.6, u - v, u + v - v * 0.6, -u + v]) + np.array((px, py))
        c.polygon(quad + np.array((r * 0.02, r * 0.04)), (0, 0, 0), 0.3, r * 0.02)
        c.polygon(quad, base)
        for s in (-0.5, -0.1, 0.3, 0.7):
            c.line(
                [quad[0] * (0.5 - s / 2) + quad[3] * (0.5 + s / 2), quad[1] * (0.5 - s / 2) + quad[2] * (0.5 + s / 2)],
                r * 0.016,
                mix(base, (170, 110, 30), 0.6),
                0.8,
            )
        c.polygon(
            ellipse_points(px + u[0], py + u[1], r * 0.045, r * 0.09, np.rad2deg(th), 20), mix(base, (120, 70, 10), 0.6)
        )
    flavour_motif(c, x + r * 0.62, y + r * 0.4, r * 0.34, f, rng)


def bars(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for _k, (dx, dy) in enumerate(((-0.15, -0.3), (0.15, 0.22))):
        px, py = x + dx * r, y + dy * r
        quad = np.array([[-0.85, -0.1], [0.8, -0.3], [0.88, 0.1], [-0.78, 0.32]]) * r + (px, py)
        c.polygon(quad + np.array((r * 0.04, r * 0.1)), (0, 0, 0), 0.35, r * 0.05)
        c.polygon(quad + np.array((0, r * 0.09)), mix(CRUST, BROWN, 0.7))
        c.polygon(quad, mix(CRUST, f.colour, 0.2))
        for _ in range(38):
            s, t = float(rng.uniform(0.03, 0.97)), float(rng.uniform(0.08, 0.92))
            p = (quad[0] * (1 - s) + quad[1] * s) * (1 - t) + (quad[3] * (1 - s) + quad[2] * s) * t
            tone = (f.colour, (240, 214, 160), (150, 96, 50), f.accent)[int(rng.integers(4))]
            c.ball(float(p[0]), float(p[1]), r * 0.06, tone, shine=0.3, squash=0.7, angle=float(rng.uniform(0, 180)))
    flavour_motif(c, x + r * 0.7, y + r * 0.55, r * 0.3, f, rng)
