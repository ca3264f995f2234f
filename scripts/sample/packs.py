"""Packs as they stand on a shelf: the print wrapped on a box, pouch, carton, can, jar or bottle, with its outline
and its shine."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from . import artwork
from .canvas import (
    BLACK,
    WHITE,
    Canvas,
    Colour,
    Mask,
    as_mask,
    linear_ramp,
    mix,
    polygon_mask,
    rounded_points,
    smooth_noise,
)
from .catalogue import Product
from .patterns import scheme_of

DENSITY = 3400  # pixels a metre of a pack's print


@dataclass(frozen=True, eq=False)
class Pack:
    """A product's body. `sprite` is RGBA uint8 (H, W, 4), straight alpha, cropped to the outline; `side` RGB or None
    for round forms; `size` width, height, depth in metres."""

    product: Product
    sprite: NDArray[np.uint8]
    side: NDArray[np.uint8] | None
    size: tuple[float, float, float]


def make_pack(product: Product) -> Pack:
    """Draw the whole pack from its product alone (same product, same pixels)."""
    w, h, d = product.category.size
    height = int(np.clip(h * DENSITY, 560, 980))
    width = round(height * w / h)
    rng = np.random.default_rng([product.design, 31])
    colour, alpha = FORMS[product.category.form](product, width, height, rng)
    sprite = np.dstack([colour, np.clip(alpha * 255 + 0.5, 0, 255).astype(np.uint8)])
    side = None
    if product.category.form in ("box", "carton"):
        side = artwork.side(product, max(40, round(height * d / h)), height).image()
    return Pack(product, np.ascontiguousarray(sprite), side, (w, h, d))


def _solid(width: int, height: int, points: NDArray[np.float64]) -> Mask:
    """The outline's cover, cut to the picture."""
    canvas = np.zeros((height, width), np.float32)
    mask, (x, y) = polygon_mask(points)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
    canvas[y0:y1, x0:x1] = mask[y0 - y : y1 - y, x0 - x : x1 - x]
    return canvas


Form = tuple[NDArray[np.uint8], Mask]


def _box(p: Product, w: int, h: int, rng: np.random.Generator) -> Form:
    c = artwork.front(p, w, h)
    light = 1.04 - 0.1 * linear_ramp(w, h, 75)
    edge = np.minimum(
        np.minimum(np.arange(w), np.arange(w)[::-1])[None], np.minimum(np.arange(h), np.arange(h)[::-1])[:, None]
    )
    light += 0.12 * np.exp(-edge / 3.0) - 0.05 * np.exp(-(((edge - 7.0) / 4.0) ** 2))
    c.shade(light.astype(np.float32))
    return c.image(), _solid(w, h, rounded_points(0, 0, w - 1, h - 1, w * 0.008))


def _pouch(p: Product, w: int, h: int, rng: np.random.Generator) -> Form:
    c = artwork.front(p, w, h)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    u, v = xx / w * 2 - 1, yy / h
    light = 1.05 - 0.34 * np.abs(u) ** 3.2 - 0.05 * u
    light += 0.2 * np.exp(-(((u + 0.62 - 0.12 * np.sin(v * 5)) / 0.09) ** 2)) * np.clip(np.sin(v * np.pi), 0, 1)
    light += 0.09 * np.exp(-(((u - 0.5 + 0.1 * np.sin(v * 4)) / 0.07) ** 2))
    wrinkles = smooth_noise(rng, w, h, 14) - 0.5
    near = np.exp(-v / 0.13) + np.exp(-(1 - v) / 0.1)
    light += 0.5 * wrinkles * near
    seal = (v < 0.052) | (v > 0.965)
    ridges = 0.1 * np.sin(xx / w * 260)
    light = np.where(seal, 1.02 + ridges, light)
    light -= 0.3 * np.exp(-(((v - 0.056) / 0.006) ** 2))
    c.shade(light.astype(np.float32))
    t = np.linspace(0, 1, 60)
    bulge = w * 0.022 * np.sin(np.pi * t) ** 0.5
    left = np.stack([w * 0.024 - bulge, t * (h - 1)], 1)
    right = np.stack([w - 1 - w * 0.024 + bulge, t * (h - 1)], 1)
    return c.image(), _solid(w, h, np.concatenate([left, right[::-1]]))


