"""A value that was understood from text, with its grounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Field:
    """name: company, date, address, total, currency, tax, invoice_number, line_items; name, brand, price, quantity,
    best_before, produced, batch, barcode; booth, hall, url.

    value: str; dates ISO (2018-03-12), amounts plain decimals ("1234.50"), currencies
    ISO 4217; line items a list of dicts.
    confidence: 0-1, that of the reading times that of the rule. page: number from 1. box: (left, top, right, bottom) in
    the page's pixels, None where the source has no places. rule: the rule that gave it. engine: that read its words,
    "" for a text layer. raw: the text it came from. doubts: why the confidence was lowered ("check digit fails").
    """

    name: str
    value: Any
    confidence: float
    rule: str
    page: int = 1
    box: tuple[float, float, float, float] | None = None
    engine: str = ""
    raw: str = ""
    doubts: tuple[str, ...] = field(default=())
