from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from scout_common.ids import match_id, medium_id, product_id


def test_ids_are_the_same_on_every_machine() -> None:
    assert product_id("default", "A1") == "4ddd4e83-002b-5901-8920-aa832c07efc8"
    assert medium_id("default", "00" * 32) == "9e739bd3-e569-5c60-a928-293ac1de290a"
    assert match_id("j", "m", "p", 1500) == "d9d65441-4895-5f3a-836a-307d2ffead6c"


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_different_things_have_different_ids(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (product_id(*one) == product_id(*other)) == (one == other)


def test_kinds_do_not_meet() -> None:
    assert product_id("t", "x") != medium_id("t", "x")
    assert UUID(product_id("t", "x")).version == 5
