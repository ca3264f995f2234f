"""The picture that proves a sighting: packshot and frame side by side, joined by what matched.

picture = draw_evidence(packshot, frame, detection, Caption(title=..., sku=..., medium=..., ...))
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.image import Picture, encode_jpeg
from scout_vision.lettering import MEDIUM, fit, readable, write
from scout_vision.matching import Detection

Points = NDArray[np.float32]

LINES = 40
_INK, _QUIET, _RULE = (20, 24, 31), (102, 112, 133), (228, 231, 236)
_SURE, _LIKELY, _UNSURE = (22, 163, 74), (217, 119, 6), (190, 18, 60)
_PAD, _GUTTER, _CAPTION = 28, 60, 112
_COLUMN = 330  # width of the packshot's column
_PANEL_WIDTH, _PANEL_HEIGHT = (480, 780), 600
_INSET_HEIGHT = 186
_MARGIN = 0.28  # of the product's size, shown around it
_FINE = 4  # fractional bits of drawn coordinates


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What is written below. time_s: None for a photo. probability: 0..1. booth: where it stood, "" if unknown."""

    title: str
    sku: str
    medium: str
    time_s: float | None
    probability: float
    inliers: int
    booth: str = ""


@dataclass(frozen=True)
class _View:
    """A part of a picture on the page: page = (picture - origin) * scale + place. Sizes in page pixels."""

    origin: tuple[float, float]
    scale: float
    place: tuple[int, int]
    size: tuple[int, int]

    def on_page(self, points: Points) -> Points:
        moved = (points - np.array(self.origin)) * self.scale + np.array(self.place)
        return np.asarray(moved, np.float32)

    @property
    def bottom(self) -> int:
        return self.place[1] + self.size[1]


def draw_evidence(product_image: Picture, frame_image: Picture, detection: Detection, caption: Caption) -> Picture:
    """One page about 1,200 pixels wide, RGB (H, W, 3) uint8.

    product_image, frame_image: RGB, those that the detection's points refer to. The outline may lie partly outside
    the frame.
    """
    frame = _frame_view(detection.quad, frame_image.shape[1], frame_image.shape[0])
    packshot = _packshot_view(product_image, frame.on_page(detection.quad))
    inset = _inset_view(frame_image)
    size = (frame.place[0] + frame.size[0] + _PAD, _PAD + _PANEL_HEIGHT + _CAPTION)
    page = np.full((size[1], size[0], 3), 255, np.uint8)
    for picture, view in ((frame_image, frame), (product_image, packshot), (frame_image, inset)):
        _paste(page, picture, view)
    colour = _colour(caption.probability)
    _outline(page, frame, detection.quad, colour, 3)
    _outline(page, inset, detection.quad, colour, 2)
    _lines(page, packshot.on_page(detection.product_points), frame.on_page(detection.frame_points))
    _write(page, caption, colour)
    return page


def with_caption(page: Picture, caption: Caption) -> Picture:
    """A page that was drawn before (H, W, 3), with other words below."""
    fresh = page.copy()
    fresh[_PAD + _PANEL_HEIGHT + _PAD // 2 :] = 255
    _write(fresh, caption, _colour(caption.probability))
    return fresh


def encode_evidence(page: Picture, budget: int = 150_000) -> bytes:
    """The page as JPEG of at most about `budget` bytes, as good as that allows."""
    for quality in (88, 82, 76):
        encoded = encode_jpeg(page, quality)
        if len(encoded) <= budget:
            return encoded
    return encode_jpeg(page, 68)


def spread(points: Points, count: int) -> NDArray[np.intp]:
    """Indices of at most `count` points that lie far apart: from the middle on, always the farthest from those taken
    (Gonzalez 1985)."""
    if len(points) <= count:
        return np.arange(len(points))
    first = int(np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1)))
    taken, distance = [first], np.linalg.norm(points - points[first], axis=1)
    while len(taken) < count:
        taken.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(points - points[taken[-1]], axis=1))
    return np.array(taken)


