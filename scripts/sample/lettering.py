"""Text as cover masks: seven faces that come with the wheels, stretched, slanted, outlined and bent into brand
lettering.

Faces: OpenCV 5's built-in variable sans and italic, its "uni" face, Pillow's Aileron, and OpenCV's stroked Hershey
script and serif, thickened. No font files are needed.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .canvas import WHITE, Canvas, Colour, Mask, as_mask

SIZE = 120  # pixels; every mask is drawn at this size and then scaled, so that lettering keeps its shape
HERSHEY = {"script": cv2.FONT_HERSHEY_SCRIPT_COMPLEX, "serif": cv2.FONT_HERSHEY_TRIPLEX}


@dataclass(frozen=True)
class Face:
    """How letters look: `kind` sans | italic | uni | aileron | script | serif, `weight` 100..900, `slant` in degrees,
    `tracking` as a part of the letter size, `stretch` of the width, `bend` as a part of the height (an arch)."""

    kind: str = "sans"
    weight: int = 600
    slant: float = 0.0
    tracking: float = 0.0
    stretch: float = 1.0
    bend: float = 0.0
    upper: bool = False


PLAIN = Face("sans", 420)
BOLD = Face("sans", 700)
SMALL = Face("aileron", 500)


@lru_cache(maxsize=128)
def text_mask(text: str, face: Face) -> Mask:
    """The tight cover of one line of text, (h, w) float32 in 0..1, letters about SIZE pixels high. Do not write to
    it."""
    text = text.upper() if face.upper else text
    mask = _tracked(text, face) if face.tracking else _plain(text, face)
    if face.slant or face.stretch != 1.0:
        shear = np.tan(np.deg2rad(face.slant))
        width = int(mask.shape[1] * face.stretch + abs(shear) * mask.shape[0]) + 2
        offset = shear * mask.shape[0] if shear > 0 else 0.0
        slanted = np.array([[face.stretch, -shear, offset], [0, 1, 0]])
        mask = as_mask(cv2.warpAffine(mask, slanted, (width, mask.shape[0]), flags=cv2.INTER_LINEAR))
    if face.bend:
        mask = _bent(mask, face.bend)
    return _trim(mask)


def _plain(text: str, face: Face) -> Mask:
    pad = SIZE // 2
    if face.kind == "aileron":
        font = ImageFont.load_default(SIZE)
        stroke = max(0, (face.weight - 400) // 60)
        picture = Image.new("L", (int(font.getlength(text)) + 2 * pad, 2 * SIZE))
        ImageDraw.Draw(picture).text((pad, SIZE // 3), text, 255, font, stroke_width=stroke)
        return as_mask(picture) / np.float32(255)
    image = np.zeros((2 * SIZE, SIZE * (len(text) + 2), 3), np.uint8)
    if face.kind in HERSHEY:
        thick = max(2, round(face.weight / 55))
        cv2.putText(
            image, text, (pad, int(1.4 * SIZE)), HERSHEY[face.kind], SIZE / 30, (255, 255, 255), thick, cv2.LINE_AA
        )
    else:
        cv2.putText(image, text, (pad, int(1.4 * SIZE)), (255, 255, 255), cv2.FontFace(face.kind), SIZE, face.weight)
    return as_mask(image[..., 0]) / np.float32(255)


def _tracked(text: str, face: Face) -> Mask:
    letters = [_plain(c, face) if c.strip() else None for c in text]
    boxes = [None if m is None else (np.flatnonzero(m.max(0) > 0.1)) for m in letters]
    gap = max(2, round((0.09 + face.tracking) * SIZE))
    height = max(m.shape[0] for m in letters if m is not None)
    row: list[Mask] = []
    for mask, columns in zip(letters, boxes, strict=True):
        if mask is None or columns is None or not columns.size:
            row.append(np.zeros((height, SIZE // 3), np.float32))
        else:
            row += [mask[:height, columns[0] : columns[-1] + 1], np.zeros((height, gap), np.float32)]
    return np.hstack(row)


def _bent(mask: Mask, bend: float) -> Mask:
    h, w = mask.shape
    lift = abs(bend) * h
    xx = np.arange(w, dtype=np.float32)[None].repeat(int(h + lift), 0)
    arch = ((xx / w * 2 - 1) ** 2) * lift if bend > 0 else (1 - (xx / w * 2 - 1) ** 2) * lift
    yy = np.arange(int(h + lift), dtype=np.float32)[:, None] - arch
    return cv2.remap(mask, xx, yy.astype(np.float32), cv2.INTER_LINEAR).astype(np.float32)


def _trim(mask: Mask) -> Mask:
    rows, columns = np.flatnonzero(mask.max(1) > 0.05), np.flatnonzero(mask.max(0) > 0.05)
    if not rows.size:
        return np.zeros((1, 1), np.float32)
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()


def fitted(text: str, face: Face, width: float, height: float) -> Mask:
    """The mask of `text` scaled to fit into width x height pixels, padded by 2 pixels."""
    mask = text_mask(text, face)
    scale = min(width / mask.shape[1], height / mask.shape[0])
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    return np.pad(cv2.resize(mask, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), 2)


def write(
    canvas: Canvas,
    text: str,
    x: float,
    y: float,
    width: float,
    height: float,
    colour: Colour,
    face: Face = BOLD,
    *,
    align: str = "centre",
    outline: Colour | None = None,
    outline_width: float = 0.0,
    shadow: float = 0.0,
) -> tuple[float, float]:
    """Write one line into the box centred at (x, y) (or starting/ending there: align left | right).

    Returns the width and height really used, in pixels.
    """
    mask = fitted(text, face, width, height)
    h, w = mask.shape
    left = {"centre": x - w / 2, "left": x - 2, "right": x - w + 2}[align]
    at = (round(left), round(y - h / 2))
    pad = int(outline_width + 3 * shadow) + 2
    wide = np.pad(mask, pad)
    if shadow:
        dark = as_mask(cv2.GaussianBlur(wide, (0, 0), shadow))
        canvas.blend(
            dark, (0.0, 0.0, 0.0), 0.45, (at[0] - pad + round(shadow * 0.6), at[1] - pad + round(shadow * 0.9))
        )
    if outline is not None and outline_width > 0:
        k = 2 * round(outline_width) + 1
        grown = cv2.dilate(wide, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (k, k)))
        canvas.blend(as_mask(cv2.GaussianBlur(grown, (0, 0), 0.7)), outline, 1.0, (at[0] - pad, at[1] - pad))
    canvas.blend(np.clip(mask, 0, 1), colour, 1.0, at)
    return w - 4, h - 4


def readable(background: Colour, light: Colour = WHITE, dark: Colour = (28.0, 24.0, 30.0)) -> Colour:
    """Of two inks the one that reads better on `background`."""
    return light if 0.299 * background[0] + 0.587 * background[1] + 0.114 * background[2] < 150 else dark
