"""What a text is: receipt, invoice, label, sign or a document of none of these."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scout_ocr.extract import receipt_words, sign_words
from scout_ocr.extract.amounts import amounts_in
from scout_ocr.extract.layout import Row, rows_of
from scout_ocr.reading import Kind
from scout_ocr.words import Page

_INVOICE = re.compile(
    r"inv[o0]ice (?:number|no|date|#)|bill(?:ed)? to|due date|amount due|payment terms|iban\b|"
    r"rechnung|factuur|facture|factura|fattura|faktura|fatura|számla|\blasku"
)
_RECEIPT = re.compile(
    r"\btota[l1]\b|\bcash\b|change|cashier|receipt|\bgst\b|tax inv|rounding|sub\W?total|\bqty\b|tender|payment|"
    r"thank you|\bvat\b"
)
_TILL = re.compile(r"\bcash|change\b|tender|rounding|receipt|thank you|\bbar\b|wisselgeld|rückgeld")
_SUM = re.compile("|".join((receipt_words.TOTAL.pattern, receipt_words.CASH.pattern, receipt_words.CHANGE.pattern)))
_LABEL = re.compile(
    r"best before|\bexp\b|use by|ingredients|net (?:wt|weight|contents)|nutrition|\blot\b|batch|mfg|zutaten|mindestens|"
    r"\b\d+(?:[.,]\d+)?\s?(?:kg|g|ml|cl|l|oz|lb|pcs)e?\b|[€£¥₹]\s?\d|\d\s?[€£]|\d\s?kr\b|\bkr\s?\d|\$\s?\d|\brm\s?\d"
)
_SIGNS = (sign_words.BOOTH_LABELLED, sign_words.HALL_LABELLED, sign_words.HALL_AFTER, sign_words.HALL_AND_BOOTH)
_FEW_ROWS = 12
_LABEL_ROWS = 60
_MOST_ROWS = 200


def kind_of(pages: Sequence[Page]) -> Kind:
    """The kind that most of the text's words speak for; "document" where none do, and where they speak for a label but
    were typed (a page that is native): a letter quotes what labels say."""
    kind = kind_of_rows(rows_of(pages))
    return "document" if kind == "label" and any(page.source == "native" for page in pages) else kind


def kind_of_rows(rows: Sequence[Row]) -> Kind:
    """The kind of rows that were printed."""
    texts = [row.label for row in rows[:_MOST_ROWS]]
    invoice, receipt, label = (
        sum(bool(pattern.search(text)) for text in texts) for pattern in (_INVOICE, _RECEIPT, _LABEL)
    )
    sign = sum(any(pattern.search(text.upper()) for pattern in _SIGNS) for text in texts[:_FEW_ROWS])
    if sign and len(rows) <= _FEW_ROWS and sign >= label and receipt < 2:
        return "sign"
    paid = sum(any(amount.exact for amount in amounts_in(row.columns)) for row in rows[:_MOST_ROWS])
    summed = paid > 0 and any(_SUM.search(text) for text in texts)
    at_till = any(_TILL.search(text) for text in texts)
    if (invoice >= 2 and receipt < 2 * invoice + 4) or (invoice and summed and not at_till):
        return "invoice"
    if receipt >= 2 and paid >= 2 and (receipt >= 5 or summed):
        return "receipt"
    if label and len(rows) <= _LABEL_ROWS:
        return "label"
    return "document"
