"""The printed front of a product: palette, background, brand mark, name, flavour band, hero picture, claims, small
print.

Siblings share `design`, hence everything drawn from it; what depends on the flavour is drawn last and from the
flavour alone.
"""

import numpy as np

from . import barcode
from .canvas import (
    BLACK,
    WHITE,
    Canvas,
    linear_ramp,
    luminance,
    mix,
    rounded_points,
    star_points,
)
from .catalogue import Product
from .heroes import HEROES
from .lettering import BOLD, PLAIN, SMALL, Face, readable, write
from .motifs import flavour_motif
from .patterns import Scheme, pattern, scheme_of


def front(product: Product, width: int, height: int) -> Canvas:
    """The flat front print of a pack, width x height pixels."""
    s = scheme_of(product)
    rng = np.random.default_rng([product.design, 5])
    c = Canvas(width, height)
    c.gradient(mix(s.ground, WHITE, 0.12), mix(s.ground, s.deep, 0.55), s.angle)
    pattern(c, s, rng)
    (_classic, _band, _window, _diagonal)[s.layout](c, product, s, rng)
    _small_print(c, product, s)
    return c


def _classic(c: Canvas, p: Product, s: Scheme, rng: np.random.Generator) -> None:
    w, h = c.width, c.height
    _brand(c, p, s, w * 0.5, h * 0.13, w * 0.84, h * 0.14, rng)
    _name(c, p, s, w * 0.5, h * 0.3, w * 0.86, h * 0.14)
    _hero(c, p, w * 0.5, h * 0.66, min(w * 0.42, h * 0.26))
    _flavour(c, p, s, w * 0.5, h * 0.425, w * 0.78, h * 0.07, rng)
    _claim(c, p, s, w * 0.17, h * 0.52, min(w, h) * 0.12, rng)


def _band(c: Canvas, p: Product, s: Scheme, rng: np.random.Generator) -> None:
    w, h = c.width, c.height
    _hero(c, p, w * 0.5, h * 0.26, min(w * 0.42, h * 0.22))
    t = np.linspace(0, w, 50)
    top, bottom = h * 0.46 - np.sin(t / w * np.pi) * h * 0.03, h * 0.74 + np.sin(t / w * np.pi) * h * 0.03
    band = s.deep if luminance(s.ground) > 110 else mix(s.ground, WHITE, 0.88)
    c.polygon(np.concatenate([np.stack([t, top - h * 0.012], 1), np.stack([t, bottom + h * 0.012], 1)[::-1]]), s.accent)
    c.polygon(np.concatenate([np.stack([t, top], 1), np.stack([t, bottom], 1)[::-1]]), band)
    inner = Scheme(band, s.ground, readable(band), s.accent, s.brand_face, s.name_face, s.layout, s.pattern, 5, s.angle)
    _brand(c, p, inner, w * 0.5, h * 0.535, w * 0.84, h * 0.13, rng)
    _name(c, p, inner, w * 0.5, h * 0.665, w * 0.8, h * 0.1)
    _flavour(c, p, s, w * 0.5, h * 0.82, w * 0.8, h * 0.075, rng)
    _claim(c, p, s, w * 0.84, h * 0.12, min(w, h) * 0.12, rng)


def _window(c: Canvas, p: Product, s: Scheme, rng: np.random.Generator) -> None:
    w, h = c.width, c.height
    c.polygon(rounded_points(w * 0.07, h * 0.07, w * 0.86, h * 0.82, w * 0.06), mix(WHITE, s.ground, 0.08))
    c.polygon(rounded_points(w * 0.09, h * 0.085, w * 0.82, h * 0.79, w * 0.05), mix(WHITE, s.ground, 0.03))
    pane = Scheme(
        (250, 248, 244),
        s.deep,
        mix(s.deep, BLACK, 0.35),
        s.accent,
        s.brand_face,
        s.name_face,
        s.layout,
        s.pattern,
        s.mark,
        s.angle,
    )
    _brand(c, p, pane, w * 0.5, h * 0.17, w * 0.74, h * 0.12, rng)
    _name(c, p, pane, w * 0.5, h * 0.315, w * 0.74, h * 0.12)
    _flavour(c, p, s, w * 0.5, h * 0.425, w * 0.86, h * 0.065, rng)
    _hero(c, p, w * 0.5, h * 0.655, min(w * 0.36, h * 0.2))
    _claim(c, p, s, w * 0.81, h * 0.78, min(w, h) * 0.12, rng)


