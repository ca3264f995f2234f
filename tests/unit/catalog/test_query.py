import pytest

from services.catalog.query import select
from services.catalog.rows import Catalogue, ProductRow

KRAVE = ProductRow(where="1", position=1, sku="CK-375", title="Choco Krave", brand="Krave", category="Cereals")
CAFE = ProductRow(where="2", position=2, sku="CAFÉ-1", title="Café Crème", extra={"tags": ["Fair Trade", {"a": "bio"}]})


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("", ["CK-375", "CAFÉ-1"]),
        ("  ", ["CK-375", "CAFÉ-1"]),
        ("krave", ["CK-375"]),
        ("KRAVE cereal", ["CK-375"]),
        ("krave tea", []),
        ("cafe creme", ["CAFÉ-1"]),
        ("ck-375", ["CK-375"]),
        ("trade bio", ["CAFÉ-1"]),
        ("rave", []),
    ],
)
def test_products_hold_all_the_words(query: str, skus: list[str]) -> None:
    assert [row.sku for row in select(Catalogue(rows=(KRAVE, CAFE)), query).rows] == skus


def test_a_query_that_finds_nothing_is_told() -> None:
    (problem,) = select(Catalogue(rows=(KRAVE,)), "tea").problems
    assert "'tea'" in problem.message
