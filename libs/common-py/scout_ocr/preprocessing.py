"""A picture made easier to read: even light, less noise, larger letters, a slanting label seen from the front.

Text at an angle needs none of this: each line is levelled by its own quadrilateral when it is cut out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture

_FAINT = 90.0  # grey levels between paper and ink below which contrast is spread
_NOISY = 6.0  # standard deviation of the noise, grey levels
_SMALL = 480  # pixels of the longer side below which a picture is enlarged
_SHEET = (0.12, 0.95)  # least and most of the picture that a label or sign fills
_SLANT = 0.04  # of its sides' length: a sheet that differs less from a rectangle needs no rectification


@dataclass(frozen=True, eq=False)
class View:
    """picture: (H, W, 3) RGB. back: (3, 3), its pixels -> those of the picture it was made from. made_by: what was
    done."""

    picture: Picture
    back: NDArray[np.float64]
    made_by: str

    def quads_back(self, quads: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, 4, 2) in the view -> in the picture."""
        if not len(quads):
            return quads
        points = cv2.perspectiveTransform(quads.reshape(-1, 1, 2).astype(np.float64), self.back)
        return np.asarray(points.reshape(-1, 4, 2), np.float32)


def views_of(image: Picture) -> Iterator[View]:
    """Other views of a picture that read badly, only those that there is a reason for."""
    sheet = sheet_of(image)
    if sheet is not None:
        yield rectified(image, sheet)
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    faint = float(np.percentile(grey, 99) - np.percentile(grey, 1)) < _FAINT
    noisy = noise_of(grey) > _NOISY
    small = max(image.shape[:2]) < _SMALL
    if faint or noisy or small:
        scale = 2.0 if small else 1.0
        cleaned = denoised(image) if noisy else image
        cleaned = evened(cleaned) if faint else cleaned
        names = [name for name, done in (("denoised", noisy), ("evened", faint), ("enlarged", small)) if done]
        yield View(enlarged(cleaned, scale), np.diag([1 / scale, 1 / scale, 1.0]), " ".join(names))


def evened(image: Picture) -> Picture:
    """Contrast spread over the whole range, then place by place (CLAHE, Zuiderveld 1994), the colours kept."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    dark, light = np.percentile(lab[:, :, 0], [0.5, 99.5])
    full = ((lab[:, :, 0] - dark) * (255 / max(1.0, light - dark))).clip(0, 255).astype(np.uint8)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(full)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def denoised(image: Picture) -> Picture:
    """Grain taken out and edges kept: a median against specks, then a bilateral filter (Tomasi and Manduchi 1998)."""
    return np.asarray(cv2.bilateralFilter(cv2.medianBlur(image, 3), 5, 30, 3), np.uint8)


def enlarged(image: Picture, scale: float) -> Picture:
    """Resized by `scale`, smoothly."""
    if scale == 1.0:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def noise_of(grey: NDArray[np.uint8]) -> float:
    """Standard deviation of the noise, grey levels (Immerkaer 1996, the median in place of the mean: print is no
    noise)."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    found = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))
    return float(np.median(found)) / (6 * 0.6745)


def sheet_of(image: Picture) -> NDArray[np.float32] | None:
    """Corners (4, 2) of a label or sign that is seen aslant, clockwise from the top left; None where there is none."""
    scale = min(1.0, 480 / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    best, area = None, _SHEET[0] * small.shape[0] * small.shape[1]
    for mask in _masks(np.asarray(small, np.uint8)):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            quad = _quad(np.asarray(contour, np.int32))
            if quad is not None and area < cv2.contourArea(quad) < _SHEET[1] * small.shape[0] * small.shape[1]:
                best, area = quad, cv2.contourArea(quad)
    if best is None or not _slants(best):
        return None
    return np.asarray(best / scale, np.float32)


def _masks(small: Picture) -> Iterator[NDArray[np.uint8]]:
    """Light sheets and dark ones, in each colour channel: Otsu's threshold, print filled in."""
    fill = np.ones((15, 15), np.uint8)
    for channel in cv2.split(cv2.GaussianBlur(small, (5, 5), 0)):
        for kind in (cv2.THRESH_BINARY, cv2.THRESH_BINARY_INV):
            _, mask = cv2.threshold(channel, 0, 255, kind | cv2.THRESH_OTSU)
            yield np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, fill), np.uint8)


def _quad(contour: NDArray[np.int32]) -> NDArray[np.float32] | None:
    hull = cv2.convexHull(contour)
    corners = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True).reshape(-1, 2)
    if len(corners) != 4 or cv2.contourArea(contour) < 0.85 * cv2.contourArea(corners):
        return None
    middle = corners.mean(axis=0)
    order = np.argsort(np.arctan2(*(corners - middle).T[::-1]))  # clockwise on the screen, from the left
    corners = corners[order]
    return np.asarray(np.roll(corners, -int(np.argmin(corners.sum(axis=1))), axis=0), np.float32)


def _slants(quad: NDArray[np.float32]) -> bool:
    """Whether opposite sides differ from each other: a rectangle that is merely turned is read as it is."""
    sides = np.roll(quad, -1, axis=0) - quad
    longest = float(np.linalg.norm(sides, axis=1).max())
    return bool(max(np.linalg.norm(sides[0] + sides[2]), np.linalg.norm(sides[1] + sides[3])) > _SLANT * longest)


def rectified(image: Picture, quad: NDArray[np.float32]) -> View:
    """A sheet (4, 2) seen from the front, as large as its longer sides."""
    across = max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))
    down = max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1]))
    width, height = max(8, int(across)), max(8, int(down))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(quad, np.float32), target)
    front = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    back = np.asarray(np.linalg.inv(matrix), np.float64)
    return View(np.asarray(front, np.uint8), back, "rectified")
