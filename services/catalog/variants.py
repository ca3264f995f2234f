"""Variants of a product that look the same are one product here: no picture can tell a size M from a size L."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from services.catalog.rows import Problem, Record

TOLD = ("sku", "title", "price", "barcode", "size")


def merged(read: Iterable[Record | Problem]) -> Iterator[Record | Problem]:
    """Records of the same `family` with the same pictures become the first of them, the others told as `variants`."""
    kept: list[Record | Problem] = []
    places: dict[tuple[str, tuple[str, ...]], int] = {}
    for record in read:
        key = None if isinstance(record, Problem) else _looks(record)
        if key is None or isinstance(record, Problem) or key not in places:
            if key is not None:
                places[key] = len(kept)
            kept.append(record)
            continue
        first = kept[places[key]]
        assert isinstance(first, Record)
        told = [*first.fields.get("variants", [_told(first)]), _told(record)]
        kept[places[key]] = replace(first, fields={**first.fields, "variants": told})
    yield from kept


def _looks(record: Record) -> tuple[str, tuple[str, ...]] | None:
    family, pictures = record.fields.get("family"), record.fields.get("image")
    if not isinstance(family, str) or not family or not isinstance(pictures, list) or not pictures:
        return None
    return family, tuple(map(str, pictures))


def _told(record: Record) -> dict[str, Any]:
    return {name: record.fields[name] for name in TOLD if record.fields.get(name)}
