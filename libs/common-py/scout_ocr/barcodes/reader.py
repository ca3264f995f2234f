"""Bar codes of one picture: a plain pass; where it finds nothing and something looks like a code, a rescue.

Nothing weak is believed: EAN and UPC must agree with the bars drawn anew (templates), other bars must be read twice, and
square codes carry error correction of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from scout_ocr.barcodes import bars, squares
from scout_ocr.barcodes.proposals import Gray, Stripes, stripes, upright
from scout_ocr.barcodes.zxing import LINEAR, barcode, scan
from scout_ocr.engine import Picture
from scout_ocr.reading import Barcode
from scout_ocr.words import Quad

EAN_FAMILY = frozenset({"EAN13", "EAN8", "UPCA", "UPCE"})
PLACES = 3  # striped places that a rescue looks at
WIDTH, MARGIN = 640, 0.12  # an upright place: pixels across, quiet zone on each side as a part of the bars' extent


def read_barcodes(image: Picture, thorough: bool = True) -> tuple[Barcode, ...]:
    """Bar codes and QR codes of a picture, () where there are none; quadrilaterals in its pixels.

    thorough: whether places that look like a code but were not read are tried again, at most about 0.3 s CPU a picture.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    if min(gray.shape) < 8:
        return ()
    gray = np.ascontiguousarray(gray, dtype=np.uint8)
    seen = scan(gray)
    found = [code for code in (_confirmed(gray, code) for code in seen) if code is not None]
    if found or not thorough:
        return _distinct(found)
    return _distinct([*_striped(gray), *squares.rescue(gray)][:8])


def _confirmed(gray: Gray, code: Barcode) -> Barcode | None:
    """A find of the plain pass, or what templates read in its place, or None where they disagree with it outright."""
    if code.format not in EAN_FAMILY or code.quad is None:
        return code
    place = _place_of(code.quad)
    if place is None:
        return code
    crop = upright(gray, place, WIDTH, MARGIN)
    seen = bars.read_bars(crop, WIDTH / (1 + 2 * MARGIN), only=code.format)
    if seen is None:
        return code if _seen_again(gray, code) else None
    return _as_barcode(seen, code.quad, code.found_by) if _code(seen) != code.text[:13] or seen.add_on else code


def _seen_again(gray: Gray, code: Barcode) -> bool:
    twice = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return any(other.text == code.text for other in scan(np.asarray(twice, dtype=np.uint8), LINEAR))


def _striped(gray: Gray) -> Iterator[Barcode]:
    for place in stripes(gray, PLACES):
        crop = upright(gray, place, WIDTH, MARGIN)
        code = _other_bars(crop, place) or _bars(crop, place)
        if code is not None:
            yield code


def _bars(crop: Gray, place: Stripes) -> Barcode | None:
    seen = bars.read_bars(crop, WIDTH / (1 + 2 * MARGIN))
    return None if seen is None else _as_barcode(seen, _corners(place), "templates")


def _other_bars(crop: Gray, place: Stripes) -> Barcode | None:
    """Bars of other kinds than EAN, read alike by two passes."""
    seen: set[tuple[str, str]] = set()
    for name, picture in _sharpened(crop):
        for code in scan(picture, LINEAR, found_by=name):
            if code.format in EAN_FAMILY:
                continue
            if (code.format, code.text) in seen:
                return replace(code, quad=_corners(place))
            seen.add((code.format, code.text))
    return None


def _sharpened(crop: Gray) -> Iterator[tuple[str, Gray]]:
    """Averaged along the bars, then sharpened across them, ever more."""
    yield "upright", crop
    smooth = cv2.blur(crop, (1, max(3, crop.shape[0] // 10)))
    for width, amount in ((4, 2.0), (7, 4.0), (10, 8.0)):
        soft = cv2.GaussianBlur(smooth, (0, 0), width)
        yield f"sharpened {amount:g}", np.asarray(cv2.addWeighted(smooth, 1 + amount, soft, -amount, 0), dtype=np.uint8)


def _as_barcode(seen: bars.Bars, quad: Quad, found_by: str) -> Barcode:
    name = "EAN13" if seen.symbology == "EAN13" else seen.symbology
    return barcode(name, _code(seen) + seen.add_on, quad, found_by)


def _code(seen: bars.Bars) -> str:
    return bars.plain_text(seen)


def _place_of(quad: Quad) -> Stripes | None:
    """The quadrilateral of a find; one scan line gives it no height, so a little of the bars is added."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    along = float(np.hypot(bx - ax + cx - dx, by - ay + cy - dy) / 2)
    height = float(np.hypot(dx - ax + cx - bx, dy - ay + cy - by) / 2)
    if along < 20:
        return None
    angle = float(np.degrees(np.arctan2(by - ay + cy - dy, bx - ax + cx - dx)))
    centre = ((ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4)
    return Stripes(centre=centre, along=along, height=max(height, 4.0), angle=angle)


def _corners(place: Stripes) -> Quad:
    box = ((place.centre), (place.along, place.height), place.angle)
    turn = np.radians(box[2])
    across, down = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    points = [np.array(place.centre) + across * place.along / 2 * x + down * place.height / 2 * y for x, y in signs]
    return tuple((float(x), float(y)) for x, y in points)  # type: ignore[return-value]


def _distinct(codes: list[Barcode]) -> tuple[Barcode, ...]:
    """Each payload once; where one code was read with and without its add-on, with it."""
    found: dict[tuple[str, str], Barcode] = {}
    for code in sorted(codes, key=lambda code: -len(code.text)):
        key = (code.gtin or code.text.strip(), "" if code.gtin else code.format)
        found.setdefault(key, code)
    order = {id(code): n for n, code in enumerate(codes)}
    return tuple(sorted(found.values(), key=lambda code: order[id(code)]))
