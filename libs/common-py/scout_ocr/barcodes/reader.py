"""Bar codes of one picture: a plain pass, and a rescue where it finds nothing.

Nothing weak is believed: EAN and UPC must agree with the bars drawn anew (templates), other bars must be read twice,
and square codes carry error correction of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from scout_ocr.barcodes import bars, squares
from scout_ocr.barcodes.proposals import SIDE, Gray, Stripes, stripes, upright
from scout_ocr.barcodes.zxing import LINEAR, barcode, scan
from scout_ocr.engine import Picture
from scout_ocr.reading import Barcode
from scout_ocr.words import Quad

EAN_FAMILY = frozenset({"EAN13", "EAN8", "UPCA", "UPCE"})
MOST_PRINTED = 0.8  # of a place: one that words cover further is print; digits under bars cover a fifth
PLACES = 3  # striped places that a rescue looks at
WIDTH, MARGIN = 640, 0.12  # an upright place: pixels across, quiet zone on each side as a part of the bars' extent
ALONG = WIDTH / (1 + 2 * MARGIN)
# Kinds without a check digit of their own and the characters they need to be believed: a few bars of another code
# pass for two digits.
SHORT = {"ITF": 6, "Codabar": 5, "Code39": 3, "Code39Std": 3, "Code39Ext": 3, "Telepen": 3}


def read_barcodes(image: Picture, thorough: bool = True, printed: Sequence[Quad] = ()) -> tuple[Barcode, ...]:
    """Bar codes and QR codes of a picture, () where there are none; quadrilaterals in its pixels.

    thorough: whether places that look like a code but were not read are tried again, at most about 0.3 s CPU a picture.
    printed: places of words that were surely read: there bars are not tried again.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    if min(gray.shape) < 8:
        return ()
    gray = np.ascontiguousarray(gray, dtype=np.uint8)
    seen = scan(gray)
    found = [code for code in (_confirmed(gray, code) for code in seen) if code is not None]
    if found or not thorough:
        return _distinct(found)
    return _distinct([*_striped(gray, printed), *squares.rescue(gray)][:8])


def _confirmed(gray: Gray, code: Barcode) -> Barcode | None:
    """A find of the plain pass, or what templates read in its place, or None where they disagree with it outright."""
    place = None if code.quad is None else _place_of(code.quad)
    if code.quad is None or place is None or code.format not in EAN_FAMILY:
        if place is not None and code.format.startswith("ITF"):
            return code if _long(code) and _whole(code, place) else None
        weak = code.format in SHORT and not (_long(code) and _seen_again(gray, code))
        return None if weak else code
    crop = upright(gray, place, WIDTH, MARGIN)
    seen = bars.read_bars(crop, ALONG, only=code.format, known=frozenset({code.text[:13]}))
    if seen is None:
        return code if _seen_again(gray, code) else None
    if bars.plain_text(seen) != code.text[:13]:
        return _as_barcode(seen, code.quad, code.found_by)
    if seen.symbology != "EAN13" or " " in code.text:
        return code
    return _as_barcode(replace(seen, add_on=_beside(gray, place)), code.quad, code.found_by)


def _beside(gray: Gray, place: Stripes) -> str:
    """Add-on digits right of a code that was read at this place."""
    turn = np.radians(place.angle)
    away = 0.8 * place.along
    centre = (place.centre[0] + away * float(np.cos(turn)), place.centre[1] + away * float(np.sin(turn)))
    crop = upright(
        gray, Stripes(centre=centre, along=0.6 * place.along, height=place.height, angle=place.angle), 400, 0
    )
    # the crop begins where the code ends
    return bars.add_on(bars.strips(crop), 400 / 0.6 / 95)


def _long(code: Barcode) -> bool:
    return len(code.text) >= SHORT.get(code.format, 1)


def _whole(code: Barcode, place: Stripes) -> bool:
    """Whether an ITF is no part of a longer one, read by few scan lines that leave the bars aslant."""
    return len(code.text) >= 14 or place.height > max(5.0, 0.08 * place.along)


def _seen_again(gray: Gray, code: Barcode) -> bool:
    twice = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return any(other.text == code.text for other in scan(np.asarray(twice, dtype=np.uint8), LINEAR))


