"""Google Merchant feeds as shops write them, and as nobody should."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scout_common.errors import PermanentError

from services.catalog.readers import read_catalogue
from services.catalog.rows import Catalogue

GOOGLE = 'xmlns:g="http://base.google.com/ns/1.0"'
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss {GOOGLE} version="2.0"><channel><title>Shop</title><link>https://shop.example</link>
<item>
  <g:id>CK-375</g:id><title>not this one</title><g:title>Choco Krave 375 g</g:title>
  <g:description>Filled pillows</g:description><link>https://shop.example/ck?a=1&amp;b=2</link>
  <g:image_link>https://cdn.example/ck;1.jpg</g:image_link>
  <g:additional_image_link>https://cdn.example/ck-back.jpg</g:additional_image_link>
  <g:price>3.49 EUR</g:price><g:brand>Krave</g:brand><g:gtin>4006381333931</g:gtin>
  <g:google_product_category>Food &gt; Cereals</g:google_product_category><g:item_group_id>CK</g:item_group_id>
  <g:shipping><g:country>DE</g:country><g:price>4.95 EUR</g:price></g:shipping>
  <g:custom_label_0>spring</g:custom_label_0>
</item>
<item><g:id>OAT-1</g:id><title>Oat Drink</title><g:image_link>https://cdn.example/oat.jpg</g:image_link></item>
</channel></rss>""".encode()
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" {GOOGLE}><title>Shop</title><id>tag:shop</id>
<entry><id>tag:1</id><g:id>A1</g:id><title>Tea</title><link href="https://shop.example/a1"/>
<g:image_link>a.jpg</g:image_link><g:price>2 USD</g:price></entry></feed>""".encode()


def read(data: bytes) -> Catalogue:
    return read_catalogue(data, "feed.xml")


def test_a_google_feed_in_rss() -> None:
    first, second = read(RSS).rows
    assert (first.sku, first.title, first.brand, first.barcode) == (
        "CK-375",
        "Choco Krave 375 g",
        "Krave",
        "4006381333931",
    )
    assert (first.price, first.currency, first.category, first.family) == (
        Decimal("3.49"),
        "EUR",
        "Food > Cereals",
        "CK",
    )
    assert first.images == ("https://cdn.example/ck;1.jpg", "https://cdn.example/ck-back.jpg")
    assert first.extra["link"] == "https://shop.example/ck?a=1&b=2"
    assert first.extra["shipping"] == {"country": "DE", "price": "4.95 EUR"}
    assert first.extra["custom_label_0"] == "spring"
    assert (second.sku, second.title, second.where, second.position) == ("OAT-1", "Oat Drink", "item 2", 2)


def test_a_google_feed_in_atom_and_in_other_encodings() -> None:
    (row,) = read(ATOM).rows
    assert (row.sku, row.title, row.extra["link"]) == ("A1", "Tea", "https://shop.example/a1")
    text = ATOM.decode().replace("Tea", "Thé")
    assert read(text.encode("utf-16")).rows[0].title == "Thé"
    assert read(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + text.encode("latin-1")).rows[0].title == "Thé"


def test_variants_that_look_the_same_are_one_product() -> None:
    item = (
        "<item><g:id>T-{size}</g:id><g:item_group_id>T</g:item_group_id><g:image_link>{picture}</g:image_link></item>"
    )
    items = [item.format(size=size, picture=picture) for size, picture in [("S", "a"), ("M", "a"), ("L", "b")]]
    rows = read(f"<rss {GOOGLE}><channel>{''.join(items)}</channel></rss>".encode()).rows
    assert [row.sku for row in rows] == ["T-S", "T-L"]
    assert [variant["sku"] for variant in rows[0].extra["variants"]] == ["T-S", "T-M"]


def test_what_breaks_off_keeps_the_products_before() -> None:
    broken = read(RSS[: RSS.index(b"<item><g:id>OAT-1") + 30])
    assert [row.sku for row in broken.rows] == ["CK-375"]
    assert "broken at line" in broken.problems[0].message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss><item>&a;</item></rss>', "entities"),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><id>&a;</id></item></rss>', "entities"),
        (b"<rss><channel/></rss>", "no <item>"),
        (b"<rss", "broken at line 1"),
        (b"<a>" * 60 + b"</a>" * 60, "nested more than"),
        (b'<?xml version="1.0" encoding="nonsense"?><rss/>', "XML"),
    ],
)
def test_what_is_no_feed_is_told(data: bytes, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        read(data)


def test_an_item_beyond_measure_costs_only_itself() -> None:
    found = read(b"<rss><item>" + b"<a>x</a>" * 3000 + b"</item><item><id>A1</id></item></rss>")
    assert [row.sku for row in found.rows] == ["A1"]
    assert "2000 elements" in found.problems[0].message


@settings(deadline=None)
@given(st.binary(max_size=30), st.integers(0, len(RSS)), st.integers(0, 40))
@example(b"]]>", 200, 0)
@example(b"\xff", 300, 0)
def test_a_damaged_feed_never_escapes(junk: bytes, place: int, cut: int) -> None:
    with contextlib.suppress(PermanentError):
        read(RSS[:place] + junk + RSS[place + cut :])
