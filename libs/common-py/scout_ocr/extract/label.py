"""Product labels and price tags: name, brand, price, quantity, dates, batch, barcode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from scout_ocr.extract import label_words as words
from scout_ocr.extract.amounts import Amount, amounts_in, currency_here
from scout_ocr.extract.codes import barcode_of
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.label_dates import best_before_of, produced_of
from scout_ocr.extract.layout import Cell, Row
from scout_ocr.extract.quantity import Quantity, quantities_in
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode

MOST_ROWS = 200  # of a label
MOST_NAME_ROWS = 4


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
        return ()
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


def quantity_of(rows: Sequence[Row]) -> Field | None:
    """The package's contents: labelled as net, else in the largest print; nutrition tables aside."""
    found = [(_quantity_score(row, quantity), row, quantity) for row in rows for quantity in quantities_in(row.columns)]
    found = [entry for entry in found if entry[0] > 0]
    if not found:
        return None
    _, row, quantity = max(found, key=lambda entry: entry[0])
    cells = cells_at(row, quantity.start, quantity.end)
    rivals = any(quantity.same_as(other) is False for _, _, other in found)
    doubts = ("another quantity is printed too",) if rivals else ()
    raw = row.text[quantity.start : quantity.end].strip()
    return field_of(
        "quantity",
        str(quantity),
        cells,
        sure=0.75 if rivals else 0.9,
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


def names_of(rows: Sequence[Row]) -> tuple[Field, ...]:
    """(name, brand): labelled so, else the largest print is the name, and what stands as large above it the brand."""
    labelled = tuple(
        field for field in (_labelled("name", words.NAMED, rows), _labelled("brand", words.BRANDED, rows)) if field
    )
    if any(field.name == "name" for field in labelled):
        return labelled
    blocks = _prominent([row for row in rows if _may_name(row)])
    if not blocks:
        return labelled
    name = _named("name", blocks[-1], 0.6, "largest print")
    marked = next((row for row in rows if re.search(r"[®™]", row.text)), None)
    if any(field.name == "brand" for field in labelled):
        return name, *labelled
    if marked:
        brand = re.split(r"\s?[®™]", marked.text)[0].strip()
        return (name, field_of("brand", brand, marked.cells, sure=0.75, rule="registered mark")) if brand else (name,)
    return (name, _named("brand", blocks[0], 0.45, "large print above the name")) if len(blocks) > 1 else (name,)


def cells_at(row: Row, start: int, end: int) -> tuple[Cell, ...]:
    """The cells that these characters of the row's text stand in."""
    place, found = 0, []
    for cell in row.cells:
        if place < end and place + len(cell.text) > start:
            found.append(cell)
        place += len(cell.text) + 1
    return tuple(found) or row.cells


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


def _labelled(name: str, pattern: re.Pattern[str], rows: Sequence[Row]) -> Field | None:
    for row in rows:
        match = pattern.match(row.label)
        if match and (value := row.text[match.end() :].strip()):
            return field_of(name, value, row.cells, sure=0.9, rule=f"labelled {name}")
    return None


def _may_name(row: Row) -> bool:
    label = row.label
    letters = len(re.findall(r"[^\W\d_]", label))
    if letters < 3 or letters < 0.5 * len(re.sub(r"\s", "", label)) or any(q.start < 3 for q in quantities_in(label)):
        return False
    patterns = (words.NO_NAME, words.BEST_BEFORE, words.PRODUCED, words.BATCH, words.PRICE, words.BRANDED)
    return not any(pattern.search(label) for pattern in patterns)


def _prominent(rows: Sequence[Row]) -> list[list[Row]]:
    """Blocks of neighbouring rows in large print: the last one is the name, the one before it stands above it."""
    if not rows:
        return []
    largest = max(row.height for row in rows)
    if largest == 0 or (len(rows) > 3 and largest < 1.25 * median(row.height for row in rows)):
        return [[rows[0]]]
    blocks = _blocks([row for row in rows if row.height >= 0.6 * largest])
    place = next(place for place, block in enumerate(blocks) if any(row.height == largest for row in block))
    if place == 0 and len(blocks) > 1 and len(blocks[0]) == 1 and len(blocks[0][0].text.split()) <= 2:
        place = 1
    name = blocks[place]
    name += _closely_below(name[-1], rows)[: MOST_NAME_ROWS - len(name)]
    return blocks[max(0, place - 1) : place + 1]


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of one size with no more than half a line between them."""
    blocks: list[list[Row]] = []
    for row in rows:
        before = blocks[-1][-1] if blocks else None
        alike = before is not None and 0.75 < row.height / before.height < 1.33 and row.page == before.page
        if before and alike and row.top - before.bottom < 0.55 * row.height and len(blocks[-1]) < MOST_NAME_ROWS:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _closely_below(row: Row, rows: Sequence[Row]) -> list[Row]:
    """The row that goes on under a name in half its size or more: the flavour, the colour."""
    under = (other for other in rows if other.page == row.page and 0 <= other.top - row.bottom < 0.55 * row.height)
    return [other for other in under if 0.5 * row.height <= other.height < 0.75 * row.height][:1]


def _named(name: str, block: Sequence[Row], sure: float, rule: str) -> Field:
    cells = [cell for row in block for cell in row.cells if re.search(r"[^\W_]", cell.text)]
    value = " ".join(cell.text for cell in cells).strip(" -|:;,.*")
    return field_of(name, value, cells, sure=sure, rule=rule)
