import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scout_common.errors import PermanentError

from services.catalog.readers import read_catalogue, read_folder
from services.catalog.rows import Catalogue


def places(read: Catalogue) -> list[str]:
    return [problem.where for problem in read.problems]


def skus(read: Catalogue) -> list[str]:
    return [row.sku for row in read.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_in_its_dialects(delimiter: str) -> None:
    lines = ["sku,title,price,image,shelf", 'A1,Tea,"12,50","a.jpg;b.jpg",7', "", "A2,Oats,3.20,c.jpg,"]
    text = "\r\n".join(lines) if delimiter == "," else "\n".join(line.replace(",", delimiter) for line in lines)
    text = text.replace(f"12{delimiter}50", "12,50")
    first, second = read_catalogue(text.encode(), "c.csv").rows
    assert (first.sku, first.price, first.images) == ("A1", Decimal("12.50"), ("a.jpg", "b.jpg"))
    assert first.extra == {"shelf": "7"}
    assert (second.where, second.position, second.extra) == ("line 4", 4, {})


def test_the_delimiter_is_the_one_that_makes_a_sku_column() -> None:
    read = read_catalogue(b"sku;title, long, with, commas\nA1;Tea, green\n", "c.csv")
    assert read.rows[0].extra == {"title, long, with, commas": "Tea, green"}


def test_excel_may_name_its_delimiter() -> None:
    read = read_catalogue(b"sep=;\r\nsku;title\r\nA1;a,b\r\nA1;again\r\n", "c.csv")
    assert read.rows[0].title == "a,b"
    assert places(read) == ["line 4"]


def test_a_quoted_cell_over_several_lines_keeps_the_count() -> None:
    read = read_catalogue(b'sku,title\nA1,"two\nlines"\nA2,ok\n,nothing\n', "c.csv")
    assert read.rows[0].title == "two lines"
    assert read.rows[1].where == "line 4"
    assert places(read) == ["line 5"]


def test_rows_that_are_wrong_are_named_and_the_others_load() -> None:
    wrong = b",Nameless,b.jpg\nA1,Again,c.jpg\nA3,a,b,c,d\nA4,\x81\xff,d.jpg\n"
    read = read_catalogue(b"sku,title,image\nA1,Tea,a.jpg\n" + wrong + b"A5,Oats,e.jpg\n", "c.csv")
    assert skus(read) == ["A1", "A5"]
    assert places(read) == ["line 3", "line 4", "line 5", "line 6"]


def test_windows_1252_loads_and_says_where_it_began() -> None:
    read = read_catalogue("sku,title\nA1,Tea\nA2,Café\n".encode("cp1252"), "c.csv")
    assert read.rows[1].title == "Café"
    assert [(problem.where, problem.severity) for problem in read.problems] == [("line 3", "warning")]


def test_a_damaged_header_costs_only_that_column() -> None:
    read = read_catalogue(b"sku,t\xff\xfe,image\nA1,x,a.jpg\n", "c.csv")
    assert read.rows[0].images == ("a.jpg",)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"sku,title\n", b"[]", b'{"products": []}'])
def test_a_catalogue_of_nothing_is_a_catalogue(data: bytes) -> None:
    assert read_catalogue(data, "c") == Catalogue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"title,image\nTea,a.jpg\n", "line 1: there is no column 'sku' among: 'title', 'image'"),
        (b"<html>log in</html>", "describes no product"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (b"sku\0\0\1\1\1,x", "binary"),
        (b'{"sku": ', "not JSON"),
    ],
)
def test_what_is_no_catalogue_fails_and_says_why(data: bytes, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        read_catalogue(data, "c")


def test_json_in_its_shapes() -> None:
    products = [{"sku": "A1", "image": ["a.jpg", "b.jpg"], "tags": {"new": True}}, {"sku": 7, "price": 3.2}]
    for text in (json.dumps(products), json.dumps({"products": products}), "\n".join(map(json.dumps, products))):
        read = read_catalogue(text.encode(), "c.json")
        assert skus(read) == ["A1", "7"]
        assert read.rows[0].images == ("a.jpg", "b.jpg")
        assert read.rows[0].extra == {"tags": {"new": True}}
        assert read.rows[1].price == Decimal("3.2")
        assert read.problems == ()
    assert skus(read_catalogue(b'{"sku": "one"}', "c.json")) == ["one"]


def test_json_problems_have_lines() -> None:
    text = b'[\n {"sku": "A1"},\n {"title":\n "x"},\n 5,\n {"sku": "A2"},\n {"sku": oops}\n]'
    read = read_catalogue(text, "c.json")
    assert skus(read) == ["A1", "A2"]
    assert places(read) == ["line 3", "line 5", "line 7"]
    assert places(read_catalogue(b'[{"sku": "A1"},\n', "c.json")) == ["line 2"]


def test_json_lines_problems_have_lines() -> None:
    read = read_catalogue(b'{"sku": "A1"}\n\nnothing\n[1]\n{"sku": "A2"}\n', "c.jsonl")
    assert skus(read) == ["A1", "A2"]
    assert places(read) == ["line 3", "line 4"]
    assert read.rows[1].where == "line 5"


def test_the_content_decides_where_the_name_does_not() -> None:
    assert skus(read_catalogue(b'[{"sku": "A"}]', "export")) == ["A"]
    assert skus(read_catalogue(b'{"sku": "A"}\n{"sku": "B"}', "export")) == ["A", "B"]
    assert skus(read_catalogue(b"sku\nA\nB\n", "export")) == ["A", "B"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "[" + "9" * 5000 + "]"])
