"""Pictures of everything that is not a product: signs, walls, carpets, shelf boards, labels, posters, people, plants."""

import cv2
import numpy as np
from numpy.typing import NDArray

from . import barcode
from .canvas import BLACK, WHITE, Canvas, Colour, Mask, hsv, linear_ramp, mix, polygon_mask, rounded_points, smooth_noise
from .catalogue import Company, Product
from .lettering import BOLD, PLAIN, SMALL, Face, readable, write
from .motifs import leaf
from .packs import Pack

Image = NDArray[np.uint8]
SYMBOL = {"EUR": "€", "GBP": "£", "CHF": "CHF", "NOK": "kr"}


def colours(company: Company) -> tuple[Colour, Colour]:
    """A company's main and second colour."""
    return hsv(company.hue, 0.72, 0.55), hsv((company.hue + 35) % 360, 0.55, 0.9)


def emblem(c: Canvas, company: Company, x: float, y: float, r: float) -> None:
    """A small company mark, a different one for each hue."""
    main, second = colours(company)
    kind = int(company.hue) % 4
    if kind == 0:
        c.ellipse(x, y, r, r, second)
        c.ellipse(x + r * 0.25, y - r * 0.15, r * 0.72, r * 0.72, WHITE)
    elif kind == 1:
        for k in range(3):
            leaf(c, x, y + r * 0.8, r * 1.7, mix(second, WHITE, 0.2 * k), -130 + 40 * k)
    elif kind == 2:
        c.polygon([(x - r, y + r * 0.7), (x - r * 0.2, y - r * 0.8), (x + r * 0.2, y - r * 0.1), (x + r * 0.5, y - r * 0.5), (x + r, y + r * 0.7)], second)
    else:
        c.polygon(rounded_points(x - r, y - r, 2 * r, 2 * r, r * 0.4), second)
        write(c, company.name[0], x, y, r * 1.5, r * 1.4, main, Face("serif", 320))


def fascia(company: Company, width: int, height: int) -> Image:
    """The sign over a booth's front: company name and booth number."""
    main, second = colours(company)
    c = Canvas(width, height)
    c.gradient(mix(main, WHITE, 0.08), mix(main, BLACK, 0.2))
    c.polygon([(0, height * 0.92), (width, height * 0.92), (width, height), (0, height)], second)
    emblem(c, company, height * 0.75, height * 0.47, height * 0.27)
    write(c, company.name, height * 1.25, height * 0.47, width * 0.6, height * 0.42, WHITE, Face("sans", 650), align="left")
    c.polygon([(width - height * 2.5, 0), (width, 0), (width, height * 0.92), (width - height * 2.35, height * 0.92)], WHITE)
    write(c, f"Hall {company.hall} · {company.booth}", width - height * 1.2, height * 0.47, height * 1.95, height * 0.38, main, BOLD)
    return c.image()


def blade(company: Company, width: int, height: int) -> Image:
    """The plate that stands out into the aisle: the booth number, large."""
    main, second = colours(company)
    c = Canvas(width, height, WHITE)
    c.polygon([(0, 0), (width, 0), (width, height * 0.3), (0, height * 0.3)], main)
    write(c, f"HALL {company.hall}", width / 2, height * 0.15, width * 0.7, height * 0.15, WHITE, BOLD)
    write(c, company.booth, width / 2, height * 0.56, width * 0.8, height * 0.36, mix(main, BLACK, 0.35), Face("sans", 800))
    write(c, company.name.split(" ")[0], width / 2, height * 0.87, width * 0.84, height * 0.13, mix(main, BLACK, 0.35), Face("sans", 500))
    return c.image()


def back_wall(company: Company, width: int, height: int, seed: int) -> Image:
    """The booth's printed rear wall with its name high up and a slogan, lit by spots from above."""
    main, second = colours(company)
    rng = np.random.default_rng([seed, 3])
    light = int(company.hue) % 3 != 0
    ground = mix(WHITE, second, 0.14) if light else mix(main, BLACK, 0.15)
    ink = mix(main, BLACK, 0.3) if light else WHITE
    c = Canvas(width, height)
    c.gradient(mix(ground, WHITE, 0.1), mix(ground, BLACK, 0.1))
    t = np.linspace(0, 1, 60)
    for k in range(3):
        y = height * (0.78 + 0.07 * k) + np.sin(t * 5 + k * 1.3 + float(rng.uniform(0, 6))) * height * 0.035
        c.polygon(np.concatenate([np.stack([t * width, y], 1), [(width, height), (0, height)]]), mix(second if k % 2 else main, ground, 0.35), 0.8)
    emblem(c, company, width * 0.13, height * 0.12, height * 0.065)
    write(c, company.name.rsplit(" ", 1)[0], width * 0.19, height * 0.1, width * 0.6, height * 0.085, ink, Face("sans", 750), align="left")
    write(c, company.slogan, width * 0.19, height * 0.165, width * 0.5, height * 0.035, ink, Face("italic", 400), align="left")
    light_map = np.full((height, width), 0.8, np.float32)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    for x in (0.17, 0.5, 0.83):
        spread = (xx - x * width) / (width * (0.1 + 0.16 * yy / height))
        light_map += 0.34 * np.exp(-spread ** 2) * np.exp(-yy / height * 1.4)
    light_map *= 1 - 0.3 * np.exp(-(height - yy) / (height * 0.08)) - 0.2 * np.exp(-np.minimum(xx, width - xx) / (width * 0.04))
    c.shade(light_map)
    return c.image()


