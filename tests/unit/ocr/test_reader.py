"""Pictures drawn here, read for real: words, order, turned text, small crops, other scripts, bar codes and fields."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import docx
import docx.document
import numpy as np
import pytest
from PIL import Image
from scout_ocr.engine import Picture
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.errors import BadDocument, EngineUnavailable
from scout_ocr.reader import Reader, reader_version
from scout_ocr.reading import ReadOptions

from tests.documents import word_document

BENGALI = ("দোকানে", "প্রতিদিন", "সকালে", "শুভেচ্ছা")
LABEL = ("Golden Valley", "Sweet Corn", "Net weight 400 g", "Best before 12.03.2027", "EUR 1.49")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


def drawn(lines: tuple[str, ...], size: tuple[int, int] = (480, 320), ink: int = 20, paper: int = 245) -> Picture:
    picture = np.full((size[1], size[0], 3), paper, np.uint8)
    step = size[1] // (len(lines) + 1)
    for number, line in enumerate(lines):
        cv2.putText(picture, line, (20, step * (number + 1)), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (ink,) * 3, 2, cv2.LINE_AA)
    return picture


def png(picture: Picture, **more: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", **more)
    return file.getvalue()


def test_a_label_is_read_line_by_line_with_its_fields(reader: Reader) -> None:
    reading = reader.read(png(drawn(LABEL)), ReadOptions(kind="label"))
    assert [line.text for line in reading.pages[0].lines] == list(LABEL)
    assert reading.by_name["best_before"].value == "2027-03-12"
    assert reading.by_name["price"].value == "1.49" and reading.by_name["currency"].value == "EUR"
    assert reading.engines == (("rapidocr", reader.engines["rapidocr"].version),)
    assert reading.media_type == "image/png" and reading.quality[0] is not None


def test_words_stand_where_they_were_drawn(reader: Reader) -> None:
    picture = np.full((200, 600, 3), 255, np.uint8)
    cv2.putText(picture, "LEFT", (30, 110), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2, cv2.LINE_AA)
    cv2.putText(picture, "RIGHT", (420, 110), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2, cv2.LINE_AA)
    left, right = reader.read_picture(picture).words
    assert (left.text, right.text) == ("LEFT", "RIGHT") and left.line == right.line
    assert np.allclose(left.box, (30, 84, 120, 112), atol=18) and np.allclose(right.box, (420, 84, 535, 112), atol=18)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pictures_are_read_and_their_quads_tell_the_angle(reader: Reader, quarters: int) -> None:
    page = reader.read_picture(np.ascontiguousarray(np.rot90(drawn(LABEL), quarters)))
    assert [line.text for line in page.lines] == list(LABEL)
    (x0, y0), (x1, y1) = page.words[0].quad[:2]
    angle = np.degrees(np.arctan2(y1 - y0, x1 - x0)) % 360
    assert abs((angle + 90 * quarters + 45) % 360 - 45) < 15  # np.rot90 turns against the clock


def test_a_slanting_page_keeps_its_rows(reader: Reader) -> None:
    picture = drawn(("Coffee    3.20", "Tea       2.10", "Cake      4.50", "Total     9.80"), (640, 480))
    turn = cv2.getRotationMatrix2D((320, 240), 6, 1)
    slanted = cv2.warpAffine(picture, turn, (640, 480), borderValue=(245, 245, 245))
    rows = [line.text.split() for line in reader.read_picture(np.asarray(slanted, np.uint8)).lines]
    assert rows == [["Coffee", "3.20"], ["Tea", "2.10"], ["Cake", "4.50"], ["Total", "9.80"]]


def test_light_text_on_a_strong_colour(reader: Reader) -> None:
    picture = np.full((160, 480, 3), (20, 60, 190), np.uint8)
    cv2.putText(picture, "Hall 4 Stand B12", (20, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (250, 240, 120), 3, cv2.LINE_AA)
    reading = reader.read(png(picture), ReadOptions(kind="sign"))
    assert reading.text == "Hall 4 Stand B12" and reading.by_name["booth"].value == "B12"


def test_a_small_crop_is_one_line_without_being_told(reader: Reader) -> None:
    crop = drawn(("Fresh Orange",), (230, 44))
    seen = reader.look(crop)
    assert seen.line and [word.text for word in seen.words] == ["Fresh", "Orange"]
    assert reader.read(png(crop)).kind == "line"


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        (("Choco Krave", "Net 375 g", "EUR 3.49"), (220, 100)),
        (("Choco Krave", "EUR 3.49"), (220, 80)),
        (("Booth 1234", "Hall 4"), (180, 90)),
    ],
)
def test_a_small_crop_of_several_lines_is_read_line_by_line(
    reader: Reader, lines: tuple[str, ...], size: tuple[int, int]
) -> None:
    crop = np.full((size[1], size[0], 3), 245, np.uint8)
    for number, line in enumerate(lines):
        place = (10, int(size[1] / (len(lines) + 0.4) * (number + 0.9)))
        cv2.putText(crop, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20,) * 3, 2, cv2.LINE_AA)
    assert [line.text for line in reader.read_picture(crop).lines] == list(lines)
    assert reader.look(crop, ReadOptions(kind="line")).line, "who says that it is one line is believed"


def test_columns_are_read_one_after_the_other(reader: Reader) -> None:
    left = [f"The left column number {n} tells a story" for n in ["one", "two", "three", "four", "five", "six"]]
    right = [f"and the right column {n} goes on later" for n in ["seven", "eight", "nine", "ten", "eleven", "twelve"]]
    picture = np.full((460, 1300, 3), 255, np.uint8)
    for n, (one, other) in enumerate(zip(left, right, strict=True)):
        for x, text in ((20, one), (690, other)):
            place = (x, 60 + 66 * n)
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.85, (0, 0, 0), 2, cv2.LINE_AA)
    assert [line.text for line in reader.read_picture(picture).lines] == [*left, *right]


def test_no_text_is_an_empty_reading_and_no_error(reader: Reader) -> None:
    reading = reader.read(png(np.full((300, 400, 3), 128, np.uint8)))
    assert reading.text == "" and reading.pages[0].words == () and reading.barcodes == ()


def test_a_small_picture_of_no_text_is_looked_at_otherwise_and_stays_empty(reader: Reader) -> None:
    slope = np.linspace(60, 200, 150).astype(np.uint8)
    assert reader.read(png(np.broadcast_to(slope[None, :, None], (140, 150, 3)).copy())).text == ""


def test_the_least_confidence_is_kept_to(reader: Reader) -> None:
    picture = drawn(LABEL)
    assert reader.read_picture(picture, ReadOptions(minimum_confidence=0.5)).words
    assert reader.read_picture(picture, ReadOptions(minimum_confidence=1.01)).words == ()


def test_an_engine_may_be_asked_for_by_name(reader: Reader) -> None:
    if "en" not in reader.languages()["tesseract"]:
        pytest.skip("no tessdata for English: sh scripts/tessdata.sh")
    page = reader.read_picture(drawn(LABEL, (960, 640)), ReadOptions(engine="tesseract", languages=("en",)))
    assert {word.engine for word in page.words} == {"tesseract"} and "Golden" in page.text
    with pytest.raises(EngineUnavailable, match="crystal"):
        reader.read_picture(drawn(LABEL), ReadOptions(engine="crystal"))


def test_a_language_that_is_missing_says_what_to_install(reader: Reader) -> None:
    with pytest.raises(EngineUnavailable, match="tel") as caught:
        reader.read_picture(drawn(LABEL), ReadOptions(languages=("te",)))
    assert "tesseract-ocr-tel" in caught.value.hint


def bengali_page() -> Picture:
    """Four lines of Bengali; skipped where its language data or a font with its letters is missing."""
    if "bn" not in TesseractEngine().languages():
        assert not os.environ.get("CI"), "CI installs tesseract-ocr-ben by scripts/tessdata.sh"
        pytest.skip("no tessdata for Bengali: sh scripts/tessdata.sh")
    drawn_beforehand = Path(__file__).parents[2] / "data" / "bengali.png"  # no machine need have a font for it
    return np.asarray(Image.open(drawn_beforehand).convert("RGB"), np.uint8)


def test_bengali_is_noticed_and_read(reader: Reader) -> None:
    seen = reader.look(bengali_page())
    assert seen.languages == ("bn",) and "tesseract" in seen.engines
    said = " ".join(word.text for word in seen.words)
    for word in BENGALI:
        assert word in said
    assert seen.words == reader.look(bengali_page(), ReadOptions(languages=("bn", "en"))).words


def test_bengali_among_many_english_lines_is_noticed_and_the_english_kept(reader: Reader) -> None:
    bengali = bengali_page()
    english = ("Open from seven in the morning", "Fresh bread and coffee", "Fruit, vegetables and rice")
    page = np.full((300 + bengali.shape[0], bengali.shape[1], 3), 255, np.uint8)
    page[:300] = drawn(english, (bengali.shape[1], 300), paper=255)
    page[300:] = bengali
    seen = reader.look(page)
    said = " ".join(word.text for word in seen.words)
    assert seen.languages == ("bn",) and set(seen.engines) == {"rapidocr", "tesseract"} and not seen.warnings
    assert said.startswith(" ".join(english)) and all(word in said for word in BENGALI)


def test_lines_that_nobody_could_read_are_told_of(reader: Reader) -> None:
    reading = reader.read(png(bengali_page()), ReadOptions(quality="fast"))
    assert reading.text == "" and "4 of 4 lines could not be read" in reading.warnings[0]


def test_bytes_that_are_no_picture(reader: Reader) -> None:
    with pytest.raises(BadDocument):
        reader.read(b"\x89PNG\r\n\x1a\n" + b"nothing" * 9)
    with pytest.raises(BadDocument):
        reader.read(b"")


def test_the_version_is_told_without_loading_models(reader: Reader) -> None:
    assert reader_version(threads=2) == reader.version
    assert "rapidocr" in reader.version and "tesseract" in reader.version


def letter(document: docx.document.Document) -> None:
    document.add_heading("Offer 2026-117", 1)
    document.add_paragraph("Dear Ms Silva, we offer you as follows, delivered in the packs that you see below.")
    table = document.add_table(rows=2, cols=2)
    for row, texts in zip(table.rows, (("Article", "Price"), ("Sweet Corn 400 g", "EUR 1.49")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


@pytest.mark.parametrize(("typed", "kind"), [(letter, "document"), (lambda document: None, "label")])
def test_a_letter_is_no_label_for_the_one_that_is_in_it(
    reader: Reader, typed: Callable[[docx.document.Document], None], kind: str
) -> None:
    def fill(document: docx.document.Document) -> None:
        typed(document)
        document.add_picture(io.BytesIO(png(drawn(LABEL))))

    reading = reader.read(word_document(fill))
    assert reading.kind == kind and ("name" in reading.by_name) == (kind == "label")
