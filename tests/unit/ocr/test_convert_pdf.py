"""PDFs: text layers, pictures, both on a page, forms, columns, tables; unseen words."""

from contextlib import closing
from dataclasses import replace
from functools import partial

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image
from scout_ocr.convert import converting, outputs
from scout_ocr.convert.limits import Limits
from scout_ocr.engine import Picture
from scout_ocr.errors import BadDocument, Encrypted, TooLarge
from scout_ocr.reading import Reading
from scout_ocr.words import Page, Word

from tests.documents import HERE, encoded, encrypted_pdf, form_pdf, pdf, pdf_of_boxes, picture, saved, word_document

convert = partial(converting.convert, children=HERE)
searchable_pdf = partial(outputs.searchable_pdf, children=HERE)

LOREM = ["Lorem", "ipsum", "dolor", "sit", "amet", "consetetur", "sadipscing", "elitr"]


class Seen:
    """A reader that sees the given words at the given places, and remembers what it was shown."""

    def __init__(self, *words: tuple[str, float, float]) -> None:
        self.shown: list[tuple[int, ...]] = []
        self._words = words

    def __call__(self, image: Picture) -> list[Word]:
        self.shown.append(image.shape)
        return [word(text, x, y, engine="eye") for text, x, y in self._words]


def word(text: str, x: float, y: float, engine: str = "") -> Word:
    right = x + 14 * len(text)
    quad = ((x, y), (right, y), (right, y + 28), (x, y + 28))
    return Word(text=text, confidence=0.9, quad=quad, line=0, block=0, engine=engine)


def test_a_text_layer_is_read_without_looking_at_pixels() -> None:
    seen = Seen()
    read = convert(pdf([[(50, 700, 11, "Invoice 4711"), (50, 685, 11, "Total 12.00 EUR")]]), read_picture=seen)
    assert read.media_type == "application/pdf" and read.text == "Invoice 4711\nTotal 12.00 EUR"
    assert not seen.shown and read.warnings == () and read.pages[0].source == "text layer"


def test_words_stand_where_they_are_seen() -> None:
    (page,) = convert(pdf([[(72, 842 - 144, 20, "Here")]]), Limits(dpi=144)).pages
    left, top, right, bottom = page.words[0].box
    assert (page.width, page.height) == (1190, 1684)
    assert left == pytest.approx(144, abs=6) and 240 < top < 260 and 285 < bottom < 300 and right < 260


def test_a_page_without_text_is_read_as_a_picture() -> None:
    seen = Seen(("Scanned", 100, 200))
    read = convert(pdf([[(50, 700, 11, "Typed")], []], picture=encoded(picture("x"), "JPEG")), read_picture=seen)
    assert read.pages[1].text == "Scanned" and read.pages[1].source == "ocr"
    assert (2339, 1653, 3) in seen.shown


def test_a_page_of_both_gets_both_and_nothing_twice() -> None:
    document = pdf([[(60, 300, 11, "Caption"), (50, 700, 11, "Above")]], picture=encoded(picture("x"), "JPEG"))
    page = convert(document).pages[0]
    caption = next(found for found in page.words if found.text == "Caption").box
    top = 2339 / 2  # the picture is the lower half
    seen = Seen(("Capti0n", caption[0], caption[1] - top), ("Photo", 100, 800))
    read = convert(document, read_picture=seen)
    assert read.text.split() == ["Above", "Caption", "Photo"]
    assert seen.shown == [(1170, 1653, 3)]


def test_pictures_beside_text_are_left_unread_when_not_wanted() -> None:
    seen = Seen()
    convert(pdf([[(50, 700, 11, "Above")]], picture=encoded(picture("x"), "JPEG")), read_picture=seen, pictures=False)
    assert not seen.shown


def test_without_a_reader_a_warning_says_what_is_missing() -> None:
    read = convert(pdf([[]], picture=encoded(picture("x"), "JPEG")))
    assert read.text == "" and "not read" in read.warnings[0]


def test_every_page_with_more_than_text_is_shown_to_who_looks_for_codes() -> None:
    looked: list[tuple[int, tuple[int, ...]]] = []

    def look(number: int, image: Picture) -> None:
        looked.append((number, image.shape))

    convert(pdf([[(50, 700, 11, "Only text")]]), Limits(dpi=72), look=look)
    assert looked == []
    convert(pdf([[(50, 700, 11, "One")], []], picture=encoded(picture("x"), "JPEG")), Limits(dpi=72), look=look)
    assert looked == [(1, (842, 595, 3)), (2, (842, 595, 3))]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left = [(50, 700 - 14 * row, 10, " ".join(LOREM)) for row in range(6)]
    right = [(320, 700 - 14 * row, 10, " ".join(reversed(LOREM))) for row in range(6)]
    title = [(50, 760, 20, "A title over both columns"), (250, 730, 10, "January 3, 2024")]
    text = convert(pdf([[*title, *left, *right]])).text
    forth, back = "\n".join([" ".join(LOREM)] * 6), "\n".join([" ".join(reversed(LOREM))] * 6)
    assert text == f"A title over both columns\n\nJanuary 3, 2024\n\n{forth}\n\n{back}"


def test_columns_that_were_seen_are_read_one_after_the_other_too() -> None:
    rows = [
        (text, x + 90 * at, 100 + 40 * row)
        for row in range(5)
        for x, texts in ((50, ["left", "hand", "side", f"row{row}"]), (700, ["other", "side", "here", f"row{row}"]))
        for at, text in enumerate(texts)
    ]
    read = convert(encoded(picture("x", (1200, 400)), "PNG"), read_picture=Seen(*rows))
    assert read.text.splitlines()[0] == "left hand side row0" and read.text.index("row4") < read.text.index("other")


