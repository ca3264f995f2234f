"""Line items of receipts and invoices: what was bought, how many, at what price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.amounts import Amount, amounts_in, decimal_of
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Row
from scout_ocr.fields import Field

MOST_ITEMS = 300
_TIMES = re.compile(
    r"(?<![\w.,])(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:[x×@*]|(?:pcs?|stk|st|units?|nos?|kg|l|g)\b)|[x×*]\s?(\d{1,3})(?![\w.,])",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"(?<![\w.,])\d{1,4}\s?[x×@*](?:\s?\d{1,3}(?![\w.,])|(?=\W|$))|[x×*@]\s?\d{1,3}(?![\w.,])", re.IGNORECASE
)
_LONE_COUNT = re.compile(r"\d{1,3}(?:[.,]0{1,4})?")
_CODE = re.compile(r"^[\W\d]*(?:[A-Z]{1,4}\W)?\s*\d{6,14}\b|^\W*\d{1,3}\s?[.)]?\s(?=[^\W\d])")
_NEAR = Decimal("0.02")


def items_of(rows: Sequence[Row], total: Field | None = None) -> Field | None:
    """One field, "line_items": a list of {description, amount, quantity, unit_price}, what is there of each.

    Amounts are plain decimals. Doubted where they do not add up to the total (or to it without tax and rounding).
    """
    start, end = _span(rows)
    items: list[dict[str, str]] = []
    used: list[Row] = []
    pending: list[str] = []
    for place in range(start, end):
        row = rows[place]
        amounts = _prices(row)
        if not amounts:
            pending = [*pending[-1:], _described(row.text)] if _described(row.text) else pending
            continue
        if _is_adjustment(row):
            continue
        own = _described(_before(row, amounts[0].start))
        below = _described(rows[place + 1].text) if place + 1 < end and not _prices(rows[place + 1]) else ""
        description = own or " ".join(filter(None, pending)) or below
        pending.clear()
        if description and amounts[-1].value and len(items) < MOST_ITEMS:
            items.append(_item(description, row, amounts))
            used.append(row)
    if not items:
        return None
    adds_up = _adds_up(items, rows[end:], total)
    doubts = () if adds_up else ("they do not add up to the total",)
    cells = [cell for row in used for cell in row.cells if cell.page == used[0].page]
    return field_of("line_items", items, cells, sure=0.85 if adds_up else 0.4, rule="rows with amounts", doubts=doubts)


def _span(rows: Sequence[Row]) -> tuple[int, int]:
    """From the row after the column heads (or after the first date, cashier ...) to the first total."""
    heads = [place for place, row in enumerate(rows) if len(words.ITEM_HEAD.findall(row.label)) >= 2]
    details = [place for place, row in enumerate(rows[:30]) if words.DETAILS.search(row.label)]
    start = heads[0] + 1 if heads else (details[-1] + 1 if details else 0)
    ends = (place for place in range(start, len(rows)) if _is_end(rows[place]))
    return start, next(ends, len(rows))


def _is_end(row: Row) -> bool:
    label = row.label
    return bool(words.TOTAL.search(label) or words.SUMMARY.search(label)) and len(words.ITEM_HEAD.findall(label)) < 2


def _prices(row: Row) -> list[Amount]:
    """Amounts that a cell begins with, or ends with but for a tax code: those amid words belong to the name."""
    found = []
    for amount in amounts_in(row.columns):
        before = row.columns[: amount.start].rpartition("\t")[2].strip()
        after = row.columns[amount.end :].partition("\t")[0].strip()
        in_cents = bool(amount.sign) or row.columns[: amount.end].rstrip()[-3:-2] in (".", ",")
        if amount.exact and (not before or (in_cents and re.fullmatch(r"\W*\w{0,3}\W*(?:\d\W*)?", after))):
            found.append(amount)
    return found


def _before(row: Row, end: int) -> str:
    """The cells up to an amount, lone counts aside."""
    cells = row.columns[:end].split("\t")
    return " ".join(cell for cell in cells if not _LONE_COUNT.fullmatch(cell.strip()))


def _is_adjustment(row: Row) -> bool:
    """A discount or deposit: belongs to the item above, and is none."""
    return bool(re.search(r"discount|\bdisc\b|rabatt|korting|member|promo|voucher", row.label))


def _described(text: str) -> str:
    """What of a row describes an article: without its number, its counts and prices."""
    uncounted = " ".join(_PRICED.sub(" ", text).split())  # first, or the number goes and its "x" stays
    bare = _CODE.sub("", uncounted).strip(" .,:;-*|#@")
    return " ".join(bare.split()) if len(re.findall(r"[^\W\d_]", bare)) >= 3 else ""


def _item(description: str, row: Row, amounts: Sequence[Amount]) -> dict[str, str]:
    item = {"description": description, "amount": amounts[-1].plain}
    amount = amounts[-1].value
    times = [count for match in _TIMES.finditer(row.columns) for count in match.groups() if count]
    alone = [cell.text for cell in row.cells if _LONE_COUNT.fullmatch(cell.text.strip())]
    for count in _counts([*times, *alone], amounts):
        for price in (other.value for other in amounts[:-1]):
            if abs(count * price - amount) <= _NEAR:
                return item | {"quantity": _plain(count), "unit_price": f"{price:.2f}"}
    sure = _counts(times, amounts)
    return item | {"quantity": _plain(sure[0])} if len(sure) == 1 else item


def _counts(shown: Sequence[str], amounts: Sequence[Amount]) -> list[Decimal]:
    """Numbers that may be how many: no amount with a currency."""
    values = [value for text in shown if (value := decimal_of(text.strip())) is not None]
    whole = {amount.value for amount in amounts if amount.sign}
    return [value for value in dict.fromkeys(values) if value and value not in whole]


def _plain(count: Decimal) -> str:
    return f"{count.normalize():f}"


def _adds_up(items: Sequence[dict[str, str]], after: Sequence[Row], total: Field | None) -> bool:
    """To the total, or to an amount printed under the items (the sub-total, the total without tax)."""
    whole = sum((Decimal(item["amount"]) for item in items), Decimal(0))
    printed = {amount.value for row in after[:12] for amount in amounts_in(row.columns)}
    if total is not None:
        printed.add(Decimal(str(total.value)))
    return any(abs(whole - amount) <= Decimal("0.05") for amount in printed)
