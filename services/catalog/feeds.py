"""Product feeds in XML: Google Merchant as RSS 2.0 or Atom, plain lists of <product> elements. Bytes in, records out.

Fields as Google names them: support.google.com/merchants/answer/7052112. Feeds are hostile until read: no entities
(defusedxml), nothing external, depth and size of an item limited, memory that of one item.
"""

import io
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from scout_common.errors import PermanentError

from services.catalog.rows import Problem, Record
from services.catalog.variants import merged

GOOGLE = ("{http://base.google.com/ns/1.0}", "{http://base.google.com/cns/1.0}")
ITEMS = frozenset({"item", "entry", "product"})
DEEPEST = 50
MOST_ELEMENTS = 2000
"""Of one item; Google's longest have about a hundred."""
_NO_FEED_HINT = (
    "Give a Google Merchant feed (RSS or Atom), products.json of a Shopify shop, a page with schema.org products, "
    "or a CSV file."
)
_NAMES = {
    "sku": ("id", "sku", "guid"),
    "title": ("title", "name"),
    "brand": ("brand", "manufacturer"),
    "category": ("product_type", "google_product_category", "category"),
    "family": ("item_group_id",),
    "price": ("price",),
    "currency": ("currency",),
    "barcode": ("gtin", "ean", "upc", "barcode"),
}
_PICTURES = ("image_link", "additional_image_link", "image", "image_url", "picture")
_LONG = 2000


def read_xml(data: bytes) -> Iterator[Record | Problem]:
    """The products of a feed; variants with the same pictures are one. Raises PermanentError where it is none."""
    return merged(_records(data))


def _records(data: bytes) -> Iterator[Record | Problem]:
    number = 0
    try:
        for number, item in enumerate(_items(data), 1):
            where = f"item {number}"
            if item is None:
                yield Problem(message=f"more than {MOST_ELEMENTS} elements; it is left out", where=where)
            else:
                yield Record(where=where, position=number, fields=_fields(item))
    except ParseError as error:
        line, column = error.position
        what = f"the XML is broken at line {line}, column {column}"
        if not number:
            raise PermanentError(f"{what}: {error.msg}", hint=_NO_FEED_HINT) from error
        yield Problem(message=f"{what}; what follows is not read", where=f"after item {number}")
    except DefusedXmlException as error:
        raise PermanentError("the XML declares entities, which no feed needs: it is not read") from error
    except (ValueError, LookupError) as error:  # an encoding that is named but not known
        raise PermanentError(f"the XML cannot be read: {error}") from error
    if not number:
        raise PermanentError("this XML holds no <item>, <entry> or <product>", hint=_NO_FEED_HINT)


def _items(data: bytes) -> Iterator[Element | None]:
    """The item elements, one in memory at a time; None for one that is beyond measure."""
    path: list[Element] = []
    depth = elements = 0  # of the item we are in
    for event, element in iterparse(io.BytesIO(data), events=("start", "end")):
        if event == "start":
            path.append(element)
            if len(path) > DEEPEST:
                raise PermanentError(f"the XML is nested more than {DEEPEST} levels deep")
            if not depth and _name(element) in ITEMS:
                depth, elements = len(path), 0
            elements += 1
            continue
        path.pop()
        if depth == len(path) + 1:
            yield element if elements <= MOST_ELEMENTS else None
            depth = 0
        if path and (not depth or elements > MOST_ELEMENTS):
            del path[-1][:]


def _fields(item: Element) -> dict[str, Any]:
    """The item's fields under our names; what we have no name for under its own."""
    found: dict[str, list[Any]] = {}
    plain: dict[str, list[Any]] = {}
    for child in item:
        value = _value(child)
        if value:
            (found if child.tag.startswith(GOOGLE) else plain).setdefault(_name(child), []).append(value)
    for name, values in plain.items():
        found.setdefault(name, values)
    pictures = [url for name in _PICTURES for value in found.pop(name, ()) for url in _texts(value)]
    fields: dict[str, Any] = {"image": pictures}
    for ours, names in _NAMES.items():
        told = next((name for name in names if name in found), None)
        if told is not None:
            fields[ours] = next(_texts(found.pop(told)[0]), "")
    for name, values in found.items():
        fields.setdefault(name, values[0] if len(values) == 1 else values)
    return fields


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value; Google's `price` and the like are texts, some shops wrap them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)


def _value(element: Element) -> Any:
    """A text, an address (Atom's link), or the fields of a nested element, as g:shipping is."""
    inner = {_name(child): _value(child) for child in element}
    if any(inner.values()):
        return {name: value for name, value in inner.items() if value}
    said = (element.text or "").strip() or element.get("href", "") or element.get("url", "")
    return said[:_LONG] if _name(element) in ("description", "summary", "content", "encoded") else said


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
