"""Square codes that the plain pass missed: enlarged, sharpened, cleaned, one kind of treatment after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from scout_ocr.barcodes.proposals import SIDE, Gray, smaller
from scout_ocr.barcodes.zxing import MATRIX, scan
from scout_ocr.reading import Barcode

PIXELS = 700_000  # of one enlarged picture
WEAK = frozenset({"PDF417", "MicroPDF417", "CompactPDF417", "MicroQRCode", "RMQRCode"})


def rescue(gray: Gray) -> list[Barcode]:
    """Codes of a place that looks like one; the first treatment that reads anything ends the search."""
    place = textured(gray)
    if place is None:
        return []
    x, y, width, height = place
    crop = gray[y : y + height, x : x + width]
    weak: set[tuple[str, str]] = set()
    for name, picture, scale, whole in _treated(crop):
        codes = scan(picture, MATRIX, global_threshold=whole, found_by=name)
        good = [c for c in codes if c.format not in WEAK or (c.format, c.text) in weak]
        if good:
            return [_moved(code, scale, x, y) for code in good]
        weak |= {(code.format, code.text) for code in codes}
    return []


def textured(gray: Gray) -> tuple[int, int, int, int] | None:
    """(x, y, width, height) of the largest place that is half dark, half bright, in small pieces; None where none is.

    Print has far less dark than bright; stripes have one direction only.
    """
    scale = min(1.0, SIDE / max(gray.shape))
    small = smaller(gray, scale)
    gx = np.abs(cv2.Sobel(small, cv2.CV_32F, 1, 0))
    gy = np.abs(cv2.Sobel(small, cv2.CV_32F, 0, 1))
    window = (15, 15)
    strong = np.minimum(cv2.blur(gx, window), cv2.blur(gy, window))
    mean = np.asarray(cv2.blur(small, (31, 31)), dtype=np.uint8)
    dark = cv2.blur((small < mean).astype(np.float32), (25, 25))
    mask = ((strong > max(25.0, 0.35 * float(strong.max()))) & (dark > 0.35) & (dark < 0.65)).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed)
    best = max(stats[1:], key=lambda s: int(s[cv2.CC_STAT_AREA]), default=None)
    if best is None or not _compact(best):
        return None
    left, top, width, height = (int(value) for value in best[:4])
    margin = max(8, max(width, height) // 4)
    x0, y0 = max(0, int((left - margin) / scale)), max(0, int((top - margin) / scale))
    x1, y1 = int((left + width + margin) / scale), int((top + height + margin) / scale)
    return x0, y0, min(x1, gray.shape[1]) - x0, min(y1, gray.shape[0]) - y0


def _compact(stats: np.ndarray) -> bool:
    """At least 24 pixels each way, no line of text, and well filled."""
    _, _, width, height, area = (int(value) for value in stats)
    return min(width, height) >= 24 and max(width, height) < 4 * min(width, height) and area > 0.55 * width * height


def _treated(crop: Gray) -> Iterator[tuple[str, Gray, float, bool]]:
    """(name, picture, its scale, whether one threshold serves the whole)."""
    yield "global", crop, 1.0, True
    scale = min(3.0, (PIXELS / crop.size) ** 0.5)
    large = np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    yield "enlarged", large, scale, False
    for width, amount in ((1.5, 1.5), (3.0, 3.0)):
        soft = cv2.GaussianBlur(large, (0, 0), width)
        sharp = cv2.addWeighted(large, 1 + amount, soft, -amount, 0)
        yield f"sharpened {amount:g}", np.asarray(sharp, dtype=np.uint8), scale, False
    for name, way in (("closed", cv2.MORPH_CLOSE), ("opened", cv2.MORPH_OPEN)):
        yield name, np.asarray(cv2.morphologyEx(large, way, np.ones((3, 3), np.uint8)), dtype=np.uint8), scale, True
    even = cv2.createCLAHE(3.0, (4, 4)).apply(large)
    yield "evened", np.asarray(even, dtype=np.uint8), scale, True
    yield "softened", np.asarray(cv2.GaussianBlur(crop, (0, 0), 1.0), dtype=np.uint8), 1.0, True


def _moved(code: Barcode, scale: float, x: int, y: int) -> Barcode:
    if code.quad is None:
        return code
    first, second, third, fourth = ((px / scale + x, py / scale + y) for px, py in code.quad)
    return replace(code, quad=(first, second, third, fourth))
