"""A reading is written and read back without loss."""

import json

from hypothesis import given
from hypothesis import strategies as st
from scout_ocr.fields import Field
from scout_ocr.reading import Barcode, PictureQuality, Reading, ReadOptions
from scout_ocr.reading_codec import (
    dump,
    dump_json,
    from_json,
    options_from_json,
    options_hash,
    options_to_json,
    to_json,
)
from scout_ocr.words import Page, Word

CORNERS = ((1.25, 2.0), (30.5, 2.0), (30.5, 12.75), (1.25, 12.75))
WORDS = (
    Word(text="Krönung", confidence=0.9731, quad=CORNERS, line=0, block=0, engine="rapidocr"),
    Word(text="বাংলা", confidence=0.5, quad=CORNERS, line=1, block=0, engine="tesseract"),
)
READING = Reading(
    media_type="image/png",
    kind="label",
    pages=(Page(number=1, width=480, height=320, words=WORDS),),
    text="Krönung\nবাংলা",
    markdown="# Krönung",
    fields=(
        Field(name="price", value="4.99", confidence=0.8, rule="price", box=(1.0, 2.0, 3.5, 4.0), doubts=("faint",)),
        Field(name="line_items", value=[{"name": "Tea", "amount": "1.20"}], confidence=0.4, rule="table"),
    ),
    barcodes=(Barcode(format="EAN13", text="4006381333931", quad=CORNERS, elements=(("01", "04006381333931"),)),),
    languages=("de", "bn"),
    engines=(("rapidocr", "3.10"), ("", "1")),
    quality=(PictureQuality(blur=0.9, glare=1.0, resolution=0.25, score=0.25, advice="come nearer"), None),
    warnings=("page 2 is damaged",),
)


def test_a_reading_survives_being_written() -> None:
    assert from_json(json.loads(dump(READING))) == READING
    assert json.loads(dump(READING)) == to_json(READING)


@given(st.text())
def test_any_text_is_written_so_that_a_database_takes_it(text: str) -> None:
    written = json.loads(dump_json({"text": text}))["text"]
    assert "\x00" not in written
    encodable = text.encode("utf-8", "replace").decode()
    assert written == encodable.replace("\x00", "")


def test_equal_options_have_one_hash_and_others_another() -> None:
    options = ReadOptions(languages=("bn",), quality="best", kind="label")
    assert options_from_json(json.loads(json.dumps(options_to_json(options)))) == options
    assert options_hash(options) == options_hash(ReadOptions(languages=("bn",), quality="best", kind="label"))
    assert len({options_hash(options), options_hash(ReadOptions()), options_hash(ReadOptions(barcodes=False))}) == 3
