"""Pages as pictures: what a box of a reading stands on."""

from __future__ import annotations

from dataclasses import replace

from scout_ocr.convert.converting import convert
from scout_ocr.convert.limits import Limits
from scout_ocr.engine import Picture
from scout_ocr.errors import BadDocument


def page_picture(data: bytes, page: int = 1, limits: Limits | None = None) -> Picture:
    """Pixels (H, W, 3) RGB of one page, from 1, as they were read: the boxes of a reading are in these pixels.

    Raises BadDocument where there is no such page or it has no pixels (office documents), TooLarge, Encrypted."""
    found: dict[int, Picture] = {}
    wanted = replace(limits or Limits(), first_page=page, last_page=page)
    convert(data, wanted, look=found.__setitem__, pictures=False)
    if page not in found:
        raise BadDocument(f"page {page} has no pixels", hint="only pictures and pages of PDFs have places to show")
    return found[page]
