import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_common.encoding import decode, is_damaged

TEXT = "sku,title\nA1,Café 5 €\nA2,Müsli\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
)
def test_the_usual_encodings_of_spreadsheets(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.text == TEXT
    assert decoded.doubtful_line is None


def test_windows_1252_is_assumed_where_it_makes_sense_and_said() -> None:
    decoded = decode(TEXT.encode("cp1252"))
    assert (decoded.text, decoded.encoding, decoded.doubtful_line) == (TEXT, "cp1252", 2)


@pytest.mark.parametrize(
    "line",
    [
        b"A2,\xff\xfe",  # not what a word in cp1252 looks like
        b"A2,\x81",  # undefined in cp1252
        b"A2,M\xfcsli\nA3,Caf\xc3\xa9",  # elsewhere the file is UTF-8
    ],
)
def test_a_damaged_line_does_not_change_how_the_others_are_read(line: bytes) -> None:
    first, second = decode(b"A1,ok\n" + line).text.split("\n")[:2]
    assert not is_damaged(first)
    assert is_damaged(second)


def test_half_a_character_at_the_end_of_utf_16_is_dropped() -> None:
    assert decode("sku".encode("utf-16") + b"x").text == "sku"


@given(st.binary())
def test_any_bytes_become_text(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\ufffe")))
def test_utf_8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode()).text == text
