"""The locale that a user names decides between March and April, whichever way it comes in."""

from typing import Any

import pytest
from pydantic import ValidationError
from scout_app import reading_files
from scout_common.errors import BadRequest
from scout_ocr.reader import Reader
from scout_ocr.reading import ReadOptions
from scout_ocr.reading_codec import options_hash

from services.ocr.schemas import Wanted

LABEL = b"Plum jam\nBest by 03/04/2027\nNet weight 400 g\n"
TYPED: dict[str, Any] = {
    "kind": "label",
    "engine": "",
    "languages": "",
    "quality": "fast",
    "minimum_confidence": 0.0,
    "pages": "",
}


@pytest.mark.parametrize(("locale", "day"), [("", "2027-04-03"), ("en-US", "2027-03-04"), ("en-GB", "2027-04-03")])
def test_reader_takes_the_order_of_day_and_month_from_the_locale(locale: str, day: str) -> None:
    found = Reader().read(LABEL, ReadOptions(kind="label", locale=locale)).by_name["best_before"]
    assert found.value == day and bool(found.doubts) == (not locale)


def test_request_and_command_line_name_the_locale() -> None:
    typed = reading_files.options(**TYPED, locale="en-US")
    assert typed.locale == Wanted(locale="en-US").options.locale == "en-US"
    assert options_hash(typed) != options_hash(reading_files.options(**TYPED))


@pytest.mark.parametrize("locale", ["english", "en-US-", "e", "en US", "1"])
def test_what_is_no_locale_is_refused(locale: str) -> None:
    with pytest.raises(ValidationError):
        Wanted(locale=locale)
    with pytest.raises(BadRequest, match="no locale"):
        reading_files.options(**TYPED, locale=locale)