def _frame_view(quad: Points, width: int, height: int) -> _View:
    """The part of the frame around the product, as large as the panel allows."""
    low = np.clip(quad.min(axis=0), 0, (width - 1, height - 1))
    high = np.clip(quad.max(axis=0), low + 1, (width, height))
    margin = np.full(2, _MARGIN * float((high - low).max()))
    wanted = high - low + 2 * margin
    narrow, wide = _PANEL_WIDTH[0] / _PANEL_HEIGHT, _PANEL_WIDTH[1] / _PANEL_HEIGHT
    span = np.array([max(wanted[0], wanted[1] * narrow), max(wanted[1], wanted[0] / wide)])
    span = np.minimum(span, (width, height))
    origin = np.clip((low + high - span) / 2, 0, (width, height) - span)
    scale = min(_PANEL_WIDTH[1] / span[0], _PANEL_HEIGHT / span[1])
    size = (round(span[0] * scale), round(span[1] * scale))
    place = (_PAD + _COLUMN + _GUTTER, _PAD + (_PANEL_HEIGHT - size[1]) // 2)
    return _View((float(origin[0]), float(origin[1])), float(scale), place, size)


def _packshot_view(picture: Picture, quad_on_page: Points) -> _View:
    """The packshot about as high as the product beside it, within its column."""
    height, width = picture.shape[:2]
    room = _PANEL_HEIGHT - _INSET_HEIGHT - _PAD
    beside = float(np.ptp(quad_on_page[:, 1]))
    shown = min(room, max(0.7 * room, beside), _COLUMN * height / width)
    scale = shown / height
    size = (max(1, round(width * scale)), max(1, round(shown)))
    return _View((0.0, 0.0), scale, (_PAD + (_COLUMN - size[0]) // 2, _PAD + (room - size[1]) // 2), size)


def _inset_view(frame: Picture) -> _View:
    """The whole frame, small, below the packshot."""
    height, width = frame.shape[:2]
    scale = min(_COLUMN / width, _INSET_HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return _View((0.0, 0.0), scale, (_PAD + (_COLUMN - size[0]) // 2, _PAD + _PANEL_HEIGHT - size[1]), size)


def _paste(page: Picture, picture: Picture, view: _View) -> None:
    left, top = view.origin
    if view.scale < 1:  # an area average; warpAffine would skip pixels
        right, bottom = left + view.size[0] / view.scale, top + view.size[1] / view.scale
        part = _reduced(picture[round(top) : round(bottom), round(left) : round(right)], view.size)
    else:
        matrix = np.array([[view.scale, 0, -left * view.scale], [0, view.scale, -top * view.scale]])
        drawn = cv2.warpAffine(picture, matrix, view.size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        part = np.asarray(drawn, np.uint8)
    page[view.place[1] : view.bottom, view.place[0] : view.place[0] + view.size[0]] = part


def _reduced(picture: Picture, size: tuple[int, int]) -> Picture:
    """Area averages, halved as long as that goes: exact halves take a tenth of the time of other sizes."""
    while min(picture.shape[1] / size[0], picture.shape[0] / size[1]) >= 2:
        high, wide = picture.shape[0] // 2, picture.shape[1] // 2
        halved = cv2.resize(picture[: 2 * high, : 2 * wide], (wide, high), None, 0, 0, cv2.INTER_AREA)
        picture = np.asarray(halved, np.uint8)
    return np.asarray(cv2.resize(picture, size, None, 0, 0, cv2.INTER_AREA), np.uint8)


def _outline(page: Picture, view: _View, quad: Points, colour: tuple[int, int, int], thickness: int) -> None:
    """The projected packshot's edge, with a soft dark rim so that it shows on any ground; clipped to its panel."""
    x, y = view.place
    panel = np.ascontiguousarray(page[y : view.bottom, x : x + view.size[0]])
    corners = np.round((view.on_page(quad) - (x, y)) * 2**_FINE).astype(np.int32)
    rim = panel.copy()
    cv2.polylines(rim, [corners], True, (0, 0, 0), thickness + 3, cv2.LINE_AA, _FINE)
    panel = np.asarray(cv2.addWeighted(rim, 0.45, panel, 0.55, 0), np.uint8)
    cv2.polylines(panel, [corners], True, colour, thickness, cv2.LINE_AA, _FINE)
    page[y : view.bottom, x : x + view.size[0]] = panel


def _lines(page: Picture, left: Points, right: Points) -> None:
    """Thin lines between matched points; hue runs with height, so that the eye can follow single ones."""
    chosen = spread(right, LINES)
    order = chosen[np.argsort(left[chosen, 1], kind="stable")]
    tints = [_tint(rank / max(1, len(order) - 1)) for rank in range(len(order))]
    veil = page.copy()
    for index, tint in zip(order, tints, strict=True):
        cv2.line(veil, _fine(left[index]), _fine(right[index]), tint, 1, cv2.LINE_AA, _FINE)
    cv2.addWeighted(veil, 0.85, page, 0.15, 0, dst=page)
    for index, tint in zip(order, tints, strict=True):
        for point in (left[index], right[index]):
            _dot(page, point, tint)


def _fine(point: Points) -> tuple[int, int]:
    """A place on the page in OpenCV's fixed-point coordinates."""
    x, y = np.round(point * 2**_FINE).astype(int)
    return int(x), int(y)


def _dot(page: Picture, point: Points, tint: tuple[int, int, int]) -> None:
    """A tinted disc with a white rim, laid on by coverage: OpenCV's own small circles come out angular."""
    reach = 5
    x, y = (int(v) for v in np.floor(point))
    top, left = max(0, y - reach), max(0, x - reach)
    part = page[top : y + reach + 1, left : x + reach + 1]
    rows, columns = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    distance = np.hypot(rows - point[1], columns - point[0])[..., None]
    rim, disc = np.clip(4.0 - distance, 0, 1), np.clip(3.0 - distance, 0, 1)
    part[:] = np.round((part * (1 - rim) + 255 * rim) * (1 - disc) + np.array(tint) * disc)


def _tint(share: float) -> tuple[int, int, int]:
    """From blue over green to orange, of one lightness."""
    hue = np.array([[[round(105 - 92 * share), 200, 225]]], np.uint8)
    red, green, blue = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)


def _colour(probability: float) -> tuple[int, int, int]:
    return _SURE if probability >= 0.8 else _LIKELY if probability >= 0.5 else _UNSURE


def _write(page: Picture, caption: Caption, colour: tuple[int, int, int]) -> None:
    """Title and place on the left, how sure on the right, under a hairline."""
    top, right = _PAD + _PANEL_HEIGHT + 20, page.shape[1] - _PAD
    cv2.line(page, (_PAD, top), (right, top), _RULE, 1)
    sure = write(page, (right, top + 46), percent(caption.probability), 36, colour, MEDIUM, "right")
    points = write(page, (right, top + 76), f"{caption.inliers} matched points", 16, _QUIET, align="right")
    room = right - _PAD - max(sure, points) - _PAD
    for title in fit(readable(caption.title) or caption.sku, 28, room, MEDIUM):
        write(page, (_PAD, top + 44), title, 28, _INK, MEDIUM)
    when = "photo" if caption.time_s is None else clock(caption.time_s)
    told = (readable(caption.booth), readable(caption.sku), readable(caption.medium), when)
    for where in fit("  ·  ".join(filter(None, told)), 16, room):
        write(page, (_PAD, top + 76), where, 16, _QUIET)


def percent(probability: float) -> str:
    """98 %, and 99.7 % where a tenth matters; never 100 %, as nothing is that sure."""
    return f"{100 * probability:.0f} %" if probability < 0.985 else f"{100 * min(probability, 0.999):.1f} %"


def clock(time_s: float) -> str:
    """Seconds as m:ss.s, or h:mm:ss.s from an hour on."""
    tenths = round(time_s * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{minutes:02d}:{rest / 10:04.1f}"
    return f"{hours}:{seconds}" if hours else seconds
