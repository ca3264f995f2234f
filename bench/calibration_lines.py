"""Lines of text as a camera sees them, drawn: what the int8 recogniser's ranges are measured on (bench/quantise.py).

Drawn, never taken from a labelled set: accuracy measured on labelled pictures stays a measurement of something unseen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scout_vision.image import Picture

TEXT = """organic fair trade since 1894 Müller Straße Käse écrémé façon crème brûlée jamón ibérico español niño ração
pão Žluťoučký kůň příliš Łódź święta żółw smørrebrød Ærø håndværk TOTAL CASH CHANGE GST TAX INVOICE 12.50 RM 9.90 QTY 1
x 3.00 SDN BHD No. 12, JALAN TEL: 03-7784 1122 www.example.com info@shop.de Ελληνικός καφές γάλα FRESH EXIT Hotel Café
Station SALE 50% OFF OPEN 24h Restaurant Bar London STREET Platform Push Pull Danger Caution ingredients: sugar, wheat
(gluten), salt 0.5 g kcal 1200 kJ best before 12/2027 LOT A1234 4006381333931 net 250 g e EUR 2,99 €19.99 $5 £3 100%
Arabica No Added VAT #123 & Co. KG GmbH Ltd. the and of to in quick brown fox jumps over lazy dog Sphinx of black quartz
judge my vow 0123456789 Подарок чай"""
SIZES = (12, 14, 18, 22, 28, 36, 48, 64)  # pixels
LENGTHS = (1, 1, 1, 2, 2, 3, 4, 6)  # words in a line
Colour = tuple[int, int, int]


def fonts_of(folders: Sequence[Path]) -> tuple[Path, ...]:
    """The TrueType fonts in folders, by name; none that only draws formulas. Raises ValueError where there is none."""
    found = [path for folder in folders for path in sorted(folder.rglob("*.ttf")) if "Math" not in path.name]
    if not found:
        raise ValueError(f"no .ttf font in {', '.join(map(str, folders))}: name a folder with --fonts")
    return tuple(found)


def lines(count: int, fonts: Sequence[Path], seed: str) -> Iterator[tuple[Picture, str]]:
    """`count` crops, RGB uint8 (H, W, 3), with what is written in each; the same for the same fonts and seed."""
    for number in range(count):
        yield line(random.Random(f"{seed}{number}"), fonts)


def line(chance: random.Random, fonts: Sequence[Path]) -> tuple[Picture, str]:
    """A crop, RGB uint8 (H, W, 3), and what is written in it."""
    written, size = _words(chance), chance.choice(SIZES)
    image = _moved(_drawn(written, ImageFont.truetype(str(chance.choice(fonts)), size), chance), chance)
    if chance.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, size / 16)))
    if chance.random() < 0.3:
        share = chance.uniform(0.3, 0.7)
        image = image.resize((max(4, int(image.width * share)), max(4, int(image.height * share))))
    return _photographed(np.asarray(image, np.float32), chance), written


def _words(chance: random.Random) -> str:
    words = TEXT.split()
    written = " ".join(chance.choice(words) for _ in range(chance.choice(LENGTHS)))
    return written.upper() if chance.random() < 0.2 else written


def _drawn(written: str, font: ImageFont.FreeTypeFont, chance: random.Random) -> Image.Image:
    """Dark on light or light on dark, with a little room around; some of it in uneven light."""
    left, top, right, bottom = (int(edge) for edge in font.getbbox(written))
    room = chance.randint(0, max(1, int(font.size) // 3))
    paper, ink = _colours(chance)
    image = Image.new("RGB", (max(8, right - left + 2 * room), max(8, bottom - top + 2 * room)), paper)
    if chance.random() < 0.3:
        image = _lit_from_a_side(image, chance)
    ImageDraw.Draw(image).text((room - left, room - top), written, fill=ink, font=font)
    return image


def _colours(chance: random.Random) -> tuple[Colour, Colour]:
    """Of the paper, half of the time some white, and of the ink."""
    paper = _colour(chance, 0, 255)
    if chance.random() < 0.5:
        paper = _colour(chance, 200, 255)
    return paper, _colour(chance, 150, 255) if sum(paper) / 3 < 128 else _colour(chance, 0, 100)


def _colour(chance: random.Random, least: int, most: int) -> Colour:
    return chance.randint(least, most), chance.randint(least, most), chance.randint(least, most)


def _lit_from_a_side(image: Image.Image, chance: random.Random) -> Image.Image:
    across = np.linspace(0, 1, image.width)[None, :, None]
    more = np.array([chance.randint(-60, 60) for _ in range(3)])
    return Image.fromarray((np.asarray(image) + across * more).clip(0, 255).astype(np.uint8))


def _moved(image: Image.Image, chance: random.Random) -> Image.Image:
    """Some turned by up to 4 degrees, some seen from a side."""
    if chance.random() < 0.4:
        paper = image.getpixel((0, 0))
        image = image.rotate(chance.uniform(-4, 4), Image.Resampling.BICUBIC, fillcolor=paper)
    if chance.random() < 0.15:
        (w, h), q = image.size, [chance.uniform(0, 0.1) * image.height for _ in range(8)]
        corners = (q[0], q[1], q[2], h - q[3], w - q[4], h - q[5], w - q[6], q[7])
        image = image.transform((w, h), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    return image


def _photographed(pixels: NDArray[np.floating[Any]], chance: random.Random) -> Picture:
    """Some with noise, some darker and flatter, some as JPEG."""
    if chance.random() < 0.5:
        noise = np.random.default_rng(chance.randint(0, 10**6))
        pixels = pixels + noise.normal(0, chance.uniform(2, 25), pixels.shape)
    if chance.random() < 0.3:
        pixels = pixels * chance.uniform(0.3, 1) + chance.uniform(0, 60)
    picture = pixels.clip(0, 255).astype(np.uint8)
    if chance.random() < 0.4:
        _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, chance.randint(25, 90)])
        picture = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(picture)
