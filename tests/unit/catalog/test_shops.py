"""products.json as Shopify's shops publish it."""

import contextlib
import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from scout_common.errors import PermanentError

from services.catalog.readers import read_catalogue
from services.catalog.rows import Catalogue

SHIRT = {
    "id": 7,
    "title": "Shirt",
    "handle": "shirt",
    "vendor": "Acme",
    "product_type": "Clothes",
    "tags": ["summer"],
    "variants": [
        {"id": 70, "title": "red / S", "sku": "S-RED-S", "price": "19.90"},
        {"id": 71, "title": "red / M", "sku": "S-RED-M", "price": "19.90"},
        {
            "id": 72,
            "title": "blue / S",
            "sku": "S-BLUE-S",
            "price": "21.00",
            "featured_image": {"src": "//cdn.example/b.jpg"},
        },
        {"id": 73, "title": "green", "sku": "", "price": "9.00"},
    ],
    "images": [
        {"src": "https://cdn.example/r.jpg", "variant_ids": [70, 71]},
        {"src": "https://cdn.example/g.jpg", "variant_ids": [73]},
    ],
}
MUG = {
    "id": 8,
    "title": "Mug",
    "handle": "mug",
    "variants": [{"id": 80, "title": "Default Title", "sku": "MUG", "barcode": "4006381333931", "price": "5.00"}],
    "images": [{"src": "m1.jpg"}, {"src": "m2.jpg"}],
}


def read(value: Any) -> Catalogue:
    return read_catalogue(json.dumps(value).encode(), "products.json")


def test_each_variant_that_looks_different_is_a_product() -> None:
    red, blue, green, mug = read({"products": [SHIRT, MUG]}).rows
    assert [row.sku for row in (red, blue, green, mug)] == ["S-RED-S", "S-BLUE-S", "73", "MUG"]
    assert [variant["sku"] for variant in red.extra["variants"]] == ["S-RED-S", "S-RED-M"]
    assert (red.images, blue.images) == (("https://cdn.example/r.jpg",), ("https://cdn.example/b.jpg",))
    assert (blue.title, blue.brand, blue.category, blue.family) == ("Shirt", "Acme", "Clothes", "shirt")
    assert (blue.price, blue.where) == (Decimal("21.00"), "item 1, variant 3")
    assert (mug.images, mug.barcode, "size" in mug.extra) == (("m1.jpg", "m2.jpg"), "4006381333931", False)


def test_a_plain_list_of_products_stays_what_it_is() -> None:
    assert read({"products": [{"sku": "A1", "image": "a.jpg"}]}).rows[0].sku == "A1"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*SHIRT, "src", "variant_ids"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(anything, max_size=4))
def test_anything_in_place_of_a_product_never_escapes(items: list[Any]) -> None:
    with contextlib.suppress(PermanentError):
        read({"products": [*items, {"variants": items, "images": items, "image": items}, MUG]})
