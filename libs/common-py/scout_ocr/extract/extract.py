"""The one call: pages in, fields out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from scout_ocr.extract.elements import with_elements
from scout_ocr.extract.kinds import kind_of
from scout_ocr.extract.label import fields_of_label
from scout_ocr.extract.layout import rows_of
from scout_ocr.extract.receipt import fields_of_invoice, fields_of_receipt
from scout_ocr.extract.sign import fields_of_sign
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode, Kind
from scout_ocr.words import Page


def extract(
    pages: Sequence[Page], kind: Kind = "auto", barcodes: Sequence[Barcode] = (), locale: str | None = None
) -> tuple[Field, ...]:
    """The fields of a read document, () where it has none.

    kind: what it is, "auto" to find out; "line" is read as a piece of a label, of which no name is guessed.
    barcodes: found on the same pages. locale: BCP 47 (en-US, de) where it is known: it decides between day and month
    first and between countries that share a currency's sign.
    """
    rows = rows_of(pages)
    if kind == "auto":
        kind = kind_of(pages)
    if kind == "receipt":
        return fields_of_receipt(rows, locale)
    if kind == "invoice":
        return fields_of_invoice(rows, locale)
    if kind == "sign":
        return fields_of_sign(rows)
    if kind in ("label", "line"):
        fields = fields_of_label(rows, barcodes, locale, named=kind == "label")
        return with_elements(fields, barcodes, datetime.now(UTC).date())
    return ()
