"""Pictures: JPEG, PNG, WebP, TIFF with many pages, HEIC, AVIF, GIF, BMP. Upright as their EXIF says, on white."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import cache
from typing import cast

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import ParsedPage, Pixels
from scout_ocr.errors import BadDocument, TooLarge

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
    "image/avif": "AVIF",
    "image/gif": "GIF",
    "image/bmp": "BMP",
}
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, struct.error, IndexError, KeyError, TypeError, OverflowError)


def pages(data: bytes, media_type: str, limits: Limits) -> Iterator[ParsedPage]:
    """A page for each page of a TIFF, one for any other picture (of an animation the first).

    Raises BadDocument, TooLarge.
    """
    count = tiff_pages(data, limits) if media_type == "image/tiff" else 1
    wanted = limits.pages_of(count)
    image = _open(data, [_FORMATS[media_type]])
    for number in wanted:
        if number > 1:
            _turn_to(image, number)
        found = pixels_of(image, limits)
        whole = (0, 0, found.width, found.height)
        yield ParsedPage(number=number, width=found.width, height=found.height, pixels=found, regions=(whole,))


def size_of(data: bytes) -> tuple[int, int]:
    """(width, height) that a picture of any of the kinds says of itself. Raises BadDocument, TooLarge."""
    return _open(data, list(_FORMATS.values())).size


def picture(data: bytes, limits: Limits, *, longest: int) -> Pixels:
    """A picture of any of the kinds, as office documents hold them, scaled down to `longest` pixels on its longer side.

    Raises BadDocument, TooLarge.
    """
    image = _open(data, list(_FORMATS.values()))
    limits.check_pixels(*image.size)
    image.draft(None, (longest, longest))  # a JPEG is decoded that much smaller at once
    return pixels_of(image, limits, longest)


def pixels_of(image: Image.Image, limits: Limits, longest: int | None = None) -> Pixels:
    """The picture upright, in RGB, clear places white. Raises BadDocument, TooLarge."""
    limits.check_pixels(*image.size)
    try:
        upright = _on_white(_as_8_bits(ImageOps.exif_transpose(image)))
    except Image.DecompressionBombError as error:
        raise TooLarge(f"the picture is too large: {error}") from error
    except _DAMAGED as error:
        raise BadDocument(f"the picture is damaged or cut off: {error}") from error
    limits.check_pixels(*upright.size)
    if longest is not None:
        upright.thumbnail((longest, longest))
    return Pixels(width=upright.width, height=upright.height, rgb=upright.tobytes())


def tiff_pages(data: bytes, limits: Limits) -> int:
    """Number of pages, counted along the chain of directories; one past the limit ends it, and so does a loop."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    offset, count, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    last = limits.last_page or limits.first_page + limits.pages
    seen: set[int] = set()
    try:
        (at,) = struct.unpack_from(order + offset, data, 8 if big else 4)
        while at and at not in seen and len(seen) <= last:
            seen.add(at)
            (entries,) = struct.unpack_from(order + count, data, at)
            (at,) = struct.unpack_from(order + offset, data, at + struct.calcsize(order + count) + entries * entry)
    except struct.error as error:
        if not seen:
            raise BadDocument("the TIFF is cut off before its first page") from error
    return len(seen)


def _open(data: bytes, formats: list[str]) -> Image.Image:
    _prepare()
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise TooLarge(f"the picture is too large: {error}") from error
    except (UnidentifiedImageError, *_DAMAGED) as error:
        raise BadDocument("the picture is damaged: its beginning cannot be read") from error


@cache
def _prepare() -> None:
    """HEIF is no part of Pillow; and our own limit judges pixels, for pictures that are cut off too."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def _turn_to(image: Image.Image, number: int) -> None:
    try:
        image.seek(number - 1)
    except _DAMAGED as error:
        raise BadDocument(f"page {number} of the TIFF is damaged") from error


def _as_8_bits(image: Image.Image) -> Image.Image:
    """16-bit and floating greys scaled to what they span, which Pillow would cut off at white."""
    if not image.mode.startswith(("I", "F")):
        return image
    grey = image.convert("F")
    low, high = cast("tuple[float, float]", grey.getextrema())
    scale = 255.0 / max(high - low, 1e-9)
    return grey.point(lambda value: value * scale - low * scale).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    page = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(page, clear).convert("RGB")
