"""A product as a catalogue states it, whatever the file format: known columns by any usual name, the rest kept."""

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from scout_common.encoding import is_damaged

from services.catalog.prices import parse_price

COLUMNS: dict[str, tuple[str, ...]] = {
    "sku": ("sku", "id", "product_id", "article", "article_number", "item_number"),
    "title": ("title", "name", "product_name", "product_title"),
    "brand": ("brand", "manufacturer"),
    "category": ("category", "product_type"),
    "family": ("family", "product_family", "item_group_id"),
    "price": ("price",),
    "currency": ("currency",),
    "barcode": ("barcode", "ean", "gtin", "upc"),
}
"""Each column and the names it goes by, the best first."""

_IMAGE = re.compile(r"(image|picture|photo)(s|_urls?|_paths?|_files?|_links?|_?\d{1,2}(_url)?)?\Z")
_SPREADSHEET_NUMBER = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+\Z")
_LONGEST = {"sku": 200, "currency": 20, "barcode": 100}
_LONGEST_TEXT = 2000
_QUOTED = 40  # characters of a column's name in a message
_DEEPEST = 20


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with the file (`where` empty) or a place in it ("line 7"); an error costs the row or a picture."""

    message: str
    where: str = ""
    hint: str = ""
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One row before it is understood; `fields` as the file names them. `position` orders the products."""

    where: str
    position: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ProductRow:
    """One product. `images`: paths or URLs as written; `extra`: unknown columns, JSON values."""

    where: str
    position: int
    sku: str
    title: str
    brand: str | None = None
    category: str | None = None
    family: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    barcode: str | None = None
    images: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The good rows in their order, and what was wrong with the others."""

    rows: tuple[ProductRow, ...] = ()
    problems: tuple[Problem, ...] = ()


def collect(read: Iterable[Record | Problem]) -> Catalogue:
    """Understand records one by one; what cannot be used becomes a problem. A repeated sku keeps its first row."""
    rows: dict[str, ProductRow] = {}
    problems: list[Problem] = []
    for record in read:
        if isinstance(record, Problem):
            problems.append(record)
            continue
        try:
            row, doubts = understand(record)
        except ValueError as error:
            problems.append(Problem(message=str(error), where=record.where))
            continue
        problems += doubts
        if row.sku in rows:
            problems.append(
                Problem(
                    message=f"the sku {row.sku!r} stands on {rows[row.sku].where} already; this row is left out",
                    where=record.where,
                    hint="Give each product one row; several pictures go into one cell, separated by `;`.",
                )
            )
        else:
            rows[row.sku] = row
    return Catalogue(rows=tuple(rows.values()), problems=tuple(problems))


def understand(record: Record) -> tuple[ProductRow, list[Problem]]:
    """The product of a record and doubts about single values. Raises ValueError where the row cannot be used."""
    named = name_columns(record.fields)
    texts = {column: _text(record.fields[name], column) for column, name in named.items()}
    sku = texts.pop("sku", "")
    if not sku:
        raise ValueError("the sku is empty")
    doubts: list[Problem] = []
    texts.pop("price", "")
    price, currency = _price(record.fields.get(named.get("price", "")), texts.pop("currency", ""), record.where, doubts)
    barcode = _barcode(texts.pop("barcode", ""), record.where, doubts)
    images = tuple(dict.fromkeys(_images(record.fields)))
    known = {*named.values(), *(name for name in record.fields if is_image_column(name))}
    extra = {_clean(name): _plain(value, 0) for name, value in record.fields.items() if name not in known}
    row = ProductRow(
        where=record.where,
        position=record.position,
        sku=sku,
        title=texts.pop("title", "") or sku,
        price=price,
        currency=currency,
        barcode=barcode,
        images=images,
        extra={name: value for name, value in extra.items() if name and value not in ("", None)},
        **{column: value or None for column, value in texts.items()},
    )
    return row, doubts


def name_columns(names: Iterable[str]) -> dict[str, str]:
    """Known column -> the name it goes by among `names` (the best one, where several would do)."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain_name(name), name)
    return {
        column: by_plain[usual]
        for column, known in COLUMNS.items()
        for usual in [next((usual for usual in known if usual in by_plain), "")]
        if usual
    }


def is_image_column(name: str) -> bool:
    """Whether a column holds pictures: image, images, image_url, image_1, picture, photo2, ..."""
    return _IMAGE.match(plain_name(name)) is not None


def plain_name(name: str) -> str:
    """A column's name in lower case with `_` for spaces and hyphens."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _images(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        if not is_image_column(name) or value is None:
            continue
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, str):
                raise ValueError(f"{_clean(name)[:_QUOTED]!r} holds something that is neither a path nor an address")
            parts = [item] if isinstance(value, list) else item.split(";")  # in a list an address may hold one
            for source in filter(None, (_sound(part).strip() for part in parts)):
                if len(source) > _LONGEST_TEXT:
                    raise ValueError(
                        f"{_clean(name)[:_QUOTED]!r} holds a path or an address of {len(source)} characters"
                    )
                yield source


def _text(value: Any, column: str) -> str:
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{column!r} holds {json.dumps(value)[:40]}, not a text")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = "" if value is None else _clean(str(value))
    longest = _LONGEST.get(column, _LONGEST_TEXT)
    if len(text) > longest:
        raise ValueError(f"{column!r} has {len(text)} characters, more than the {longest} allowed")
    return text


def _price(value: Any, stated: str, where: str, doubts: list[Problem]) -> tuple[Decimal | None, str | None]:
    if isinstance(value, int | float) and math.isfinite(value) and 0 <= value < 1e15:
        return Decimal(str(value)), stated or None  # a JSON number needs no guessing
    try:
        price, named = parse_price("" if value is None else _clean(str(value)))
    except ValueError as error:
        doubts.append(Problem(message=f"{error}: it is left out", where=where, severity="warning"))
        return None, stated or None
    return price, stated or named


def _barcode(text: str, where: str, doubts: list[Problem]) -> str | None:
    if _SPREADSHEET_NUMBER.match(text):
        doubts.append(
            Problem(
                message=f"the barcode {text!r} lost its digits in a spreadsheet: it is left out",
                where=where,
                hint="Format the column as text before saving.",
                severity="warning",
            )
        )
        return None
    return text or None


def _clean(text: str) -> str:
    """One line of composed characters, no control characters. Raises ValueError for undecodable ones."""
    kept = "".join(" " if unicodedata.category(character) == "Cc" else character for character in _sound(text))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _sound(text: str) -> str:
    if is_damaged(text):
        raise ValueError("holds bytes that are not text in the file's encoding")
    return text.replace("\0", "")


def _plain(value: Any, depth: int) -> Any:
    """A JSON value the database can hold: sound texts, finite numbers. Raises ValueError."""
    if depth > _DEEPEST:
        raise ValueError(f"a value is nested more than {_DEEPEST} levels deep")
    if isinstance(value, str):
        return _sound(value).strip()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_sound(str(name)): _plain(item, depth + 1) for name, item in value.items()}
    return value
