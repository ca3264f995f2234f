"""products.json as Shopify's shops publish it: products with variants and pictures. A JSON value in, records out."""

from collections.abc import Iterator, Sequence
from typing import Any

from services.catalog.rows import Problem, Record
from services.catalog.variants import merged


def is_shop(items: Sequence[Any]) -> bool:
    """Whether the products of a JSON list are told as Shopify tells them."""
    return any(isinstance(item, dict) and isinstance(item.get("variants"), list) for item in items)


def read_shop(items: Sequence[Any]) -> Iterator[Record | Problem]:
    """One record per variant that looks different from the others of its product."""
    return merged(_records(items))


def _records(items: Sequence[Any]) -> Iterator[Record | Problem]:
    position = 0
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            yield Problem(message="a product is expected here", where=f"item {number}")
            continue
        variants = [variant for variant in _list(item.get("variants")) if isinstance(variant, dict)] or [{}]
        for place, variant in enumerate(variants, 1):
            position += 1
            where = f"item {number}" if len(variants) == 1 else f"item {number}, variant {place}"
            yield Record(where=where, position=position, fields=_fields(item, variant))


def _fields(item: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    named = variant.get("title")
    fields = {
        "sku": variant.get("sku") or variant.get("id") or item.get("handle") or item.get("id"),
        "title": item.get("title"),
        "brand": item.get("vendor"),
        "category": item.get("product_type"),
        "family": _text(item.get("handle")) or _text(item.get("id")),
        "price": variant.get("price"),
        "barcode": variant.get("barcode"),
        "image": _pictures(item, variant),
        "tags": item.get("tags"),
        "size": named if named != "Default Title" else None,
        "handle": item.get("handle"),
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _pictures(item: dict[str, Any], variant: dict[str, Any]) -> list[str]:
    """The variant's own pictures; all of the product's where it has none."""
    ident = variant.get("id")
    everything = [picture for picture in (*_list(item.get("images")), item.get("image")) if isinstance(picture, dict)]
    own = [picture for picture in everything if ident is not None and ident in _list(picture.get("variant_ids"))]
    if isinstance(variant.get("featured_image"), dict):
        own.insert(0, variant["featured_image"])
    sources = [picture.get("src") for picture in own or everything]
    return list(dict.fromkeys(_address(source) for source in sources if isinstance(source, str) and source))


def _address(source: str) -> str:
    return f"https:{source}" if source.startswith("//") else source


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
