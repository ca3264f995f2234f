"""What was paid: the total as payable, told from sub-totals, tax, cash and change by its label and by arithmetic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.amounts import Amount, amounts_in
from scout_ocr.extract.columns import cells_at
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Cell, Row
from scout_ocr.fields import Field

COINS = Decimal("0.05")  # bills are rounded to a multiple of five cents at most


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """An amount and the label on its row (or on the row above it)."""

    label: str
    amount: Amount
    row: int
    cells: tuple[Cell, ...]


def labelled_amounts(rows: Sequence[Row]) -> tuple[Labelled, ...]:
    """Every row's amounts with the words before each (or before the row's first, where only columns part them).

    A label without an amount takes the next row's lone one."""
    found: list[Labelled] = []
    for place, row in enumerate(rows):
        here = _labelled_in(row, place)
        found += here
        if not here and place + 1 < len(rows) and (lone := _lone(rows[place + 1])):
            found.append(Labelled(label=row.label, amount=lone, row=place, cells=rows[place + 1].cells))
    return tuple(found)


def _labelled_in(row: Row, place: int) -> list[Labelled]:
    text, label, start = row.label, "", 0
    found = []
    for amount in amounts_in(_with_points(row)):
        if amount.exact:
            own = text[start : amount.start]
            label = own if len(re.findall(r"[^\W\d_]", own)) >= 3 else label or own
            found.append(Labelled(label=label, amount=amount, row=place, cells=cells_at(row, amount.start, amount.end)))
            start = amount.end
    return found


def _with_points(row: Row) -> str:
    """The row's columns; where it names a sum, an amount alone in its cell whose point was read as a dash (110-00) has
    it back."""
    sums = (words.TOTAL, words.CASH, words.CHANGE)
    if not any(pattern.search(row.label) for pattern in sums):
        return row.columns
    return re.sub(r"(?<=\t)(\d{1,5})[-\u00b7~](?=\d\d(?:\t|$))", r"\1.", row.columns)


def total_of(rows: Sequence[Row], labelled: Sequence[Labelled]) -> Field | None:
    """The amount to pay; None where nothing is labelled so and nothing was paid."""
    end = next((place for place, row in enumerate(rows) if words.SUMMARY.search(row.label)), len(rows))
    candidates = [item for item in labelled if _is_total(item.label) and item.amount.value > 0]
    paid = _paid(labelled)
    if not candidates:
        return _paid_field(labelled, paid) or _amount_field(labelled)
    seen = Counter(item.amount.value for item in labelled)
    scores = [(_score(item, labelled, paid, seen, end), item.row, item) for item in candidates]
    score, _, best = max(scores, key=lambda entry: (entry[0], entry[1], entry[2].amount.start))
    if rounded := _rounded(best, rows, labelled, paid):
        return rounded
    rival = max((s for s, _, item in scores if item.amount.value != best.amount.value), default=0.0)
    sure = min(0.98, 0.6 + 0.05 * score + (0.1 if score - rival > 1 else 0.0))
    doubts = () if score - rival > 0.5 else ("another amount fits nearly as well",)
    return field_of("total", best.amount.plain, best.cells, sure=sure, rule="labelled total", doubts=doubts)


def is_tax(label: str) -> bool:
    return bool(words.TAX.search(label)) and not words.NOT_TAX.search(label)


def _is_total(label: str) -> bool:
    return bool(words.TOTAL.search(label)) and not words.NOT_TOTAL.search(label)


def _score(item: Labelled, labelled: Sequence[Labelled], paid: set[Decimal], seen: Counter[Decimal], end: int) -> float:
    label, value = item.label, item.amount.value
    score = 4.0
    if words.PARTIAL.search(label):
        score = 1.5
    elif words.PAYABLE.search(label):
        score = 5.5
    score += 3.0 if value in paid else 0.0
    score += 0.3 * min(3, seen[value] - 1)
    score -= 4.0 if item.row > end else 0.0
    if not words.PARTIAL.search(label):
        score += 1.0 if any(words.ROUNDING.search(other.label) and other.row < item.row for other in labelled) else 0.0
    return score


def _rounded(best: Labelled, rows: Sequence[Row], labelled: Sequence[Labelled], paid: set[Decimal]) -> Field | None:
    """Where the total's own line is unreadable: the sub-total with its tax, if that is printed or was paid, or what
    cash less change comes to, if that is the best labelled amount rounded to coins."""
    value, seen = best.amount.value, {item.amount.value for item in labelled}
    if words.PARTIAL.search(best.label) and value not in paid:
        sums = {value + item.amount.value for item in labelled if is_tax(item.label) and item.amount.value > 0}
        found = [total for total in sums if total in paid or total in seen]
        if found:
            return _computed(found[0], best, "sub-total and tax")
    near = [total for total in paid if 0 < abs(total - value) <= COINS]
    if near and value not in paid and _unread_total(rows, labelled):
        return _computed(near[0], best, "cash less change")
    return None


def _computed(value: Decimal, best: Labelled, rule: str) -> Field:
    doubts = (f"the total's own line is not readable: computed, {rule}",)
    return field_of("total", f"{value:.2f}", best.cells, sure=0.75, rule=rule, doubts=doubts)


def _unread_total(rows: Sequence[Row], labelled: Sequence[Labelled]) -> bool:
    """A row is labelled as the total and shows no amount."""
    read = {item.row for item in labelled}
    return any(place not in read and _is_total(row.label) for place, row in enumerate(rows))


def _paid(labelled: Sequence[Labelled]) -> set[Decimal]:
    """Amounts that cash less change, or cash alone, comes to."""
    cash = [item for item in labelled if words.CASH.search(item.label) and not words.CHANGE.search(item.label)]
    change = [item.amount.value for item in labelled if words.CHANGE.search(item.label)]
    values = {item.amount.value for item in cash}
    return {v - abs(c) for v in values for c in change[:3] if v > abs(c)} if change else values


def _paid_field(labelled: Sequence[Labelled], paid: set[Decimal]) -> Field | None:
    item = next((item for item in labelled if item.amount.value in paid and words.CASH.search(item.label)), None)
    if item is None or not item.amount.value > 0:
        return None
    doubts = ("no total is labelled; what was paid",)
    return field_of("total", item.amount.plain, item.cells, sure=0.6, rule="paid", doubts=doubts)


def _amount_field(labelled: Sequence[Labelled]) -> Field | None:
    """The last row that says no more than "amount"."""
    named = [item for item in labelled if words.AMOUNT.search(item.label) and item.amount.value > 0]
    if not named:
        return None
    doubts = ("no total is labelled; an amount is",)
    return field_of("total", named[-1].amount.plain, named[-1].cells, sure=0.5, rule="labelled amount", doubts=doubts)


def _money(text: str) -> Amount | None:
    """The last amount of a row that is money rather than a count."""
    return next((amount for amount in reversed(amounts_in(text)) if amount.exact), None)


def _lone(row: Row) -> Amount | None:
    """The amount of a row that holds nothing else."""
    amount = _money(row.columns)
    if amount is None:
        return None
    rest = row.text[: amount.start] + row.text[amount.end :]
    return None if re.search(r"[^\W_]", rest) else amount
