"""The tax of a receipt: told from the net and gross amounts that stand on its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.totals import Labelled, is_tax
from scout_ocr.fields import Field

_HALF = re.compile(r"\b([cs])gst\b")
_NEAR = Decimal("0.02")  # net and tax are rounded each on its own


def tax_of(labelled: Sequence[Labelled], total: Field | None = None) -> Field | None:
    """The tax, where a row names it. Absent where all that is there is as much as the total."""
    most = Decimal(str(total.value)) if total else None
    rows = [item for item in _one_a_row(labelled) if most is None or item.amount.value < most]
    if not rows:
        return None
    best = max(rows, key=lambda item: (bool(words.TOTAL.search(item.label)), -item.row, item.amount.start))
    if half := _other_half(best, rows):
        return _sum(best, half)
    return field_of("tax", best.amount.plain, best.cells, sure=0.75, rule="labelled tax")


def _one_a_row(labelled: Sequence[Labelled]) -> list[Labelled]:
    """The amounts that a row calls tax; of net, tax and gross side by side the tax alone."""
    items = [item for item in labelled if is_tax(item.label)]
    found: list[Labelled] = []
    for row in dict.fromkeys(item.row for item in items):
        here = [item for item in items if item.row == row]
        found += _of_net_and_gross(here) or here
    return found


def _of_net_and_gross(items: Sequence[Labelled]) -> list[Labelled]:
    """[the least of three amounts of which two make the third], [] where they do not."""
    if len(items) != 3:
        return []
    least, net, gross = sorted(items, key=lambda item: item.amount.value)
    fits = least.amount.value > 0 and abs(least.amount.value + net.amount.value - gross.amount.value) <= _NEAR
    return [least] if fits else []


def _other_half(best: Labelled, rows: Sequence[Labelled]) -> Labelled | None:
    """SGST beside CGST, or the other way round: India halves its tax between centre and state."""
    mine = _HALF.search(best.label)
    others = ((item, _HALF.search(item.label)) for item in rows if item.amount.value == best.amount.value)
    return next((item for item, theirs in others if mine and theirs and mine[1] != theirs[1]), None)


def _sum(best: Labelled, half: Labelled) -> Field:
    value = best.amount.value + half.amount.value
    doubts = ("the sum of two rows",)
    return field_of("tax", f"{value:.2f}", (*best.cells, *half.cells), sure=0.7, rule="CGST and SGST", doubts=doubts)