def _striped(gray: Gray, printed: Sequence[Quad]) -> Iterator[Barcode]:
    for place in stripes(gray, PLACES):
        if printed and share_printed(place, printed, gray) > MOST_PRINTED:
            continue
        crop = upright(gray, place, WIDTH, MARGIN)
        code = _read_place(crop, place) if bars.barred(crop) else None
        if code is not None:
            yield code


def share_printed(place: Stripes, printed: Sequence[Quad], gray: Gray) -> float:
    """Part of a place that words cover, 0 to 1."""
    scale = min(1.0, SIDE / max(gray.shape))
    size = (round(gray.shape[0] * scale) + 1, round(gray.shape[1] * scale) + 1)
    inside, covered = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    cv2.fillConvexPoly(inside, np.rint(np.array(_corners(place)) * scale).astype(np.int32), 1)
    for quad in printed:
        cv2.fillConvexPoly(covered, np.rint(np.array(quad) * scale).astype(np.int32), 1)
    return float((inside & covered).sum()) / max(1, int(inside.sum()))


def _read_place(crop: Gray, place: Stripes) -> Barcode | None:
    """Bars of other kinds than EAN must be read alike by two passes; EAN by the templates too, or by them alone."""
    seen: list[Barcode] = []
    for name, picture in _sharpened(crop):
        for code in scan(picture, LINEAR, found_by=name):
            again = any((other.format, other.text) == (code.format, code.text) for other in seen)
            if again and code.format not in EAN_FAMILY and _long(code):
                return replace(code, quad=_corners(place))
            seen.append(code)
    retail = [code for code in seen if code.format in EAN_FAMILY]
    bars_seen = bars.read_bars(crop, ALONG, known=frozenset(code.text[:13] for code in retail))
    if bars_seen is None:
        return None
    text = bars.plain_text(bars_seen)
    add_ons = Counter(code.text[14:] for code in retail if code.text[:13] == text and len(code.text) > 13)
    if not bars_seen.add_on and add_ons and bars_seen.symbology == "EAN13":
        best, times = add_ons.most_common(1)[0]
        bars_seen = replace(bars_seen, add_on=best if times > 1 else "")
    return _as_barcode(bars_seen, _corners(place), "templates")


def _sharpened(crop: Gray) -> Iterator[tuple[str, Gray]]:
    """Averaged along the bars, then sharpened across them, ever more."""
    yield "upright", crop
    smooth = cv2.blur(crop, (1, max(3, crop.shape[0] // 10)))
    for width, amount in ((4, 2.0), (7, 4.0), (10, 8.0)):
        soft = cv2.GaussianBlur(smooth, (0, 0), width)
        yield f"sharpened {amount:g}", np.asarray(cv2.addWeighted(smooth, 1 + amount, soft, -amount, 0), dtype=np.uint8)


def _as_barcode(seen: bars.Bars, quad: Quad, found_by: str) -> Barcode:
    name = "EAN13" if seen.symbology == "EAN13" else seen.symbology
    return barcode(name, bars.plain_text(seen) + seen.add_on, quad, found_by)


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
    """Each payload once; where one code was read with and without its add-on, with it. A part of a retail code that
    passes for a shorter one is left out."""
    found: dict[tuple[str, str], Barcode] = {}
    for code in sorted(codes, key=lambda code: -len(code.text)):
        if any(_is_part(code, longer) for longer in found.values()):
            continue
        key = (code.gtin or code.text.strip(), "" if code.gtin else code.format)
        found.setdefault(key, code)
    order = {id(code): n for n, code in enumerate(codes)}
    return tuple(sorted(found.values(), key=lambda code: order[id(code)]))


def _is_part(code: Barcode, longer: Barcode) -> bool:
    """Whether both are retail codes and the middle of the shorter lies on the longer, whose outline may be a line."""
    if code.quad is None or longer.quad is None or not {code.format, longer.format} <= EAN_FAMILY:
        return False
    one, other = np.array(code.quad, np.float32), np.array(longer.quad, np.float32)
    reach = float(np.linalg.norm(other - other.mean(axis=0), axis=1).max())
    return len(code.text) < len(longer.text) and float(np.linalg.norm(one.mean(axis=0) - other.mean(axis=0))) < reach
