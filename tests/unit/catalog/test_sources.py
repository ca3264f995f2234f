from pathlib import Path

import pytest

from services.catalog.sources import Beside, OnTheWeb

WEB = OnTheWeb(url="https://shop.example/lists/spring.csv?v=2")


def test_paths_start_where_the_catalogue_lies(tmp_path: Path) -> None:
    place = Beside(folder=tmp_path)
    assert place.locate("img/a.jpg") == tmp_path / "img/a.jpg"
    assert place.locate("/other/a.jpg") == Path("/other/a.jpg")
    assert place.locate("img\\a.jpg") == tmp_path / "img/a.jpg"
    assert place.locate("file:///other/a%20b.jpg") == Path("/other/a b.jpg")
    assert place.locate("HTTPS://shop.example/a.jpg") == "HTTPS://shop.example/a.jpg"


@pytest.mark.parametrize("source", ["ftp://x/a.jpg", "data:image/png;base64,AAAA", "a\0b"])
def test_what_is_neither_path_nor_address(source: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"are not read|no path"):
        Beside(folder=tmp_path).locate(source)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("a.jpg", "https://shop.example/lists/a.jpg"),
        ("/etc/passwd", "https://shop.example/etc/passwd"),
        ("../../../etc/passwd", "https://shop.example/etc/passwd"),
        ("//cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("http://cdn.example/a.jpg", "http://cdn.example/a.jpg"),
    ],
)
def test_a_fetched_catalogue_names_addresses_only(source: str, address: str) -> None:
    assert WEB.locate(source) == address


@pytest.mark.parametrize("source", ["file:///etc/passwd", "FILE:/etc/passwd", "C:\\secret.jpg", "\\\\host\\a.jpg"])
def test_a_fetched_catalogue_may_not_name_local_files(source: str) -> None:
    with pytest.raises(ValueError, match=r"are not read|may not name"):
        WEB.locate(source)