def _carton(p: Product, w: int, h: int, rng: np.random.Generator) -> Form:
    roof = int(h * 0.13)
    body = artwork.front(p, w, h - roof)
    body.shade((1.03 - 0.09 * linear_ramp(w, h - roof, 60)).astype(np.float32))
    s = scheme_of(p)
    c = Canvas(w, h, mix(s.ground, s.deep, 0.3))
    c.pixels[roof:] = body.pixels
    top = mix(s.deep, p.flavour.colour, 0.4)
    c.polygon([(w * 0.09, h * 0.035), (w * 0.91, h * 0.035), (w, roof), (0, roof)], mix(top, WHITE, 0.12))
    c.polygon([(w * 0.09, 0), (w * 0.91, 0), (w * 0.91, h * 0.035), (w * 0.09, h * 0.035)], mix(top, WHITE, 0.3))
    c.line([(0, roof), (w, roof)], 3, mix(top, BLACK, 0.4), 0.7)
    cap = w * 0.15
    c.ellipse(w * 0.5, roof * 0.66, cap, cap * 0.62, mix(top, BLACK, 0.45), 0.7, soften=4)
    c.ball(w * 0.5, roof * 0.6, cap * 0.94, s.accent, shine=0.4, squash=0.62)
    outline = np.array(
        [
            (w * 0.09, 0),
            (w * 0.91, 0),
            (w * 0.91, h * 0.035),
            (w - 1, roof),
            (w - 1, h - 1),
            (0, h - 1),
            (0, roof),
            (w * 0.09, h * 0.035),
        ]
    )
    return c.image(), _solid(w, h, outline)


