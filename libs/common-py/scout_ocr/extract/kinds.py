"""What a text is: receipt, invoice, label, sign or a document of none of these."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scout_ocr.extract.amounts import amounts_in
from scout_ocr.extract.grounds import as_label
from scout_ocr.extract.layout import Row, rows_of
from scout_ocr.reading import Kind
from scout_ocr.words import Page

_INVOICE = re.compile(
    r"inv[o0]ice (?:number|no|date|#)|bill(?:ed)? to|due date|amount due|payment terms|iban\b|"
    r"rechnung|factuur|facture|factura|fattura|faktura"
)
_RECEIPT = re.compile(
    r"\btota[l1]\b|\bcash\b|change|cashier|receipt|\bgst\b|tax inv|rounding|sub\W?total|\bqty\b|tender|payment|"
    r"thank you|\bvat\b"
)
_LABEL = re.compile(
    r"best before|\bexp\b|use by|ingredients|net (?:wt|weight|contents)|nutrition|\blot\b|batch|mfg|zutaten|mindestens|"
    r"\b\d+(?:[.,]\d+)?\s?(?:kg|g|ml|cl|l|oz|lb|pcs)\b|€|\bkr\b|price|\bper\b|storage|contains"
)
_SIGN = re.compile(
    r"\b(?:booth|stand|hall|halle|pavilion|pabell[oó]n|padiglione|stoisko|messestand)\W{0,3}(?:no\W{0,2})?[a-z]{0,2}\W?\d|"
    r"\bh\d{1,2}\W[a-z]?\d{1,4}\b|welcome to|exhibitor"
)
_FEW_ROWS = 12
_MOST_ROWS = 200


def kind_of(pages: Sequence[Page]) -> Kind:
    """The kind that most of the text's words speak for; "document" where none do."""
    return kind_of_rows(rows_of(pages))


def kind_of_rows(rows: Sequence[Row]) -> Kind:
    """As kind_of, over rows."""
    texts = [as_label(row.text) for row in rows[:_MOST_ROWS]]
    invoice, receipt, label, sign = (
        sum(bool(pattern.search(text)) for text in texts) for pattern in (_INVOICE, _RECEIPT, _LABEL, _SIGN)
    )
    if sign and len(rows) <= _FEW_ROWS and sign >= label and receipt < 2:
        return "sign"
    if invoice >= 2 and receipt < 2 * invoice + 4:
        return "invoice"
    paid = sum(any(amount.exact for amount in amounts_in(row.text)) for row in rows[:_MOST_ROWS])
    if (receipt >= 3 and receipt >= label / 2) or (receipt >= 2 and paid >= 2):
        return "receipt"
    if label and len(rows) <= 60:
        return "label"
    return "document"