def plain_wall(colour: Colour, width: int, height: int, seed: int) -> Image:
    """A panel wall with seams, darker at the foot."""
    rng = np.random.default_rng([seed, 4])
    c = Canvas(width, height, colour)
    yy = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    xx = np.arange(width, dtype=np.float32)[None]
    seam = 1 - 0.18 * np.exp(-((xx % (width / 3)) / 2.0) ** 2)
    c.shade(((1.02 - 0.24 * yy) * seam * (0.98 + 0.04 * smooth_noise(rng, width, height, 9))).astype(np.float32))
    return c.image()


def carpet(colour: Colour, width: int, height: int, seed: int) -> Image:
    """Needle felt with light pools and tread marks."""
    rng = np.random.default_rng([seed, 6])
    c = Canvas(width, height, colour)
    grain = rng.normal(0, 0.05, (height, width)).astype(np.float32)
    c.shade((0.94 + grain + 0.16 * (smooth_noise(rng, width, height, 7) - 0.4) + 0.06 * (smooth_noise(rng, width, height, 60) - 0.5)).astype(np.float32))
    return c.image()


def shelf_back(width: int, height: int, levels: list[float], tone: Colour) -> Image:
    """The panel behind the boards; `levels` are the boards' heights as parts of the panel (0 = top), dark right below each."""
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
    grain = cv2.resize(rng.random((max(2, height // 3), 12), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    c.shade((0.5 + 0.34 * linear_ramp(width, height, 90) + 0.09 * (grain - 0.5)).astype(np.float32))
    return c.image()


def price_label(p: Product, width: int = 480, height: int = 288) -> Image:
    """A shelf-edge label: name, quantity, price with currency, bar code."""
    c = Canvas(width, height, (253, 252, 246))
    c.polygon([(0, 0), (width, 0), (width, height * 0.05), (0, height * 0.05)], (214, 40, 46))
    write(c, p.brand, width * 0.04, height * 0.14, width * 0.5, height * 0.1, BLACK, BOLD, align="left")
    write(c, f"{p.noun} {p.flavour.name}", width * 0.04, height * 0.27, width * 0.9, height * 0.09, BLACK, PLAIN, align="left")
    write(c, p.quantity, width * 0.96, height * 0.14, width * 0.3, height * 0.08, BLACK, PLAIN, align="right")
    write(c, f"{SYMBOL[p.currency]} {p.price:.2f}", width * 0.97, height * 0.54, width * 0.46, height * 0.3, BLACK, Face("sans", 800), align="right")
    write(c, f"{p.sku}", width * 0.97, height * 0.86, width * 0.4, height * 0.07, (70, 70, 70), SMALL, align="right")
    barcode.draw(c, p.barcode, int(width * 0.02), int(height * 0.38), 2, int(height * 0.46))
    c.polygon([(0, height - 3), (width, height - 3), (width, height), (0, height)], (170, 170, 166))
    return c.image()


def poster(company: Company, pack: Pack, width: int, height: int) -> Image:
    """A roll-up with one product, large."""
    main, second = colours(company)
    c = Canvas(width, height)
    c.gradient(mix(second, WHITE, 0.5), mix(main, BLACK, 0.2), 80)
    for k in range(5):
        c.glow(width * (0.1 + 0.2 * k), height * (0.45 + 0.1 * (k % 2)), width * 0.6, mix(second, WHITE, 0.6), 0.35)
    tall = height * 0.42
    scale = min(tall / pack.sprite.shape[0], width * 0.7 / pack.sprite.shape[1])
    small = cv2.resize(pack.sprite, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x, y = int(width / 2 - small.shape[1] / 2), int(height * 0.36)
    c.ellipse(width / 2, y + small.shape[0], small.shape[1] * 0.6, height * 0.016, BLACK, 0.5, soften=height * 0.01)
    c.paste(np.ascontiguousarray(small[..., :3]), x, y, small[..., 3].astype(np.float32) / 255)
    write(c, pack.product.brand, width / 2, height * 0.13, width * 0.84, height * 0.1, mix(main, BLACK, 0.4), Face("sans", 850))
    write(c, "NEW: " + pack.product.flavour.name, width / 2, height * 0.24, width * 0.8, height * 0.06, mix(main, BLACK, 0.3), Face("italic", 600))
    write(c, company.slogan, width / 2, height * 0.86, width * 0.84, height * 0.05, WHITE, Face("italic", 450))
    write(c, f"Hall {company.hall} · {company.booth}", width / 2, height * 0.93, width * 0.6, height * 0.035, WHITE, PLAIN)
    return c.image()


def counter(company: Company, width: int, height: int) -> Image:
    main, second = colours(company)
    c = Canvas(width, height)
    c.gradient((250, 250, 250), (196, 196, 200))
    emblem(c, company, width / 2, height * 0.3, height * 0.14)
    write(c, company.name.rsplit(" ", 1)[0], width / 2, height * 0.57, width * 0.8, height * 0.12, mix(main, BLACK, 0.2), Face("sans", 700))
    c.polygon([(0, height * 0.86), (width, height * 0.86), (width, height), (0, height)], main)
    return c.image()


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
    c.polygon([(size * 0.56, size * 1.45), (size * 0.7, size * 1.45), (size * 0.65, size * 1.98), (size * 0.54, size * 1.98)], (150, 148, 146), 0.7)
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
    c.polygon([(0, height * 0.44), (width, height * 0.44), (width, height * 0.52), (0, height * 0.52)], (236, 190, 30), 0.9)
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
            x, w, h = float(rng.uniform(0, width)), width * float(rng.uniform(0.02, 0.05)), height * float(rng.uniform(0.16, 0.28)) * (0.75 + 0.25 * layer)
            tone = mix(hsv(float(rng.uniform(0, 360)), float(rng.uniform(0.1, 0.6)), float(rng.uniform(0.45, 0.9))), (96, 92, 90), 0.45 - 0.3 * layer)
            top = height * 0.79 - h
            c.polygon([(x, top + h * 0.22), (x + w, top + h * 0.22), (x + w, height * 0.8), (x, height * 0.8)], mix(tone, (236, 232, 226), 0.6))
            c.polygon([(x, top), (x + w, top), (x + w, top + h * 0.2), (x, top + h * 0.2)], tone)
            c.polygon([(x + w * 0.12, top + h * 0.05), (x + w * 0.6, top + h * 0.05), (x + w * 0.6, top + h * 0.15), (x + w * 0.12, top + h * 0.15)], WHITE, 0.7)
            for k in range(3):
                c.polygon([(x + w * 0.15, top + h * (0.42 + 0.15 * k)), (x + w * 0.85, top + h * (0.42 + 0.15 * k)), (x + w * 0.85, top + h * (0.5 + 0.15 * k)), (x + w * 0.15, top + h * (0.5 + 0.15 * k))], mix(tone, (90, 80, 76), 0.4), 0.8)
    for _ in range(70):
        x, h = float(rng.uniform(0, width)), height * float(rng.uniform(0.15, 0.19))
        tone, foot = mix((30, 30, 40), (120, 110, 110), float(rng.uniform(0, 1))), height * 0.815
        c.polygon(rounded_points(x - h * 0.13, foot - h * 0.84, h * 0.26, h * 0.5, h * 0.1), tone)
        c.polygon(rounded_points(x - h * 0.09, foot - h * 0.45, h * 0.18, h * 0.45, h * 0.04), mix(tone, BLACK, 0.4))
        c.ellipse(x, foot - h * 0.93, h * 0.06, h * 0.08, (176, 138, 116))
    c.polygon([(0, height * 0.8), (width, height * 0.8), (width, height), (0, height)], (84, 82, 84))
    c.pixels[:] = cv2.GaussianBlur(c.pixels, (0, 0), width / 1100)
    return c.image()


def cover_of(points: NDArray[np.float64], width: int, height: int) -> Mask:
    """A polygon's cover cut to width x height."""
    out = np.zeros((height, width), np.float32)
    mask, (x, y) = polygon_mask(points)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
    if x1 > x0 and y1 > y0:
        out[y0:y1, x0:x1] = mask[y0 - y:y1 - y, x0 - x:x1 - x]
    return out
