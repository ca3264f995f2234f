"""Product labels and price tags: name, brand, price, quantity, dates, batch, barcode."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from price_parser import Price

from scout_ocr.extract import label_words as words
from scout_ocr.extract.amounts import Amount, amounts_in, currency_here
from scout_ocr.extract.codes import barcode_of
from scout_ocr.extract.columns import cells_at
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.label_dates import best_before_of, produced_of
from scout_ocr.extract.label_name import names_of
from scout_ocr.extract.layout import Row
from scout_ocr.extract.quantity import Quantity, quantities_in
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode

MOST_ROWS = 200  # of a label
_RARE = re.compile(
    r"(?P<before>[A-Z]{3}|[^\w\s])?\s?(?P<number>\d{1,3}(?:[ \u00a0,.]?\d{3}){0,3}(?:[.,]\d\d)?)\s?"
    r"(?P<after>[A-Z]{3}|[^\w\s])?"
)
LONGEST_PRICE = 24  # characters of a row that price-parser is asked about


def fields_of_label(
    rows: Sequence[Row], barcodes: Sequence[Barcode] = (), locale: str | None = None, *, named: bool = True
) -> tuple[Field, ...]:
    """What the label says. named: whether its largest text may be taken for a name (not so on a single line)."""
    rows = rows[:MOST_ROWS]
    best_before = best_before_of(rows, locale)
    price = price_of(rows, locale)
    found = (
        *(names_of(rows) if named else ()),
        *price,
        quantity_of(rows),
        best_before,
        produced_of(rows, locale, best_before),
        batch_of(rows),
        barcode_of(rows, barcodes),
    )
    return tuple(field for field in found if field)


def price_of(rows: Sequence[Row], locale: str | None = None) -> tuple[Field, ...]:
    """(price, currency), or () without one: of the amounts with a currency the one in the largest print; unit prices,
    old prices and deposits aside."""
    found = [(_price_score(row, amount), row, amount) for row in rows for amount in amounts_in(row.columns)
             if amount.exact and amount.value > 0 and _may_be_price(row, amount)]  # fmt: skip
    if not found:
        return _rare_price(rows)
    _, row, amount = max(found, key=lambda entry: entry[0])
    cells = cells_at(row, amount.start, amount.end)
    raw = row.text[amount.start : amount.end].strip()
    sure = 0.9 if amount.currency else 0.7
    doubts = () if amount.currency else ("no currency beside it",)
    price = field_of("price", amount.plain, cells, sure=sure, rule="price", raw=raw, doubts=doubts)
    currency, shared = currency_here(amount.sign, locale, (row.text for row in rows))
    if not currency:
        return (price,)
    doubts = ("several countries share the sign",) if shared else ()
    sure = 0.6 if shared else 0.95
    return price, field_of(
        "currency", currency, cells, sure=sure, rule="beside the price", raw=amount.sign, doubts=doubts
    )


def _rare_price(rows: Sequence[Row]) -> tuple[Field, ...]:
    """A price in a currency that our own table lacks (15.50 GEL, ₸ 1 500), by price-parser, where nothing else is in
    its row. A code needs cents beside it, and none that is a word (TOP, GEL) stands before the number."""
    for row in rows:
        match = _RARE.fullmatch(row.text.strip()) if len(row.text) <= LONGEST_PRICE else None
        if match is None or not _may_be_rare(match["before"] or "", match["number"], match["after"] or ""):
            continue
        price = Price.fromstring(row.text)
        if price.currency and price.amount and price.amount > 0:
            found = field_of("price", f"{price.amount:.2f}", row.cells, sure=0.75, rule="price with a rare currency")
            return (found, *_rare_currency(price.currency, row))
    return ()


def _may_be_rare(before: str, number: str, after: str) -> bool:
    if bool(before) == bool(after):
        return False
    sign = before or after
    if not sign.isalpha():
        return unicodedata.category(sign) == "Sc"
    return bool(re.search(r"[.,]\d\d$", number)) and before not in words.CODES_THAT_ARE_WORDS


def _rare_currency(code: str, row: Row) -> tuple[Field, ...]:
    if not re.fullmatch("[A-Z]{3}", code):
        return ()
    word = code in words.CODES_THAT_ARE_WORDS
    doubts = ("the currency's code is a word too",) if word else ()
    sure = 0.5 if word else 0.8
    return (field_of("currency", code, row.cells, sure=sure, rule="beside the price", doubts=doubts),)


def quantity_of(rows: Sequence[Row]) -> Field | None:
    """The package's contents: labelled as net, else in the largest print; nutrition tables aside."""
    found = [(_quantity_score(row, quantity), row, quantity) for row in rows for quantity in quantities_in(row.columns)]
    found = [entry for entry in found if entry[0] > 0]
    if not found:
        return None
    _, row, quantity = max(found, key=lambda entry: entry[0])
    cells = cells_at(row, quantity.start, quantity.end)
    rivals = any(quantity.same_as(other) is False for _, _, other in found)
    doubts = ["another quantity is printed too"] if rivals else []
    doubts += ["its separator may group thousands"] if quantity.doubtful else []
    raw = row.text[quantity.start : quantity.end].strip()
    return field_of(
        "quantity",
        str(quantity),
        cells,
        sure=(0.75 if rivals else 0.9) * (0.75 if quantity.doubtful else 1.0),
        rule="quantity with unit",
        raw=raw,
        doubts=doubts,
    )


def batch_of(rows: Sequence[Row]) -> Field | None:
    """The code after "Lot", "Batch", "Charge" ..., else the one that an L begins (Directive 2011/91/EU)."""
    for row in rows:
        match = words.BATCH.search(row.label)
        code = words.BATCH_CODE.match(row.text, match.end()) if match else None
        if code and re.search(r"\d", code[0]):
            cells = cells_at(row, code.start(), code.end())
            return field_of("batch", code[0].upper(), cells, sure=0.85, rule="labelled batch", raw=code[0])
    for cell in (cell for row in rows for cell in row.cells):
        marked = words.L_MARK.fullmatch(cell.text.strip())
        if marked:
            return field_of("batch", marked[1].upper(), [cell], sure=0.65, rule="L and a number", raw=cell.text)
    return None


def _may_be_price(row: Row, amount: Amount) -> bool:
    label = row.label
    if words.PER_UNIT.search(label[amount.end :]) or any(
        q.start <= amount.start < q.end for q in quantities_in(row.columns)
    ):
        return False
    return bool(amount.sign) or bool(words.PRICE.search(label)) or _is_alone(row, amount)


def _is_alone(row: Row, amount: Amount) -> bool:
    return not re.search(r"[^\W_]", row.text[: amount.start] + row.text[amount.end :])


def _price_score(row: Row, amount: Amount) -> float:
    label = row.label
    score = max((cell.height for cell in cells_at(row, amount.start, amount.end)), default=0.0) / 1000
    score += 2.0 if amount.sign else 0.0
    score += 1.0 if words.PRICE.search(label) else 0.0
    return score - (3.0 if words.NOT_PRICE.search(label) else 0.0)


def _quantity_score(row: Row, quantity: Quantity) -> float:
    """Not above 0: not the contents."""
    label = row.label
    score = 1.0 + min(
        0.9, max((cell.height for cell in cells_at(row, quantity.start, quantity.end)), default=0.0) / 1000
    )
    score += 2.0 if words.NET.search(label) else 0.0
    score += 0.5 if quantity.count > 1 else 0.0
    score -= 3.0 if words.NUTRITION.search(label) else 0.0
    return score - (3.0 if quantity.total[1] == "m" else 0.0)
