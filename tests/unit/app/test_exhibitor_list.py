"""An exhibitor list as it lies on a disk: what spreadsheets save."""

from pathlib import Path

import pytest
from scout_app.exhibitor_list import read_list
from scout_common.errors import BadRequest

LIST = "Firma;Stand\r\nMüller & Söhne;A-12\r\nCafé Olé;B 3\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_list_is_read_as_a_spreadsheet_saved_it(encoding: str, tmp_path: Path) -> None:
    saved = tmp_path / "list.csv"
    saved.write_bytes(LIST.encode(encoding))
    assert read_list(saved) == LIST


def test_a_line_that_no_encoding_explains_is_named(tmp_path: Path) -> None:
    saved = tmp_path / "list.csv"
    saved.write_bytes(b"company,booth\nCaf\xc3\xa9,A1\nM\xfc\xff,A2\n")
    with pytest.raises(BadRequest, match="line 3 is not UTF-8"):
        read_list(saved)


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read"):
        read_list(tmp_path / "list.csv")