def test_json_made_to_break_readers(text: str) -> None:
    read_or_refuse(text.encode(), "c.json")


def test_a_folder_of_pictures() -> None:
    files = [
        "B/2.jpg",
        "B/1.png",
        "A.JPG",
        ".DS_Store",
        "notes.txt",
        "B/.x.jpg",
        "__MACOSX/A.jpg",
        "C/deep/x.jpg",
        "A.webp",
    ]
    read = read_folder(files)
    assert [(row.sku, row.images) for row in read.rows] == [("A", ("A.JPG", "A.webp")), ("B", ("B/1.png", "B/2.jpg"))]
    assert read.problems == ()


def test_an_empty_folder_and_one_that_holds_a_table() -> None:
    assert read_folder([]) == Catalogue()
    with pytest.raises(PermanentError, match="no pictures") as caught:
        read_folder(["products.csv", "img/deep/a.jpg"])
    assert "products.csv" in caught.value.hint


def check(read: Catalogue) -> None:
    """What every catalogue promises, whatever the bytes were."""
    assert len(set(skus(read))) == len(read.rows)
    for row in read.rows:
        assert 0 < len(row.sku) <= 200
        stored = [row.sku, row.title, *row.images, json.dumps(dict(row.extra), ensure_ascii=False, allow_nan=False)]
        for text in stored:
            text.encode("utf-8")
            assert "\0" not in text


def read_or_refuse(data: bytes, name: str) -> None:
    with contextlib.suppress(PermanentError):
        check(read_catalogue(data, name))


CELLS = st.text(alphabet=st.characters(codec="utf-8")) | st.sampled_from(
    ["A1", "12,50", '"', ";", "\r\n", "\0", "=1+1"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=300), st.sampled_from(["c.csv", "c.json", "c.jsonl", "c"]))
@example(b'sku,x\n"', "c.csv")
def test_any_bytes(data: bytes, name: str) -> None:
    read_or_refuse(data, name)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6), st.sampled_from([",", ";", "\t"]), st.binary(max_size=3))
def test_any_table(rows: list[list[str]], delimiter: str, noise: bytes) -> None:
    table = "\n".join(delimiter.join(row) for row in [["sku", "title", "price", "image"], *rows])
    read_or_refuse(table.encode() + noise, "c.csv")


@given(st.lists(st.dictionaries(st.sampled_from(["sku", "id", "title", "price", "image", "x"]), VALUES), max_size=5))
def test_any_json(products: list[dict[str, Any]]) -> None:
    read_or_refuse(json.dumps(products).encode(), "c.json")
    read_or_refuse("\n".join(map(json.dumps, products)).encode(), "c.jsonl")


def test_what_a_message_quotes_is_short_and_steers_nothing() -> None:
    names = ["\x1b[2Jname", "\u202eprice", "x" * 5000, *(f"column {number}" for number in range(50))]
    with pytest.raises(PermanentError) as told:
        read_catalogue((",".join(names) + "\n1,2\n").encode(), "products.csv")
    assert told.value.message.isprintable()
    assert len(told.value.message) < 400
    assert told.value.message.endswith("...")
    nested = json.dumps([{"sku": "a", "image_" + "1": ["p.jpg"], "\u202eimage": 7, "image": {"a": 1}}])
    (problem,) = read_catalogue(nested.encode(), "products.json").problems
    assert problem.message.isprintable()
