"""Products that a web page describes with schema.org's words (JSON-LD or microdata). Bytes in, records out.

Needs extruct, which is in the extra `[sources]`: with lxml and rdflib it is 20 MB that a CSV file has no need of.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from scout_common.errors import NotInstalled, PermanentError

from services.catalog.rows import Problem, Record
from services.catalog.variants import merged

LARGEST_PAGE = 8_000_000
DEEPEST = 40
MOST_PRODUCTS = 20_000
_LONG = 2000
_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_BARCODES = ("gtin13", "gtin", "gtin14", "gtin12", "gtin8", "ean")
_KEPT = ("description", "color", "size", "material", "pattern", "weight")


NO_PRODUCTS = PermanentError(
    "this page describes no product with a picture in schema.org's words (JSON-LD or microdata)",
    hint="Give the address of a product's page, of the shop's feed, or of products.json.",
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page says: products, and addresses of pages that a list on it leads to."""

    records: tuple[Record | Problem, ...]
    links: tuple[str, ...] = ()


def is_page(text: str) -> bool:
    """Whether text is an HTML page rather than a feed."""
    return _PAGE.match(text[:4096]) is not None


def read_page(data: bytes, url: str = "") -> Page:
    """The products of a page. Raises PermanentError where it cannot be read, NotInstalled without extruct."""
    if len(data) > LARGEST_PAGE:
        raise PermanentError(f"the page is larger than the {LARGEST_PAGE / 1e6:.0f} MB allowed")
    found: list[Record] = []
    links: dict[str, None] = {}
    for thing in _things(_described(data, url), 0):
        kinds = _kinds(thing)
        if "ProductGroup" in kinds:
            found += [_record(variant, url, thing) for variant in _dicts(thing.get("hasVariant"))]
        elif "Product" in kinds or "IndividualProduct" in kinds:
            found.append(_record(thing, url))
        elif "ListItem" in kinds:
            links |= dict.fromkeys(_addresses([thing.get("url"), thing.get("item")], url))
        if len(found) > MOST_PRODUCTS:
            raise PermanentError(f"the page describes more than {MOST_PRODUCTS} products")
    products = [record for record in found if record.fields.get("image") and record.fields.get("sku")]
    if products:
        numbered = [Record(where=f"product {n}", position=n, fields=r.fields) for n, r in enumerate(products, 1)]
        return Page(records=tuple(merged(_once(numbered))))
    return Page(records=(), links=tuple(link for link in links if _same_site(link, url)))


def _described(data: bytes, url: str) -> list[dict[str, Any]]:
    """Everything the page describes, microdata in the form of JSON-LD; a broken script costs only itself."""
    try:
        from extruct.jsonld import JsonLdExtractor
        from extruct.utils import parse_html
        from extruct.w3cmicrodata import MicrodataExtractor
        from lxml.etree import LxmlError
    except ModuleNotFoundError as error:
        hint = "pip install -e '.[sources]'"
        raise NotInstalled(f"to read products from a web page the package {error.name} is needed", hint=hint) from error
    try:
        tree = parse_html(data, encoding=_encoding(data))
    except (LxmlError, ValueError, LookupError, AssertionError) as error:
        raise PermanentError(f"the page cannot be read: {error}") from error
    if tree is None:
        return []
    found: list[Any] = []
    for script in tree.iter("script"):
        try:
            found += JsonLdExtractor().extract_items(script)
        except (ValueError, RecursionError, TypeError):
            continue
    with suppress(LxmlError, ValueError, RecursionError, TypeError):
        found += [_as_linked(item) for item in MicrodataExtractor().extract_items(tree, base_url=url or None)]
    return [thing for thing in found if isinstance(thing, dict)]


def _encoding(data: bytes) -> str:
    told = re.search(rb"<meta[^>]{0,200}charset=[\"']?([A-Za-z0-9_-]{1,40})", data[:4096], re.IGNORECASE)
    return told[1].decode("ascii") if told else "UTF-8"


def _as_linked(item: Any) -> Any:
    """A microdata item (type, properties) as JSON-LD has it."""
    if not isinstance(item, dict):
        return item
    said = {name: _linked_values(value) for name, value in (item.get("properties") or {}).items()}
    return {**said, "@type": item.get("type")}