def test_a_label_and_its_amount_are_one_line_and_rows_a_table() -> None:
    rows = [("Item", "Amount"), ("Ducks", "120.00"), ("Geese", "7.50")]
    texts = [
        (x, 700 - 18 * at, 11, cell) for at, row in enumerate(rows) for x, cell in zip((50, 400), row, strict=True)
    ]
    read = convert(pdf([texts]))
    assert "Ducks\t120.00" in read.text and read.pages[0].lines[1].text == "Ducks 120.00"
    assert "| Item | Amount |\n| --- | --- |\n| Ducks | 120.00 |\n| Geese | 7.50 |" in read.markdown


def test_large_letters_are_headings_and_bullets_items() -> None:
    texts = [(50, 780, 24, "The title"), (50, 740, 11, "* A plain line of text"), (50, 725, 11, "* Another one")]
    assert convert(pdf([texts])).markdown.startswith("# The title\n\n- A plain line of text\n- Another one")


def test_words_parted_at_the_end_of_a_line_are_whole() -> None:
    texts = [(50, 700, 11, "They measured the tem-"), (50, 686, 11, "perature of the lake, and left.")]
    assert "temperature of the lake" in convert(pdf([texts])).text.replace("\n", " ")


def test_a_form_says_what_was_filled_in() -> None:
    assert convert(form_pdf()).text.split() == ["Erika", "Mustermann", "[x]"]


def test_a_range_of_pages() -> None:
    document = pdf([[(50, 700, 11, f"Page {number}")] for number in range(1, 6)])
    read = convert(document, Limits(first_page=2, last_page=3))
    assert [page.number for page in read.pages] == [2, 3] and read.text == "Page 2\n\nPage 3"


def test_a_page_of_kilometres_is_read_at_a_lower_resolution() -> None:
    read = convert(pdf_of_boxes([b"0 0 2000000 1000000"]), look=lambda *_: None)
    assert read.pages[0].width <= 4000 and "dpi" in read.warnings[0]


def test_thousands_of_pages_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(TooLarge, match="500"):
        convert(pdf_of_boxes([b"0 0 100 100"] * 3000))


def test_a_page_of_very_many_words_is_left_in_its_order() -> None:
    texts = [(10, 830 - row % 800, 1, " ".join(["a"] * 2600)) for row in range(4)]
    read = convert(pdf([texts], size=(6000, 842)))
    assert len(read.pages[0].words) == 10_400 and "order of the file" in read.warnings[1]


def test_a_password_is_asked_for_by_name() -> None:
    with pytest.raises(Encrypted, match="password"):
        convert(encrypted_pdf())


def test_a_pdf_that_is_cut_off_gives_what_is_left_or_says_so() -> None:
    with pytest.raises(BadDocument):
        convert(pdf([[(50, 700, 11, "Gone")]])[:60])


@pytest.mark.parametrize("text", ["Hello", "Wörld", "তারিখ", "مرحبا", "日本語", "€5,00"])
def test_unseen_words_of_a_searchable_pdf_are_found_where_they_were_read(text: str) -> None:
    scan = encoded(Image.new("RGB", (800, 200), "white"), "PNG")
    page = Page(number=1, width=800, height=200, words=(word(text, 100, 60, "eye"),))
    written = searchable_pdf(scan, reading(page))
    (found,) = convert(written).pages[0].words
    assert found.text == text and np.allclose(found.box, page.words[0].box, atol=2)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_unseen_words_are_found_on_turned_pages_and_along_their_edges(turn: int) -> None:
    with closing(pdfium.PdfDocument(pdf([[]], picture=encoded(picture("x"), "JPEG")))) as document:
        document[0].set_rotation(turn)
        scan = saved(document.save)
    (shape,) = convert(scan).pages
    assert not shape.words
    down = ((600, 500), (600, 700), (570, 700), (570, 500))
    words = (word("Level", 100, 60, "eye"), replace(word("Down", 0, 0, "eye"), quad=down))
    written = searchable_pdf(scan, reading(replace(shape, words=words)))
    found = {said.text: said.box for said in convert(written).pages[0].words}
    for known in words:
        assert np.allclose(found[known.text], known.box, atol=2)


@pytest.mark.parametrize("first", [1, 519])
def test_a_searchable_pdf_of_a_long_scan_holds_the_pages_that_were_read(first: int) -> None:
    faces = [Image.new("1", (80, 40), 1)] * 520
    scan = saved(lambda room: faces[0].save(room, "TIFF", save_all=True, append_images=faces[1:]))
    read = convert(scan, Limits(first_page=first, last_page=first + 1))
    pages = [replace(page, words=(word(f"p{page.number}", 5, 5, "eye"),)) for page in read.pages]
    written = convert(searchable_pdf(scan, reading(*pages)))
    assert [page.text for page in written.pages] == [f"p{first}", f"p{first + 1}"]


def test_a_searchable_pdf_keeps_the_words_that_it_had() -> None:
    document = pdf([[(50, 700, 11, "Typed")]], picture=encoded(picture("x"), "JPEG"))
    read = convert(document, read_picture=Seen(("Scanned", 100, 200)))
    again = convert(searchable_pdf(document, reading(*read.pages)))
    assert sorted(again.text.split()) == ["Scanned", "Typed"]


def test_a_searchable_pdf_of_a_word_document_is_refused() -> None:
    with pytest.raises(BadDocument, match="PDF or a picture"):
        searchable_pdf(word_document(lambda document: None), reading())


def reading(*pages: Page) -> Reading:
    return Reading(media_type="", kind="document", pages=pages, text="", markdown="")
