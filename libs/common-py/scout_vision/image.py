"""Pictures as they come from catalogues and phones: decoding within limits, orientation, encoding.

Every picture inside the project is RGB uint8 of shape (H, W, 3), contiguous, upright, opaque.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from scout_vision.errors import BadImage

Picture = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, contiguous."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "JPEG2000")
"""The decoders that untrusted bytes may reach; the rest of Pillow's (EPS, WMF, ...) run programs or are never met."""

_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_NOT_A_PICTURE = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, TypeError, OverflowError)
_EXIF_IFD = 0x8769
_TIMES = ((36867, 36881), (36868, 36882), (306, 36880))
"""(time, offset) tags: taken, digitised, changed (EXIF 2.32, 4.6.6)."""


@dataclass(frozen=True, kw_only=True)
class ImageLimits:
    """What we are willing to decode: `file_bytes` as stored, `pixels` = width x height as the header states them."""

    file_bytes: int = 64 * 2**20
    pixels: int = 100_000_000


DEFAULT_LIMITS = ImageLimits()


def decode_image(data: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> Picture:
    """Decode any supported picture to upright, opaque RGB (H, W, 3) uint8.

    EXIF orientation is applied, transparency is laid on white, 16 bits become 8, of an animation the
    first frame is taken. Raises BadImage: empty, too large, not a picture, truncated.
    """
    opened = _open(data, limits)
    try:
        opened.load()
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        raise BadImage(
            f"the {opened.format} picture is damaged or cut off: {error}", hint="Fetch or export the picture again."
        ) from error
    _turn_upright(opened)
    return np.ascontiguousarray(_rgb(opened), dtype=np.uint8)


def captured_at(data: bytes) -> datetime | None:
    """When the photo was taken, by its EXIF.

    Aware where the camera stored its offset from UTC, otherwise the camera's own clock, naive. None where
    nothing usable is stored.
    """
    try:
        exif = _open(data, DEFAULT_LIMITS).getexif()
        tags = {**exif, **exif.get_ifd(_EXIF_IFD)}
    except (BadImage, OSError, SyntaxError, ValueError, KeyError, TypeError):
        return None
    for time_tag, offset_tag in _TIMES:
        taken = _exif_time(tags.get(time_tag), tags.get(offset_tag))
        if taken is not None:
            return taken
    return None


def picture_format(path: Path) -> str | None:
    """Pillow's name of the picture's format ("JPEG"), by its header alone; None where the file is no picture."""
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as opened:
            warnings.simplefilter("ignore")
            return opened.format
    except (*_NOT_A_PICTURE, Image.DecompressionBombError):
        return None


def encode_jpeg(image: Picture, quality: int = 90) -> bytes:
    """Encode RGB (H, W, 3) uint8 as JPEG; `quality` 1-100."""
    ok, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise BadImage(f"a picture of shape {image.shape} cannot be encoded as JPEG")
    return encoded.tobytes()


def thumbnail(image: Picture, long_side: int = 320) -> Picture:
    """The picture reduced so that its longer side is `long_side` pixels; a smaller one comes back as it is."""
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _open(data: bytes, limits: ImageLimits) -> Image.Image:
    """Read the header only: nothing is decoded before size and kind are known to be fair."""
    if not data:
        raise BadImage("the picture is empty (0 bytes)", hint="Fetch or export the picture again.")
    if len(data) > limits.file_bytes:
        raise BadImage(
            f"the picture has {len(data) / 2**20:.1f} MiB, more than the {limits.file_bytes / 2**20:.0f} MiB allowed",
            hint="Save it smaller; 2000 pixels on the longer side are plenty.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limits are stricter and say more
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BadImage(f"the picture states far too many pixels: {error}", hint="Save it smaller.") from error
    except _NOT_A_PICTURE as error:
        what, hint = _what_it_is(data)
        raise BadImage(what, hint=hint) from error
    width, height = opened.size
    if width * height > limits.pixels:
        raise BadImage(
            f"the picture states {width} x {height} pixels, more than the {limits.pixels / 1e6:.0f} million allowed",
            hint="Save it smaller; 2000 pixels on the longer side are plenty.",
        )
    return opened


def _what_it_is(data: bytes) -> tuple[str, str]:
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in head:
        return (
            "this is a web page (HTML), not a picture",
            "The address probably leads to a log-in or a not-found page: use the address of the picture itself.",
        )
    known = (
        (head.startswith((b"<svg", b"<?xml")), "an SVG or XML document", "Export it as PNG."),
        (head.startswith(b"%pdf"), "a PDF document", "Export its picture as PNG or JPEG."),
        (head.startswith(b"{"), "a JSON document", "The address is probably that of an API, not of a picture."),
        (head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"), "a HEIC picture", "Save it as JPEG."),
        (head[4:8] == b"ftyp", "a video", "Give it as a medium, not as a picture."),
    )
    for matches, name, hint in known:
        if matches:
            return f"this is {name}, not a picture we can read", hint
    return "the file is not a picture in a known format", "JPEG, PNG, WebP, AVIF, GIF, BMP and TIFF can be read."


def _turn_upright(image: Image.Image) -> None:
    try:
        ImageOps.exif_transpose(image, in_place=True)  # a copy of what lies right would cost as much as decoding it
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError):
        return  # broken EXIF beside a sound picture: it is taken as it lies


def _rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode in _SIXTEEN_BIT:
        return _from_high_range(np.asarray(image))
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        white = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return np.asarray(Image.alpha_composite(white, seen).convert("RGB"))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _from_high_range(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16-bit or float grey (H, W) -> RGB; floats are taken as 0..1 where they stay within it."""
    values = np.nan_to_num(grey.astype(np.float64))
    top = float(values.max(initial=0.0))
    scale = 255.0 if top <= 1.0 and grey.dtype.kind == "f" else 1.0 if top <= 255.0 else 255.0 / 65535.0
    eight = np.clip(values * scale + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(eight[:, :, None], 3, axis=2)


def _exif_time(value: object, offset: object) -> datetime | None:
    try:
        taken = datetime.strptime(str(value).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 the camera's clock has no zone
    except ValueError:
        return None
    try:
        zone = datetime.strptime(str(offset).strip("\0 "), "%z").utcoffset()
    except ValueError:
        zone = None
    return taken if zone is None else taken.replace(tzinfo=timezone(zone if zone else timedelta(0)))