def _diagonal(c: Canvas, p: Product, s: Scheme, rng: np.random.Generator) -> None:
    w, h = c.width, c.height
    second = mix(s.accent, p.flavour.colour, {"easy": 0.5, "normal": 0.6, "hard": 0.0}[p.closeness])
    c.polygon([(0, h * 0.62), (w, h * 0.4), (w, h), (0, h)], second)
    c.polygon([(0, h * 0.605), (w, h * 0.385), (w, h * 0.405), (0, h * 0.625)], WHITE)
    _name(c, p, s, w * 0.5, h * 0.32, w * 0.84, h * 0.15)
    _brand(c, p, s, w * 0.5, h * 0.12, w * 0.7, h * 0.12, rng)
    _hero(c, p, w * 0.52, h * 0.6, min(w * 0.4, h * 0.22))
    _flavour(c, p, s, w * 0.5, h * 0.855, w * 0.84, h * 0.07, rng)
    _claim(c, p, s, w * 0.83, h * 0.46, min(w, h) * 0.115, rng)


def _hero(c: Canvas, p: Product, x: float, y: float, r: float) -> None:
    c.glow(x, y, r * 1.5, (255, 250, 235), 0.5)
    HEROES[p.category.hero](c, x, y, r, p.flavour, np.random.default_rng([p.design, 9]))


def _brand(c: Canvas, p: Product, s: Scheme, x: float, y: float, w: float, h: float, rng: np.random.Generator) -> None:
    """The brand mark: a shape behind or beside the lettering."""
    ink, plate = s.ink, mix(s.deep, BLACK, 0.15)
    if s.mark == 0:
        c.ellipse(x, y, w * 0.5, h * 0.6, WHITE)
        c.ellipse(x, y, w * 0.48, h * 0.54, plate)
        ink, w, h = WHITE, w * 0.8, h * 0.62
    elif s.mark == 1:
        c.polygon(
            [
                (x - w / 2, y - h * 0.5),
                (x + w / 2, y - h * 0.5),
                (x + w * 0.45, y),
                (x + w / 2, y + h * 0.5),
                (x - w / 2, y + h * 0.5),
                (x - w * 0.45, y),
            ],
            s.accent,
        )
        ink, w, h = readable(s.accent), w * 0.78, h * 0.66
    elif s.mark == 2:
        c.polygon(rounded_points(x - w / 2, y - h / 2, w, h, h * 0.2), plate)
        c.polygon(rounded_points(x - w / 2 + 3, y + h * 0.36, w - 6, h * 0.06, h * 0.03), s.accent)
        ink, w, h = WHITE, w * 0.86, h * 0.62
    elif s.mark == 3:
        c.line(
            [(x - w * 0.42, y + h * 0.5), (x, y + h * 0.58), (x + w * 0.42, y + h * 0.44)], max(2.0, h * 0.05), s.accent
        )
        h *= 0.85
    elif s.mark == 4:
        for side in (-1, 1):
            c.polygon(star_points(x + side * w * 0.44, y, h * 0.16, h * 0.07, 5, -np.pi / 2), s.accent)
        w, h = w * 0.76, h * 0.8
    heavy = s.brand_face.weight >= 700 and s.mark in (3, 5)
    write(
        c,
        p.brand,
        x,
        y,
        w,
        h,
        ink,
        s.brand_face,
        outline=mix(s.deep, BLACK, 0.3) if heavy and luminance(ink) > 150 else None,
        outline_width=h * 0.045,
        shadow=h * 0.03 if s.mark in (3, 4, 5) else 0.0,
    )


def _name(c: Canvas, p: Product, s: Scheme, x: float, y: float, w: float, h: float) -> None:
    words = p.noun.split(" ")
    lines = [" ".join(words[:1]), " ".join(words[1:])] if len(words) > 1 and len(p.noun) > 10 else [p.noun]
    each = h / len(lines)
    for k, line in enumerate(lines):
        write(c, line, x, y + (k - (len(lines) - 1) / 2) * each, w, each * 0.86, s.ink, s.name_face, shadow=each * 0.02)


def _flavour(
    c: Canvas, p: Product, s: Scheme, x: float, y: float, w: float, h: float, rng: np.random.Generator
) -> None:
    """The band that names the variety; with closeness `hard` it keeps the family's colour."""
    colour = s.accent if p.closeness == "hard" else p.flavour.colour
    shape = int(np.random.default_rng([p.design, 3]).integers(3))
    if shape == 0:
        c.polygon(rounded_points(x - w / 2, y - h / 2, w, h, h / 2), colour)
    elif shape == 1:
        c.polygon([(0, y - h / 2), (c.width, y - h / 2), (c.width, y + h / 2), (0, y + h / 2)], colour)
        c.polygon([(0, y - h * 0.56), (c.width, y - h * 0.56), (c.width, y - h / 2), (0, y - h / 2)], WHITE, 0.8)
    else:
        c.polygon(
            [(x - w / 2, y - h / 2), (x + w / 2, y - h / 2), (x + w * 0.46, y + h / 2), (x - w * 0.46, y + h / 2)],
            colour,
        )
    write(c, p.flavour.name, x, y, w * 0.82, h * 0.62, readable(colour), Face("sans", 650, tracking=0.04))