def _linked_values(value: Any) -> Any:
    return [_as_linked(one) for one in value] if isinstance(value, list) else _as_linked(value)


def _things(values: Iterable[Any], depth: int) -> Iterator[dict[str, Any]]:
    """All objects, outer ones first; products do not look into themselves (related products are others' pages)."""
    if depth > DEEPEST:
        return
    for value in values:
        if isinstance(value, list):
            yield from _things(value, depth + 1)
        elif isinstance(value, dict):
            yield value
            if not _kinds(value) & {"Product", "ProductGroup", "IndividualProduct"}:
                yield from _things(value.values(), depth + 1)


def _record(thing: dict[str, Any], url: str, group: dict[str, Any] | None = None) -> Record:
    """A product; what a variant leaves out it has from its group."""
    whole = {**(group or {}), **thing}
    offer = next(iter(_dicts(whole.get("offers"))), {})
    stated = next(iter(_dicts(offer.get("priceSpecification"))), {})
    page = next(_addresses([thing.get("url"), offer.get("url")], url), "")
    barcode = next(filter(None, (_word(thing.get(name)) for name in _BARCODES)), "")
    sku = next(filter(None, (_word(thing.get(name)) for name in ("sku", "productID", "mpn"))), "")
    fields = {
        "sku": sku or barcode or _slug(page or url),
        "title": _word(whole.get("name")),
        "brand": _word(whole.get("brand")) or _word(whole.get("manufacturer")),
        "category": _word(whole.get("category")),
        "family": _family(whole, group),
        "price": _word(offer.get("price") or offer.get("lowPrice") or stated.get("price")),
        "currency": _word(offer.get("priceCurrency") or stated.get("priceCurrency")),
        "barcode": barcode,
        "image": list(dict.fromkeys(_addresses([whole.get("image")], url))),
        "url": page,
        **{name: _word(whole.get(name))[:_LONG] for name in _KEPT},
    }
    return Record(where="", position=0, fields={name: value for name, value in fields.items() if value})


def _family(whole: dict[str, Any], group: dict[str, Any] | None) -> str:
    named = (group or {}).get("productGroupID") or whole.get("inProductGroupWithID") or (group or {}).get("name")
    return _word(named)


def _once(records: Iterable[Record]) -> Iterator[Record]:
    """Each product once: pages often describe one in JSON-LD and in microdata, or in a list and on its own."""
    seen: set[str] = set()
    for record in records:
        sku = str(record.fields["sku"])
        if sku not in seen:
            seen.add(sku)
            yield record


def _kinds(thing: dict[str, Any]) -> set[str]:
    told = thing.get("@type")
    names = told if isinstance(told, list) else [told]
    return {re.split(r"[/#:]", name)[-1] for name in names if isinstance(name, str)}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _word(value: Any) -> str:
    """The text of a value: itself, its name, or that of the first of several."""
    for _ in range(5):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, dict):
            value = value.get("name") or value.get("@value") or value.get("value") or value.get("@id") or ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _addresses(values: Iterable[Any], url: str, depth: int = 0) -> Iterator[str]:
    """The addresses in texts and objects (ImageObject: url or contentUrl), completed by that of the page."""
    for value in values:
        if isinstance(value, str) and value.strip() and not value.startswith("data:"):
            try:
                yield urljoin(url, value.strip())
            except ValueError:
                continue
        elif isinstance(value, list) and depth < DEEPEST:
            yield from _addresses(value, url, depth + 1)
        elif isinstance(value, dict) and depth < DEEPEST:
            yield from _addresses([value.get("contentUrl") or value.get("url") or value.get("@id")], url, depth + 1)


def _slug(url: str) -> str:
    """The last part of an address: what shops name a product by where they give no number."""
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""
    return path.rpartition("/")[2].removesuffix(".html").removesuffix(".htm")


def _same_site(link: str, url: str) -> bool:
    try:
        there, here = urlsplit(link), urlsplit(url)
    except ValueError:
        return False
    return there.scheme in ("http", "https") and there.netloc.lower() == here.netloc.lower() and link != url
