"""What a label calls the product, and whose it is: by words that say so, else by the size of print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from scout_ocr.extract import label_words as words
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Cell, Row
from scout_ocr.extract.quantity import quantities_in
from scout_ocr.fields import Field

MOST_NAME_ROWS = 4


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
    cells = [cell for row in block for cell in row.cells if re.search(r"[^\W_]", cell.text) and _of_its_size(cell, row)]
    value = " ".join(cell.text for cell in cells).strip(" -|:;,.*")
    return field_of(name, value, cells, sure=sure, rule=rule)


def _of_its_size(cell: Cell, row: Row) -> bool:
    """Small print beside a large name is no part of it."""
    return cell.height >= 0.6 * max(other.height for other in row.cells)