def _wrap(flat: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Show a label that covers 130 degrees of a cylinder as it is seen from the front (orthographic)."""
    h, lw = flat.shape[:2]
    theta = np.arcsin(np.clip((np.arange(width) + 0.5) / width * 2 - 1, -0.999, 0.999))
    u = ((theta / np.deg2rad(130) + 0.5) * lw).astype(np.float32)[None].repeat(h, 0)
    v = np.arange(h, dtype=np.float32)[:, None].repeat(width, 1)
    return cv2.remap(flat, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101).astype(np.uint8)


def _round_light(width: int, gloss: float) -> Mask:
    """Light over a cylinder lit from the left front, with two strip reflections, (1, width)."""
    u = (np.arange(width) + 0.5) / width * 2 - 1
    light = 0.52 + 0.55 * np.sqrt(np.clip(1 - u * u, 0, 1)) - 0.07 * u
    light += gloss * (0.5 * np.exp(-(((u + 0.52) / 0.07) ** 2)) + 0.22 * np.exp(-(((u - 0.66) / 0.05) ** 2)))
    return light.astype(np.float32)[None]


def _label(p: Product, w: int, h: int) -> NDArray[np.uint8]:
    return _wrap(artwork.front(p, round(w * 0.5 * np.deg2rad(130)), h).image(), w)


def _can(p: Product, w: int, h: int, rng: np.random.Generator) -> Form:
    lid, foot = int(h * 0.055), int(h * 0.035)
    metal = Canvas(w, h, (196, 200, 206))
    metal.paste(_label(p, w, h - lid - foot), 0, lid)
    metal.shade(np.repeat(_round_light(w, 0.75), h, 0))
    metal.ellipse(w / 2, lid * 0.45, w * 0.425, lid * 0.42, (222, 226, 230))
    metal.ellipse(w / 2, lid * 0.5, w * 0.38, lid * 0.3, (150, 154, 160))
    metal.ellipse(w / 2, lid * 0.5, w * 0.13, lid * 0.16, (206, 210, 214))
    t = np.linspace(0, np.pi, 24)
    low = np.stack([w / 2 + np.cos(t) * w * 0.44, h - foot + np.sin(t) * foot * 0.9], 1)
    outline = np.concatenate(
        [
            [(0, lid * 1.9), (w * 0.07, lid * 0.45)],
            np.stack([w / 2 - np.cos(t) * w * 0.43, lid * 0.45 - np.sin(t) * lid * 0.43], 1),
            [(w * 0.93, lid * 0.45), (w - 1, lid * 1.9), (w - 1, h - foot * 1.8)],
            low,
            [(0, h - foot * 1.8)],
        ]
    )
    return metal.image(), _solid(w, h, outline)


def _glass(c: Canvas, content: Colour, w: int, h: int) -> None:
    c.gradient(mix(content, WHITE, 0.12), mix(content, BLACK, 0.25))
    c.shade(np.repeat(_round_light(w, 1.1), h, 0))


def _jar(p: Product, w: int, h: int, rng: np.random.Generator) -> Form:
    lid, c = int(h * 0.17), Canvas(w, h)
    _glass(c, mix(p.flavour.colour, (70, 20, 16), 0.3), w, h)
    top, tall = int(h * 0.27), int(h * 0.63)
    label = Canvas(w, tall)
    label.paste(_label(p, w, tall), 0, 0)
    label.shade(np.repeat(_round_light(w, 0.25), tall, 0))
    c.pixels[top : top + tall] = label.pixels
    s = scheme_of(p)
    cover = Canvas(w, lid, mix(s.accent, s.deep, 0.25))
    ridges = 1.0 + 0.1 * np.sin(np.arcsin(np.clip(np.linspace(-1, 1, w), -1, 1)) * 60)
    cover.shade((_round_light(w, 0.6) * ridges[None]).repeat(lid, 0).astype(np.float32))
    c.pixels[:lid] = cover.pixels
    c.line([(w * 0.03, lid), (w * 0.97, lid)], 4, BLACK, 0.5)
    outline = np.concatenate(
        [
            rounded_points(w * 0.04, 0, w * 0.92, lid * 2, w * 0.03)[18:],
            [(w * 0.96, lid), (w - 1, lid * 1.6)],
            [(w - 1, h * 0.94), (w * 0.93, h - 1), (w * 0.07, h - 1), (0, h * 0.94), (0, lid * 1.6), (w * 0.04, lid)],
        ]
    )
    return c.image(), _solid(w, h, outline)


def _bottle(p: Product, w: int, h: int, rng: np.random.Generator) -> Form:
    c = Canvas(w, h)
    oil = p.category.name == "Oils"
    _glass(c, mix((70, 86, 36), p.flavour.colour, 0.15) if oil else mix(p.flavour.colour, WHITE, 0.25), w, h)
    top, tall = int(h * 0.4), int(h * 0.53)
    label = Canvas(w, tall)
    label.paste(_label(p, w, tall), 0, 0)
    label.shade(np.repeat(_round_light(w, 0.3), tall, 0))
    c.pixels[top : top + tall] = label.pixels
    s = scheme_of(p)
    neck, cap = w * 0.19, int(h * 0.095)
    lid = Canvas(round(neck * 2.3), cap, mix(s.accent, BLACK, 0.15))
    lid.shade(np.repeat(_round_light(lid.width, 0.6), cap, 0))
    c.paste(lid.image(), round(w / 2 - lid.width / 2), 0)
    t = np.linspace(0, 1, 24)
    half = neck + (w / 2 - 0.5 - neck) * (3 * t**2 - 2 * t**3)
    y = h * 0.15 + t * h * 0.2
    side = np.concatenate(
        [
            [(neck * 1.15, 0.0), (neck * 1.15, float(cap)), (neck, float(cap) + 2)],
            np.stack([half, y], 1),
            [(w / 2 - 0.5, h * 0.96), (w * 0.45, h - 1.0)],
        ]
    )
    outline = np.concatenate(
        [np.stack([w / 2 - side[:, 0], side[:, 1]], 1), np.stack([w / 2 + side[:, 0], side[:, 1]], 1)[::-1]]
    )
    return c.image(), _solid(w, h, outline)


FORMS: dict[str, Callable[[Product, int, int, np.random.Generator], Form]] = {
    "box": _box,
    "pouch": _pouch,
    "carton": _carton,
    "can": _can,
    "jar": _jar,
    "bottle": _bottle,
}


def packshot(pack: Pack, height: int = 900) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """A studio picture on white with a soft shadow, RGB uint8, and the pack's box (x0, y0, x1, y1) in it."""
    sh, sw = pack.sprite.shape[:2]
    scale = height * 0.86 / sh
    size = (round(sw * scale), round(sh * scale))
    sprite = cv2.resize(pack.sprite, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    width = round(size[0] + height * 0.16)
    c = Canvas(width, height, (255, 255, 255))
    x, y = (width - size[0]) // 2, round(height * 0.06)
    foot = y + size[1]
    c.ellipse(width / 2, foot - 2, size[0] * 0.5, height * 0.012, (60, 60, 70), 0.55, soften=height * 0.012)
    c.ellipse(width / 2, foot + 2, size[0] * 0.55, height * 0.02, (120, 120, 130), 0.35, soften=height * 0.03)
    c.paste(np.asarray(sprite[..., :3], np.uint8), x, y, as_mask(sprite[..., 3]) / np.float32(255))
    return c.image(), (x, y, x + size[0], foot)
