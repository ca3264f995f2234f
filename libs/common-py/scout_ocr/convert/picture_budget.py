"""The pictures inside one document, opened one by one within what it may have of them in all."""

from __future__ import annotations

from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import Pixels
from scout_ocr.convert.pictures import picture, size_of
from scout_ocr.errors import BadDocument

_SMALLEST = 40  # pixels of a picture's shorter side, to hold text
_LONGEST = 4000  # of its longer side, as rendered pages have at most
_LEFT_OUT = "the document has more pictures than are read of one; the others were left out"


class PictureBudget:
    """Counts pictures and their pixels, before they are decoded."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._left, self._pixels_left = limits, limits.pictures, limits.all_pixels
        self._left_out = False

    def opened(self, data: bytes) -> Pixels | None:
        """A picture; None where it is too small to hold text, cannot be opened, or is one too many. Raises TooLarge."""
        try:
            width, height = size_of(data)
            if min(width, height) < _SMALLEST or not self._has_room(width * height):
                return None
            return picture(data, self._limits, longest=_LONGEST)
        except BadDocument:  # vector pictures of Windows among them, which only Windows draws
            return None

    def warnings(self) -> tuple[str, ...]:
        """What to say once the last picture of a page was opened."""
        return (_LEFT_OUT,) if self._left_out else ()

    def _has_room(self, pixels: int) -> bool:
        if not self._left or pixels > self._pixels_left:
            self._left_out = True
            return False
        self._left -= 1
        self._pixels_left -= pixels
        return True
