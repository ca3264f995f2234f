"""Trade item numbers, GS1 element strings, and what codes say about a sighting."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_ocr.barcodes import confirm
from scout_ocr.barcodes.gs1 import BadElements, date_of, elements, measure_of
from scout_ocr.barcodes.gtin import checks, expand_upce, gtin14, suppresses
from scout_ocr.reading import Barcode

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("0036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("978-0-393-05867-3", "09780393058673"),
        ("10012345678902", "10012345678902"),
        ("4006381333932", None),
        ("0000000000000", None),
        ("12345", None),
        ("４００６３８１３３３９３１", None),
        ("", None),
    ],
)
def test_one_form_for_all_trade_item_numbers(text: str, gtin: str | None) -> None:
    assert gtin14(text) == gtin


@pytest.mark.parametrize(
    ("upce", "upca"),
    [
        ("04252614", "042100005264"),
        ("01264904", "012000006494"),
        ("04965802", "049000006582"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
    ],
)
def test_upc_e_is_a_short_upc_a(upce: str, upca: str) -> None:
    assert expand_upce(upce) == upca and suppresses(upce[1:7])
    assert gtin14(upce, upce=True) == (f"00{upca}" if checks(upca) else None)


def test_upc_e_that_no_encoder_makes() -> None:
    assert not suppresses("120003") and not suppresses("123004") and not suppresses("123405")
    assert gtin14("24252614", upce=True) is None


@given(st.text(alphabet="0123456789", min_size=7, max_size=13))
def test_exactly_one_check_digit_is_right(body: str) -> None:
    assert sum(checks(body + digit) for digit in "0123456789") == 1


def test_element_strings_end_at_separators_or_at_their_length() -> None:
    text = "01095011015300031727123110AB-12\x1d3103001750\x1d21X7"
    assert elements(text) == (
        ("01", "09501101530003"),
        ("17", "271231"),
        ("10", "AB-12"),
        ("3103", "001750"),
        ("21", "X7"),
    )
    assert elements("\x1d01095011015300032112\x1d") == (("01", "09501101530003"), ("21", "12"))


@pytest.mark.parametrize("text", ["hello", "0109501101530004", "01095011", "17 61231", "10", "99"])
def test_what_breaks_the_rules_is_no_element_string(text: str) -> None:
    with pytest.raises(BadElements):
        elements(text)


@given(st.text(alphabet="0123456789\x1dAz(", max_size=40))
def test_any_text_is_told_apart(text: str) -> None:
    try:
        found = elements(text)
    except BadElements:
        return
    assert all(identifier and value for identifier, value in found)


def test_dates_and_measures() -> None:
    assert date_of("17", "271231", TODAY) == date(2027, 12, 31)
    assert date_of("15", "280200", TODAY) == date(2028, 2, 29), "day 00 is the month's last"
    assert date_of("11", "990101", TODAY) == date(1999, 1, 1)
    assert date_of("17", "271332", TODAY) is None and date_of("10", "271231", TODAY) is None
    assert date_of("17", "2712", TODAY) is None
    assert measure_of("3103", "001750") == ("1.750", "kg")
    assert measure_of("3150", "000012") == ("12", "l")
    assert measure_of("3106", "000012") == ("0.000012", "kg")
    assert measure_of("10", "12") is None


def code(gtin: str | None, valid: bool = True) -> Barcode:
    return Barcode(format="EAN13", text="", gtin=gtin, valid=valid)


def test_a_sighting_is_confirmed_contradicted_or_left_alone() -> None:
    own, other = code("04006381333931"), code("09501101530003")
    assert confirm([own], "4006381333931") == "confirms"
    assert confirm([other, own], "4006381333931") == "confirms", "packs carry further codes"
    assert confirm([other], "4006381333931") == "contradicts"
    assert confirm([other], ["4006381333931", "9501101530003"]) == "confirms"
    assert confirm([code("00012000006494")], "01264904") == "confirms", "the catalogue may write UPC-E short"


def test_what_is_no_trade_item_number_says_nothing() -> None:
    assert confirm([], "4006381333931") == "says nothing"
    assert confirm([code("04006381333931")], "") == "says nothing"
    assert confirm([code("04006381333931")], "4006381333932") == "says nothing"
    assert confirm([code(None), code("09501101530003", valid=False)], "4006381333931") == "says nothing"
    in_store, short = code("02012345000008"), code("00000020123451")
    assert confirm([in_store, short], "4006381333931") == "says nothing", "numbers of one shop"
