"""Pictures of everything that is not a product: signs, walls, carpets, shelf boards, labels, posters, people,
plants."""

import cv2
import numpy as np
from numpy.typing import NDArray

from . import barcode
from .canvas import (
    BLACK,
    Canvas,
    Colour,
    Mask,
    linear_ramp,
    polygon_mask,
    smooth_noise,
)
from .catalogue import Product
from .lettering import BOLD, PLAIN, SMALL, Face, write

Image = NDArray[np.uint8]
SYMBOL = {"EUR": "€", "GBP": "£", "CHF": "CHF", "NOK": "kr"}


def plain_wall(colour: Colour, width: int, height: int, seed: int) -> Image:
    """A panel wall with seams, darker at the foot."""
    rng = np.random.default_rng([seed, 4])
    c = Canvas(width, height, colour)
    yy = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    xx = np.arange(width, dtype=np.float32)[None]
    seam = 1 - 0.18 * np.exp(-(((xx % (width / 3)) / 2.0) ** 2))
    c.shade(((1.02 - 0.24 * yy) * seam * (0.98 + 0.04 * smooth_noise(rng, width, height, 9))).astype(np.float32))
    return c.image()


def carpet(colour: Colour, width: int, height: int, seed: int) -> Image:
    """Needle felt with light pools and tread marks."""
    rng = np.random.default_rng([seed, 6])
    c = Canvas(width, height, colour)
    grain = rng.normal(0, 0.05, (height, width)).astype(np.float32)
    c.shade(
        (
            0.94
            + grain
            + 0.16 * (smooth_noise(rng, width, height, 7) - 0.4)
            + 0.06 * (smooth_noise(rng, width, height, 60) - 0.5)
        ).astype(np.float32)
    )
    return c.image()


def shelf_back(width: int, height: int, levels: list[float], tone: Colour) -> Image:
    """The panel behind the boards; `levels` are the boards' heights as parts of the panel (0 = top), dark right
    below each."""
    c = Canvas(width, height, tone)
    yy = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    light = np.full((height, width), 0.78, np.float32) - 0.12 * yy
    for level in levels:
        below = np.clip(yy - level, 0, 1)
        light -= np.where(yy >= level, 0.38 * np.exp(-below / 0.05), 0)
        light -= np.where(yy < level, 0.22 * np.exp(-(level - yy) / 0.03), 0)
    c.shade(light)
    return c.image()


def board_top(width: int, height: int, tone: Colour, seed: int) -> Image:
    """A board seen from above: wood grain, darker towards the back."""
    rng = np.random.default_rng([seed, 8])
    c = Canvas(width, height, tone)
    grain = cv2.resize(
        rng.random((max(2, height // 3), 12), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    c.shade((0.5 + 0.34 * linear_ramp(width, height, 90) + 0.09 * (grain - 0.5)).astype(np.float32))
    return c.image()


def price_label(p: Product, width: int = 480, height: int = 288) -> Image:
    """A shelf-edge label: name, quantity, price with currency, bar code."""
    c = Canvas(width, height, (253, 252, 246))
    c.polygon([(0, 0), (width, 0), (width, height * 0.05), (0, height * 0.05)], (214, 40, 46))
    write(c, p.brand, width * 0.04, height * 0.14, width * 0.5, height * 0.1, BLACK, BOLD, align="left")
    write(
        c,
        f"{p.noun} {p.flavour.name}",
        width * 0.04,
        height * 0.27,
        width * 0.9,
        height * 0.09,
        BLACK,
        PLAIN,
        align="left",
    )
    write(c, p.quantity, width * 0.96, height * 0.14, width * 0.3, height * 0.08, BLACK, PLAIN, align="right")
    write(
        c,
        f"{SYMBOL[p.currency]} {p.price:.2f}",
        width * 0.97,
        height * 0.54,
        width * 0.46,
        height * 0.3,
        BLACK,
        Face("sans", 800),
        align="right",
    )
    write(c, f"{p.sku}", width * 0.97, height * 0.86, width * 0.4, height * 0.07, (70, 70, 70), SMALL, align="right")
    barcode.draw(c, p.barcode, int(width * 0.02), int(height * 0.38), 2, int(height * 0.46))
    c.polygon([(0, height - 3), (width, height - 3), (width, height), (0, height)], (170, 170, 166))
    return c.image()


def cover_of(points: NDArray[np.float64], width: int, height: int) -> Mask:
    """A polygon's cover cut to width x height."""
    out = np.zeros((height, width), np.float32)
    mask, (x, y) = polygon_mask(points)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = mask[y0 - y : y1 - y, x0 - x : x1 - x]
    return out
