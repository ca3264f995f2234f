"""From the space of a PDF page (points, upwards, perhaps turned and cropped) to pixels of the upright page."""

from __future__ import annotations

from ctypes import byref, c_int
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as c

from scout_ocr.words import Quad

_FINE = 64  # pdfium answers in whole pixels: asked for a page that much larger, it tells fractions
_STEP = 1000.0


@dataclass(frozen=True, kw_only=True)
class Placement:
    """x' = ax + by + e, y' = cx + dy + f. width, height: the page in pixels."""

    width: int
    height: int
    matrix: tuple[float, float, float, float, float, float]

    @classmethod
    def of(cls, page: pdfium.PdfPage, dpi: float) -> Placement:
        wide, high = page.get_size()
        width, height = max(1, round(wide * dpi / 72)), max(1, round(high * dpi / 72))
        e, f = _mapped(page, width, height, 0.0, 0.0)
        ax, cx = _mapped(page, width, height, _STEP, 0.0)
        by, dy = _mapped(page, width, height, 0.0, _STEP)
        matrix = ((ax - e) / _STEP, (by - e) / _STEP, (cx - f) / _STEP, (dy - f) / _STEP, e, f)
        return cls(width=width, height=height, matrix=matrix)

    def point(self, x: float, y: float) -> tuple[float, float]:
        a, b, c_, d, e, f = self.matrix
        return a * x + b * y + e, c_ * x + d * y + f

    def back(self, x: float, y: float) -> tuple[float, float]:
        """From a pixel to the space of the page."""
        a, b, c_, d, e, f = self.matrix
        turned = a * d - b * c_
        return (d * (x - e) - b * (y - f)) / turned, (a * (y - f) - c_ * (x - e)) / turned

    def quad(self, left: float, bottom: float, right: float, top: float) -> Quad:
        """Corners of an upright box of the page's space, clockwise from where its text begins."""
        return self.point(left, top), self.point(right, top), self.point(right, bottom), self.point(left, bottom)

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """(left, top, right, bottom), pixels."""
        xs, ys = zip(*self.quad(left, bottom, right, top), strict=True)
        return min(xs), min(ys), max(xs), max(ys)


def _mapped(page: pdfium.PdfPage, width: int, height: int, x: float, y: float) -> tuple[float, float]:
    across, down = c_int(), c_int()
    c.FPDF_PageToDevice(page, 0, 0, width * _FINE, height * _FINE, 0, x, y, byref(across), byref(down))
    return across.value / _FINE, down.value / _FINE
