"""The look a family of siblings shares: colours, faces, template numbers, and the pattern on the ground."""

from dataclasses import dataclass

import numpy as np

from .canvas import BLACK, WHITE, Canvas, Colour, hsv, luminance, mix, smooth_noise, star_points
from .catalogue import Product
from .lettering import Face, readable

BRAND_FACES = (
    Face("script", 300),
    Face("serif", 260),
    Face("sans", 900, tracking=-0.03),
    Face("italic", 800),
    Face("uni", 700, tracking=0.12, upper=True),
    Face("sans", 300, tracking=0.22, upper=True),
    Face("sans", 900, bend=0.3, upper=True),
    Face("aileron", 620, slant=10),
    Face("script", 420, stretch=1.15),
    Face("serif", 330, tracking=0.08, upper=True),
    Face("sans", 800, slant=-6, stretch=0.8),
    Face("italic", 500, stretch=1.2),
    Face("sans", 850, stretch=0.72, upper=True),
)


NAME_FACES = (
    Face("sans", 800),
    Face("serif", 260),
    Face("italic", 700),
    Face("sans", 900, upper=True, stretch=0.85),
    Face("aileron", 560),
    Face("script", 330),
    Face("uni", 600, upper=True, tracking=0.05),
)


@dataclass(frozen=True)
class Scheme:
    """The look a family shares. Colours are sRGB; `layout` and `pattern` choose a template."""

    ground: Colour
    deep: Colour
    ink: Colour
    accent: Colour
    brand_face: Face
    name_face: Face
    layout: int
    pattern: int
    mark: int
    angle: float


def scheme_of(product: Product) -> Scheme:
    """The family's look; with closeness `easy` the ground takes the flavour's colour, otherwise the brand's own."""
    rng = np.random.default_rng(product.design)
    hue = float(rng.uniform(0, 360))
    style = int(rng.integers(4))
    base = (hsv(hue, 0.75, 0.72), hsv(hue, 0.12, 0.97), hsv(hue, 0.85, 0.34), hsv(hue, 0.45, 0.93))[style]
    accent = hsv((hue + float(rng.choice([28, 150, 180, 210, 330]))) % 360, 0.8, 0.85)
    pick = [
        product.design % len(BRAND_FACES),
        product.design // 7 % len(NAME_FACES),
        product.design % 4,
        int(rng.integers(8)),
        product.design // 4 % 6,
    ]
    angle = float(rng.uniform(50, 130))
    if product.closeness == "easy":
        base = mix(product.flavour.colour, (WHITE, WHITE, BLACK, WHITE)[style], (0.0, 0.72, 0.35, 0.3)[style])
    elif product.closeness == "normal":
        base = mix(base, product.flavour.colour, 0.22)
    deep = mix(base, mix(BLACK, hsv(hue, 1, 0.5), 0.5), 0.42 if luminance(base) > 90 else 0.6)
    return Scheme(
        base, deep, readable(base), accent, BRAND_FACES[pick[0]], NAME_FACES[pick[1]], pick[2], pick[3], pick[4], angle
    )


def pattern(c: Canvas, s: Scheme, rng: np.random.Generator) -> None:
    w, h, tone = c.width, c.height, mix(s.ground, WHITE, 0.35)
    if s.pattern == 0:  # rays
        for k in range(18):
            a = np.deg2rad(k * 20 + np.array([0, 10]))
            far = 1.3 * max(w, h)
            c.polygon(
                [
                    (w / 2, h * 0.6),
                    (w / 2 + far * np.cos(a[0]), h * 0.6 + far * np.sin(a[0])),
                    (w / 2 + far * np.cos(a[1]), h * 0.6 + far * np.sin(a[1])),
                ],
                tone,
                0.3,
            )
    elif s.pattern == 1:  # halftone
        step = w / 22
        for i in range(24):
            for j in range(int(h / step) + 1):
                r = step * 0.5 * (j * step / h)
                if r > 0.6:
                    c.ellipse(i * step + (j % 2) * step / 2, j * step, r, r, s.deep, 0.28)
    elif s.pattern == 2:  # waves
        t = np.linspace(0, w, 80)
        for k in range(6):
            y = h * (0.3 + 0.13 * k) + np.sin(t / w * 6.28 + k) * h * 0.04
            c.polygon(np.concatenate([np.stack([t, y], 1), [(w, h), (0, h)]]), mix(s.ground, s.deep, k / 6), 0.5)
    elif s.pattern == 3:  # stripes
        for k in range(12):
            c.polygon([(k * w / 6, 0), (k * w / 6 + w / 12, 0), (k * w / 6 + w / 12, h), (k * w / 6, h)], tone, 0.25)
    elif s.pattern == 4:  # terrazzo
        for _ in range(70):
            x, yy, r = float(rng.uniform(0, w)), float(rng.uniform(0, h)), w * float(rng.uniform(0.008, 0.03))
            pts = star_points(x, yy, r, r * float(rng.uniform(0.5, 1)), 3, float(rng.uniform(0, 6)))
            c.polygon(pts, (tone, s.deep, s.accent)[int(rng.integers(3))], 0.5)
    elif s.pattern == 5:  # hills
        t = np.linspace(0, w, 60)
        for k in range(4):
            y = h * (0.5 + 0.1 * k) - h * 0.07 * np.sin(t / w * (3 + k) + float(rng.uniform(0, 6)))
            c.polygon(np.concatenate([np.stack([t, y], 1), [(w, h), (0, h)]]), mix(tone, s.deep, 0.2 + 0.2 * k), 0.75)
    elif s.pattern == 6:  # paper
        c.shade(1.0 + 0.12 * (smooth_noise(rng, w, h, 40) - 0.5) + 0.1 * (smooth_noise(rng, w, h, 6) - 0.5))
    c.glow(w * 0.5, h * 0.55, max(w, h) * 0.6, mix(s.ground, WHITE, 0.6), 0.45)
