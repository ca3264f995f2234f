"""What a company prints: its mark and colours, signs, rear wall, roll-up, counter."""

import numpy as np
from numpy.typing import NDArray

from .canvas import BLACK, WHITE, Canvas, Colour, hsv, mix, rounded_points
from .catalogue import Company
from .lettering import BOLD, PLAIN, Face, write
from .motifs import leaf
from .packs import Pack

Image = NDArray[np.uint8]


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
        c.polygon(
            [
                (x - r, y + r * 0.7),
                (x - r * 0.2, y - r * 0.8),
                (x + r * 0.2, y - r * 0.1),
                (x + r * 0.5, y - r * 0.5),
                (x + r, y + r * 0.7),
            ],
            second,
        )
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
    write(
        c,
        company.name,
        height * 1.25,
        height * 0.47,
        width * 0.6,
        height * 0.42,
        WHITE,
        Face("sans", 650),
        align="left",
    )
    c.polygon(
        [(width - height * 2.5, 0), (width, 0), (width, height * 0.92), (width - height * 2.35, height * 0.92)], WHITE
    )
    write(
        c,
        f"Hall {company.hall} · {company.booth}",
        width - height * 1.2,
        height * 0.47,
        height * 1.95,
        height * 0.38,
        main,
        BOLD,
    )
    return c.image()


def blade(company: Company, width: int, height: int) -> Image:
    """The plate that stands out into the aisle: the booth number, large."""
    main, _second = colours(company)
    c = Canvas(width, height, WHITE)
    c.polygon([(0, 0), (width, 0), (width, height * 0.3), (0, height * 0.3)], main)
    write(c, f"HALL {company.hall}", width / 2, height * 0.15, width * 0.7, height * 0.15, WHITE, BOLD)
    write(
        c,
        company.booth,
        width / 2,
        height * 0.56,
        width * 0.8,
        height * 0.36,
        mix(main, BLACK, 0.35),
        Face("sans", 800),
    )
    write(
        c,
        company.name.split(" ")[0],
        width / 2,
        height * 0.87,
        width * 0.84,
        height * 0.13,
        mix(main, BLACK, 0.35),
        Face("sans", 500),
    )
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
        c.polygon(
            np.concatenate([np.stack([t * width, y], 1), [(width, height), (0, height)]]),
            mix(second if k % 2 else main, ground, 0.35),
            0.8,
        )
    emblem(c, company, width * 0.13, height * 0.12, height * 0.065)
    write(
        c,
        company.name.rsplit(" ", 1)[0],
        width * 0.19,
        height * 0.1,
        width * 0.6,
        height * 0.085,
        ink,
        Face("sans", 750),
        align="left",
    )
    write(
        c,
        company.slogan,
        width * 0.19,
        height * 0.165,
        width * 0.5,
        height * 0.035,
        ink,
        Face("italic", 400),
        align="left",
    )
    light_map = np.full((height, width), 0.8, np.float32)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    for x in (0.17, 0.5, 0.83):
        spread = (xx - x * width) / (width * (0.1 + 0.16 * yy / height))
        light_map += 0.34 * np.exp(-(spread**2)) * np.exp(-yy / height * 1.4)
    light_map *= (
        1 - 0.3 * np.exp(-(height - yy) / (height * 0.08)) - 0.2 * np.exp(-np.minimum(xx, width - xx) / (width * 0.04))
    )
    c.shade(light_map)
    return c.image()


def poster_picture(pack: Pack, width: float, height: float) -> tuple[float, float, float, float]:
    """Where a roll-up of that size shows its product: left, top, width, height. It is a rectangle of its own, so that
    the truth can tell a printed pack from a real one."""
    scale = min(height * 0.42 / pack.size[1], width * 0.7 / pack.size[0])
    w, h = pack.size[0] * scale, pack.size[1] * scale
    return (width - w) / 2, height * 0.36, w, h


def poster(company: Company, pack: Pack, width: int, height: int) -> Image:
    """A roll-up that leaves room for one product, large."""
    main, second = colours(company)
    c = Canvas(width, height)
    c.gradient(mix(second, WHITE, 0.5), mix(main, BLACK, 0.2), 80)
    for k in range(5):
        c.glow(width * (0.1 + 0.2 * k), height * (0.45 + 0.1 * (k % 2)), width * 0.6, mix(second, WHITE, 0.6), 0.35)
    _, top, w, h = poster_picture(pack, width, height)
    c.ellipse(width / 2, top + h, w * 0.6, height * 0.016, BLACK, 0.5, soften=height * 0.01)
    write(
        c,
        pack.product.brand,
        width / 2,
        height * 0.13,
        width * 0.84,
        height * 0.1,
        mix(main, BLACK, 0.4),
        Face("sans", 850),
    )
    write(
        c,
        "NEW: " + pack.product.flavour.name,
        width / 2,
        height * 0.24,
        width * 0.8,
        height * 0.06,
        mix(main, BLACK, 0.3),
        Face("italic", 600),
    )
    write(c, company.slogan, width / 2, height * 0.86, width * 0.84, height * 0.05, WHITE, Face("italic", 450))
    write(
        c, f"Hall {company.hall} · {company.booth}", width / 2, height * 0.93, width * 0.6, height * 0.035, WHITE, PLAIN
    )
    return c.image()


def counter(company: Company, width: int, height: int) -> Image:
    main, _second = colours(company)
    c = Canvas(width, height)
    c.gradient((250, 250, 250), (196, 196, 200))
    emblem(c, company, width / 2, height * 0.3, height * 0.14)
    write(
        c,
        company.name.rsplit(" ", 1)[0],
        width / 2,
        height * 0.57,
        width * 0.8,
        height * 0.12,
        mix(main, BLACK, 0.2),
        Face("sans", 700),
    )
    c.polygon([(0, height * 0.86), (width, height * 0.86), (width, height), (0, height)], main)
    return c.image()