def _claim(c: Canvas, p: Product, s: Scheme, x: float, y: float, r: float, rng: np.random.Generator) -> None:
    kind = int(rng.integers(3))
    if kind == 0:
        c.polygon(star_points(x, y, r, r * 0.86, 18), s.accent)
    elif kind == 1:
        c.ellipse(x, y, r, r, mix(s.deep, BLACK, 0.1))
        c.ellipse(x, y, r * 0.92, r * 0.92, WHITE)
        c.ellipse(x, y, r * 0.88, r * 0.88, s.accent)
    else:
        c.ellipse(x, y, r, r, WHITE)
        c.ellipse(x, y, r * 0.93, r * 0.93, mix(s.accent, BLACK, 0.25))
    words = p.claim.split(" ")
    for k, word in enumerate(words):
        write(
            c,
            word,
            x,
            y + (k - (len(words) - 1) / 2) * r * 0.48,
            r * 1.5,
            r * 0.38,
            readable(s.accent if kind < 2 else mix(s.accent, BLACK, 0.25)),
            Face("sans", 750),
        )


def _small_print(c: Canvas, p: Product, s: Scheme) -> None:
    """Quantity, best-before, and on some families the bar code, along the foot."""
    w, h = c.width, c.height
    foot = c.pixels[int(h * 0.93) : int(h * 0.98)].mean((0, 1))
    ink = readable((float(foot[0]), float(foot[1]), float(foot[2])))
    write(c, p.quantity + "  e", w * 0.93, h * 0.955, w * 0.3, h * 0.034, ink, BOLD, align="right")
    if p.design % 3 == 0:
        module = max(1, round(w * 0.3 / 113))
        barcode.draw(c, p.barcode, int(w * 0.05), int(h * 0.972 - module * 30), module, module * 20)
    else:
        write(
            c,
            f"BEST BEFORE {p.best_before:%d.%m.%Y}",
            w * 0.06,
            h * 0.945,
            w * 0.5,
            h * 0.019,
            ink,
            PLAIN,
            align="left",
        )
        write(c, p.lot, w * 0.06, h * 0.972, w * 0.3, h * 0.017, ink, SMALL, align="left")


def side(product: Product, width: int, height: int) -> Canvas:
    """The narrow side of a box: deep colour, nutrition panel, bar code, best-before."""
    s = scheme_of(product)
    c = Canvas(width, height)
    c.gradient(mix(s.ground, s.deep, 0.35), mix(s.ground, s.deep, 0.7))
    write(c, product.brand, width / 2, height * 0.08, width * 0.84, height * 0.05, readable(s.deep), s.brand_face)
    c.polygon(rounded_points(width * 0.1, height * 0.16, width * 0.8, height * 0.46, 4), (246, 246, 242))
    for k in range(9):
        y = height * (0.2 + 0.046 * k)
        write(
            c,
            (
                "Energy",
                "Fat",
                "of which saturates",
                "Carbohydrate",
                "of which sugars",
                "Fibre",
                "Protein",
                "Salt",
                "per 100 g",
            )[k],
            width * 0.14,
            y,
            width * 0.42,
            height * 0.018,
            BLACK,
            SMALL,
            align="left",
        )
        write(
            c,
            f"{(product.design >> k) % 97 / 3:.1f} g",
            width * 0.86,
            y,
            width * 0.2,
            height * 0.018,
            BLACK,
            SMALL,
            align="right",
        )
    module = max(1, int(width * 0.84 / 113))
    barcode.draw(c, product.barcode, int((width - 113 * module) / 2), int(height * 0.7), module, int(height * 0.1))
    write(
        c,
        f"BEST BEFORE {product.best_before:%d.%m.%Y}",
        width / 2,
        height * 0.93,
        width * 0.8,
        height * 0.02,
        readable(s.deep),
        PLAIN,
    )
    c.shade(0.92 + 0.08 * linear_ramp(width, height, 0))
    return c


def accent_motif(c: Canvas, product: Product, x: float, y: float, r: float) -> None:
    """The flavour's motif alone, for posters."""
    flavour_motif(c, x, y, r, product.flavour, np.random.default_rng([product.design, 21]))
