"""The large picture on a pack's front: what is inside it (a bowl, biscuits, a steaming cup, ...), with its flavour
beside it."""

from collections.abc import Callable

import numpy as np

from .canvas import WHITE, Canvas, mix
from .motifs import bean, flavour_motif, leaf, olive
from .snacks import bars, bowl, chips, cookies, pasta, squares
from .vocabulary import FLAVOURS, Flavour

Rng = np.random.Generator


def cup(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    tea = mix(f.colour, (190, 110, 30), 0.5)
    c.ellipse(x, y + r * 0.72, r * 1.05, r * 0.2, (0, 0, 0), 0.35, soften=r * 0.08)
    c.ellipse(x, y + r * 0.66, r, r * 0.2, (244, 244, 240))
    c.ellipse(x, y + r * 0.63, r * 0.7, r * 0.12, (210, 210, 208))
    c.line(
        [
            (x + r * 0.6, y - r * 0.02),
            (x + r * 0.98, y + r * 0.04),
            (x + r * 0.9, y + r * 0.36),
            (x + r * 0.45, y + r * 0.45),
        ],
        r * 0.1,
        (236, 236, 232),
    )
    t = np.linspace(0, np.pi, 40)
    c.polygon(np.stack([x + np.cos(t) * r * 0.72, y - r * 0.15 + np.sin(t) ** 0.7 * r * 0.82], 1), (248, 248, 245))
    c.glow(x + r * 0.35, y + r * 0.3, r * 0.45, (60, 60, 80), 0.2)
    c.ellipse(x, y - r * 0.15, r * 0.72, r * 0.2, (226, 226, 222))
    c.ellipse(x, y - r * 0.13, r * 0.66, r * 0.16, tea)
    c.ellipse(x - r * 0.2, y - r * 0.17, r * 0.25, r * 0.05, mix(tea, WHITE, 0.5), 0.7)
    for k in range(3):
        s = np.linspace(0, 1, 30)
        c.line(
            np.stack([x + (k - 1) * r * 0.25 + np.sin(s * 5 + k) * r * 0.08, y - r * 0.35 - s * r * 0.6], 1),
            r * 0.05,
            WHITE,
            0.35,
        )
    flavour_motif(c, x - r * 0.72, y + r * 0.5, r * 0.3, f, rng)
    flavour_motif(c, x + r * 0.78, y + r * 0.58, r * 0.22, f, rng)


def beans(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    for _ in range(34):
        a, d = float(rng.uniform(0, 6.28)), float(rng.uniform(0, 1)) ** 0.6
        bean(c, x + np.cos(a) * d * r, y + np.sin(a) * d * r * 0.5 + r * 0.1 * d, r * 0.17, f, rng)


def glass(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    flavour_motif(c, x - r * 0.5, y + r * 0.35, r * 0.55, f, rng)
    flavour_motif(c, x + r * 0.6, y + r * 0.5, r * 0.42, f, rng)
    c.polygon(
        [
            (x - r * 0.2, y - r * 0.9),
            (x + r * 0.5, y - r * 0.9),
            (x + r * 0.4, y + r * 0.8),
            (x - r * 0.1, y + r * 0.8),
        ],
        WHITE,
        0.35,
    )
    c.polygon(
        [
            (x - r * 0.16, y - r * 0.6),
            (x + r * 0.46, y - r * 0.6),
            (x + r * 0.37, y + r * 0.74),
            (x - r * 0.07, y + r * 0.74),
        ],
        f.colour,
        0.93,
    )
    c.ellipse(x + r * 0.15, y - r * 0.6, r * 0.31, r * 0.08, mix(f.colour, WHITE, 0.4))
    c.polygon(
        [
            (x - r * 0.1, y - r * 0.5),
            (x - r * 0.02, y - r * 0.5),
            (x + r * 0.02, y + r * 0.6),
            (x - r * 0.03, y + r * 0.6),
        ],
        WHITE,
        0.45,
    )
    flavour_motif(c, x + r * 0.1, y + r * 0.75, r * 0.34, f, rng)


def splash(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    t = np.linspace(0, 2 * np.pi, 160)
    spikes = 1 + 0.28 * np.abs(np.sin(t * 5.5 + 1)) ** 3 + 0.12 * np.sin(t * 3 + float(rng.uniform(0, 6)))
    for s, colour in (
        (1.0, mix(f.colour, WHITE, 0.45)),
        (0.88, mix(f.colour, WHITE, 0.15)),
        (0.7, mix(f.colour, WHITE, 0.6)),
    ):
        c.polygon(np.stack([x + np.cos(t) * r * 0.8 * spikes * s, y + np.sin(t) * r * 0.62 * spikes * s], 1), colour)
    for k in range(16):
        a = k * 2.399
        d = r * float(rng.uniform(0.85, 1.2))
        c.ball(
            x + np.cos(a) * d,
            y + np.sin(a) * d * 0.85,
            r * float(rng.uniform(0.03, 0.08)),
            mix(f.colour, WHITE, 0.35),
            shine=0.8,
        )
    for dx, dy, s in ((-0.34, 0.1, 0.4), (0.36, -0.05, 0.46), (0.02, 0.36, 0.36)):
        flavour_motif(c, x + dx * r, y + dy * r, s * r, f, rng)


def milk(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    t = np.linspace(-1, 1, 80)
    wave = y + r * 0.2 * np.sin(t * 4 + float(rng.uniform(0, 6)))
    for lift, colour in ((-0.12, mix(f.colour, WHITE, 0.55)), (0.0, (255, 253, 246))):
        c.polygon(
            np.concatenate(
                [
                    np.stack([x + t * r * 1.6, wave + lift * r], 1),
                    [(x + r * 1.6, y + r * 1.1), (x - r * 1.6, y + r * 1.1)],
                ]
            ),
            colour,
        )
    flavour_motif(c, x - r * 0.3, y + r * 0.35, r * 0.48, f, rng)
    flavour_motif(c, x + r * 0.55, y + r * 0.55, r * 0.34, f, rng)
    for _k in range(7):
        c.ball(
            x + float(rng.uniform(-1, 1)) * r,
            y - r * float(rng.uniform(0.2, 0.6)),
            r * float(rng.uniform(0.03, 0.09)),
            (252, 250, 244),
            shine=0.6,
        )


def fruit(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    c.ellipse(x, y + r * 0.7, r, r * 0.2, (0, 0, 0), 0.25, soften=r * 0.1)
    for k in range(4):
        leaf(c, x, y + r * 0.1, r * 1.05, (96, 146, 70), -170 + k * 53)
    for dx, dy, s in ((-0.5, 0.1, 0.46), (0.52, 0.05, 0.48), (0.0, 0.3, 0.56)):
        flavour_motif(c, x + dx * r, y + dy * r, s * r, f, rng)


def branch(c: Canvas, x: float, y: float, r: float, f: Flavour, rng: Rng) -> None:
    olive(c, x, y - r * 0.1, r * 0.9, FLAVOURS["Olive"], rng)
    if f.name != "Olive":
        flavour_motif(c, x + r * 0.35, y + r * 0.62, r * 0.42, f, rng)


HEROES: dict[str, Callable[[Canvas, float, float, float, Flavour, Rng], None]] = {
    "bowl": bowl,
    "cookies": cookies,
    "cup": cup,
    "beans": beans,
    "chips": chips,
    "glass": glass,
    "splash": splash,
    "milk": milk,
    "fruit": fruit,
    "squares": squares,
    "pasta": pasta,
    "branch": branch,
    "bars": bars,
}
