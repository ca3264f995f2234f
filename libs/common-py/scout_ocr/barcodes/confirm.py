"""What the bar codes seen in a sighting say about the product it claims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from scout_ocr.barcodes.gtin import gtin14
from scout_ocr.reading import Barcode

Verdict = Literal["confirms", "contradicts", "says nothing"]


def confirm(seen: Iterable[Barcode], catalogue: str | Iterable[str]) -> Verdict:
    """Compare the codes seen in a product's region with its catalogue bar codes.

    Only trade item numbers with a right check digit count, and of those not the ones used inside a shop alone (02, 04,
    20-29: weight and price are in them). One equal number confirms, whatever else is seen: packs carry further codes.
    """
    own = [catalogue] if isinstance(catalogue, str) else catalogue
    known = {gtin for text in own if (gtin := gtin14(text, upce=False) or gtin14(text, upce=True))}
    codes = {code.gtin for code in seen if code.valid and code.gtin and not restricted(code.gtin)}
    if not known or not codes:
        return "says nothing"
    return "confirms" if known & codes else "contradicts"


def restricted(gtin: str) -> bool:
    """Whether the number circulates in one shop or company only (GS1 General Specifications 1.4.3)."""
    if gtin.startswith("000000"):
        return gtin[6] in "02"  # GTIN-8 with prefix 0 or 2
    return gtin[1:3] in ("02", "04") or gtin[1] == "2"
