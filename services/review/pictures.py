"""The place of a value as a picture: cut out of the stored file it was read from."""

import numpy as np
from numpy.typing import NDArray
from scout_common.errors import BlobMissing, NotFound
from scout_common.work import Resources
from scout_ocr.errors import ReadingError
from scout_ocr.page_pictures import page_picture
from scout_vision.image import encode_jpeg, thumbnail

ROOM = 0.6
"""Room around a value, in heights of it."""
LARGEST = 1600
"""Pixels of the longer side of what is shown."""


def picture_of(resources: Resources, sha256: str, page: int, box: list[float] | None) -> bytes:
    """The cut-out as JPEG. Raises NotFound: the file is gone, or has no such picture."""
    try:
        data = resources.blobs.get(sha256)
    except BlobMissing as error:
        hint = "it was deleted, or read from a place that Scout does not keep copies of"
        raise NotFound("the file is not stored", subject=sha256, hint=hint) from error
    try:
        pixels = page_picture(data, page)
    except ReadingError as error:
        raise NotFound(f"there is no picture of page {page}: {error}", subject=sha256, hint=error.hint) from error
    return encode_jpeg(thumbnail(cut_out(pixels, box), LARGEST))


def cut_out(pixels: NDArray[np.uint8], box: list[float] | None, room: float = ROOM) -> NDArray[np.uint8]:
    """The part of a page (H, W, 3) within a box (left, top, right, bottom) and some room; the page without one."""
    if box is None:
        return pixels
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    around = room * max(8.0, min(bottom - top, right - left))
    x0, x1 = (int(np.clip(x, 0, width)) for x in (left - around, right + around))
    y0, y1 = (int(np.clip(y, 0, height)) for y in (top - around, bottom + around))
    return np.ascontiguousarray(pixels[y0:y1, x0:x1]) if x1 > x0 and y1 > y0 else pixels
