"""Products in web pages, as shops describe them to search engines."""

import contextlib
import json
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scout_common.errors import NotInstalled, PermanentError

from services.catalog.pages import is_page, read_page
from services.catalog.readers import read_catalogue
from services.catalog.rows import Record, collect

URL = "https://shop.example/cereal/ck.html"
KRAVE = {
    "@context": "https://schema.org",
    "@type": "Product",
    "sku": "CK-375",
    "gtin13": "4006381333931",
    "name": "Choco Krave",
    "brand": {"@type": "Brand", "name": "Krave"},
    "image": ["/img/a.jpg", {"@type": "ImageObject", "url": "https://cdn.example/b.jpg"}],
    "offers": {"@type": "Offer", "price": 3.49, "priceCurrency": "EUR", "url": "ck.html"},
    "isRelatedTo": {"@type": "Product", "sku": "OTHER", "image": "x.jpg"},
}
MICRODATA = """
<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Oat Drink</h1>
<img itemprop="image" src="oat.jpg"><meta itemprop="mpn" content="OAT-1">
<div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="priceCurrency" content="EUR">
<span itemprop="price" content="1.99">1,99</span></div></div>"""


def page(*things: Any, body: str = "") -> bytes:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)
    return f"<!doctype html><html><head>{scripts}</head><body>{body}</body></html>".encode()


def records(data: bytes) -> list[Record]:
    return [record for record in read_page(data, URL).records if isinstance(record, Record)]


def test_a_product_told_in_json_ld() -> None:
    (row,) = collect(read_page(page({"@graph": [{"@type": "WebSite"}, KRAVE]}), URL).records).rows
    assert (row.sku, row.title, row.brand, row.barcode) == ("CK-375", "Choco Krave", "Krave", "4006381333931")
    assert (row.price, row.currency) == (Decimal("3.49"), "EUR")
    assert row.images == ("https://shop.example/img/a.jpg", "https://cdn.example/b.jpg")
    assert row.extra["url"] == "https://shop.example/cereal/ck.html"


def test_a_product_told_in_microdata() -> None:
    (row,) = collect(read_page(page(body=MICRODATA), URL).records).rows
    assert (row.sku, row.title, row.price) == ("OAT-1", "Oat Drink", Decimal("1.99"))
    assert row.images == ("https://shop.example/cereal/oat.jpg",)


def test_a_product_told_twice_is_one_and_a_broken_script_costs_only_itself() -> None:
    twice = page(KRAVE, KRAVE).replace(b"<body>", b'<body><script type="application/ld+json">{"@type": </script>')
    assert len(records(twice)) == 1


def test_variants_have_from_their_group_what_they_leave_out() -> None:
    variants = [{"@type": "Product", "sku": "R", "image": "r.jpg"}, {"@type": "Product", "sku": "S"}, {"sku": "T"}]
    group = {"@type": "ProductGroup", "productGroupID": "G", "name": "Shirt", "image": "g.jpg", "hasVariant": variants}
    rows = collect(read_page(page(group), URL).records).rows
    assert [(row.sku, row.title, row.family) for row in rows] == [("R", "Shirt", "G"), ("S", "Shirt", "G")]


def test_a_list_of_pages_leads_to_those_of_the_same_site() -> None:
    items = [{"@type": "ListItem", "url": url} for url in ("a.html", URL, "https://other.example/b", "javascript:x")]
    found = read_page(page({"@type": "ItemList", "itemListElement": items}), URL)
    assert (found.records, found.links) == ((), ("https://shop.example/cereal/a.html",))


def test_a_product_without_number_goes_by_its_address() -> None:
    nameless = {name: value for name, value in KRAVE.items() if name not in ("sku", "gtin13")}
    assert records(page(nameless))[0].fields["sku"] == "ck"


@pytest.mark.parametrize("data", [page(), page({"@type": "Product", "name": "no picture"}), b"<html>log in</html>"])
def test_a_page_without_products_is_told(data: bytes) -> None:
    with pytest.raises(PermanentError, match="describes no product"):
        read_catalogue(data, "page.html")


def test_what_is_missing_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "extruct.jsonld", None)
    with pytest.raises(NotInstalled, match=r"extruct.*sources"):
        read_page(page(KRAVE), URL)


@pytest.mark.parametrize(
    ("text", "expected"), [("<!DOCTYPE html>", True), ("<!-- x --> <html>", True), ("<rss>", False)]
)
def test_what_is_a_page(text: str, expected: bool) -> None:
    assert is_page(text) is expected


WHOLE = page({"@graph": [KRAVE]}, body=MICRODATA)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("https://[::"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KRAVE, "url", "name", "hasVariant"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=20), st.integers(0, len(WHOLE)), st.integers(0, 60))
@example(b"<" * 20, 0, len(WHOLE))
def test_a_damaged_page_never_escapes(junk: bytes, place: int, cut: int) -> None:
    with contextlib.suppress(PermanentError):
        read_page(WHOLE[:place] + junk + WHOLE[place + cut :], URL)


@settings(max_examples=60, deadline=None)
@given(anything)
def test_anything_in_place_of_a_product_never_escapes(thing: Any) -> None:
    with contextlib.suppress(PermanentError):
        for told in (thing, {"@type": "Product", "image": "a", "offers": thing, "name": thing, "url": thing}):
            collect(read_page(page(told), URL).records)
