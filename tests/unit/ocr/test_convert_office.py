"""Office documents, web pages and text: what stands in them is read, in order, with its structure."""

import io
from datetime import datetime, time
from functools import partial

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from lxml import etree
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from pptx.util import Inches
from scout_ocr.convert import converting
from scout_ocr.convert.numbering import letters, roman
from scout_ocr.convert.outputs import html
from scout_ocr.reading import Reading
from scout_ocr.words import Word

from tests.documents import HERE, entry_of, png, report, saved, slides, with_entry, word_document, workbook

convert = partial(converting.convert, children=HERE)

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def put(document: docx.document.Document, xml: str) -> None:
    document.element.body.insert(0, parse_xml(xml))


def test_a_word_document() -> None:
    read = convert(word_document(report))
    assert read.markdown == (
        "Annual report\n\n# Ducks of the lake\n\nThey were counted in spring.\n\n- Mallard\n1. First\n2. Second\n\n"
        "| Year | Ducks | Note |\n| --- | --- | --- |\n| 2024 | 120 | a \\| b |\n\n\\[image\\]\n\nConfidential"
    )
    assert "2024\t120\ta | b" in read.text and read.pages[0].source == "native"


def test_pictures_inside_are_read() -> None:
    seen = Word(text="IN", confidence=0.9, quad=((0, 0), (9, 0), (9, 9), (0, 9)), line=0, block=0)
    read = convert(word_document(report), read_picture=lambda image: [seen])
    assert "[image]" not in read.text and read.text.splitlines()[-3:] == ["IN", "", "Confidential"]


def test_merged_cells_are_repeated() -> None:
    def fill(document: docx.document.Document) -> None:
        table = document.add_table(rows=2, cols=3)
        table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
        table.cell(0, 2).merge(table.cell(1, 2)).text = "high"

    assert "| wide | wide | high |\n| --- | --- | --- |\n|  |  | high |" in convert(word_document(fill)).markdown


def test_a_text_box_is_read_once_of_its_two_forms() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent>"
    alternatives = (
        f'<w:p {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><mc:AlternateContent>'
        f"<mc:Choice Requires='wps'><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert convert(word_document(lambda document: put(document, alternatives))).text == "Boxed"


def test_deleted_text_is_gone_and_inserted_text_is_there() -> None:
    changes = (
        f"<w:p {W}><w:r><w:t>kept </w:t></w:r><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"
    )
    assert convert(word_document(lambda document: put(document, changes))).text == "kept new"


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f>", r"\frac{a}{b}"),
        ("<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>", "x^{2}"),
        ("<m:rad><m:deg/><m:e><m:r><m:t>π</m:t></m:r></m:e></m:rad>", r"\sqrt{\pi}"),
        ("<m:d><m:e><m:r><m:t>n≤k</m:t></m:r></m:e></m:d>", r"\left(n\leq k\right)"),
        (
            "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>i</m:t></m:r></m:sub><m:sup/>"
            "<m:e><m:r><m:t>i</m:t></m:r></m:e></m:nary>",
            r"\sum_{i}{i}",
        ),
        (
            "<m:m><m:mr><m:e><m:r><m:t>1</m:t></m:r></m:e><m:e><m:r><m:t>0</m:t></m:r></m:e></m:mr></m:m>",
            r"\begin{matrix}1 & 0\end{matrix}",
        ),
        ("<m:func><m:fName><m:r><m:t>sin</m:t></m:r></m:fName><m:e><m:r><m:t>x</m:t></m:r></m:e></m:func>", r"\sin{x}"),
        ("<m:acc><m:accPr><m:chr m:val='\u20d7'/></m:accPr><m:e><m:r><m:t>v</m:t></m:r></m:e></m:acc>", r"\vec{v}"),
        ("<m:bar><m:e><m:r><m:t>v</m:t></m:r></m:e></m:bar>", r"\overline{v}"),
        (
            "<m:limLow><m:e><m:r><m:t>lim</m:t></m:r></m:e><m:lim><m:r><m:t>n→∞</m:t></m:r></m:lim></m:limLow>",
            r"\lim_{n\to \infty}",
        ),
    ],
)
def test_formulas_are_latex(formula: str, said: str) -> None:
    read = convert(word_document(lambda document: put(document, f"<w:p {W} {M}><m:oMath>{formula}</m:oMath></w:p>")))
    assert read.text.strip() == f"${said}$" and read.markdown.strip() == f"${said}$"


def test_links_say_where_they_lead() -> None:
    def fill(document: docx.document.Document) -> None:
        target = document.part.relate_to("https://example.com/a", docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK, True)
        relations = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
        put(document, f'<w:p {W} {relations}><w:hyperlink r:id="{target}"><w:r><w:t>us</w:t></w:r></w:hyperlink></w:p>')

    assert convert(word_document(fill)).markdown == "us <https://example.com/a>"


def test_a_picture_that_is_named_but_missing_does_not_matter() -> None:
    document = word_document(report)
    relations = entry_of(document, "word/_rels/document.xml.rels").replace(b"media/image1.png", b"NULL")
    assert "Ducks of the lake" in convert(with_entry(document, "word/_rels/document.xml.rels", relations)).text


def test_a_workbook() -> None:
    read = convert(workbook())
    assert len(read.pages) == 2 and read.markdown == (
        "## Counts\n\n| Lake | Ducks | Share |\n| --- | --- | --- |\n| Upper | 120 | 25% |\n\n"
        "| Checked by | Checked by | Ada |\n| --- | --- | --- |\n\n## Second\n\nalone"
    )


def test_words_of_a_table_stand_in_rows_and_columns() -> None:
    words = {word.text: word.box for word in convert(workbook()).pages[0].words}
    assert words["Lake"][0] == words["Upper"][0] and words["Ducks"][0] == words["120"][0]
    assert words["Upper"][1] == words["120"][1] > words["Lake"][1] and words["Upper"][2] < words["120"][0]


def test_slides_in_order_with_notes_tables_and_charts() -> None:
    read = convert(slides())
    assert read.pages[0].text.split("\n\n") == [
        "Quarterly ducks", "They swim", "They fly", "Source: the lake", "Notes", "Do not forget the geese",
    ]  # fmt: skip
    assert read.markdown.startswith("# Quarterly ducks\n\n- They swim\n- They fly")
    assert "| Year | Ducks |\n| --- | --- |\n| 2024 | 120 |" in read.markdown
    assert "|  | Geese |\n| --- | --- |\n| Spring | 7.5 |\n| Autumn | 9 |" in read.markdown


def test_values_of_cells_as_they_are_read_aloud() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    day, moment = (datetime.fromisoformat(text) for text in ("2026-03-01", "2026-03-01T09:30"))
    sheet.append([day, moment, time(9, 30), True, 0.1 + 0.2, 7])
    sheet["A1"].comment = Comment("checked", "Ada")
    chart = BarChart()
    chart.title = "Sums"
    chart.add_data(Reference(sheet, min_col=6, min_row=1, max_row=1))
    sheet.add_chart(chart, "A5")
    text = convert(saved(book.save)).text
    assert "2026-03-01\t2026-03-01 09:30:00\t09:30:00\tTrue\t0.3\t7" in text
    assert "A1: checked" in text and "Sums" in text


def test_slides_with_numbers_links_merged_cells_and_groups() -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    frame = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1)).text_frame
    for text, kind in (
        ("one", "arabicPeriod"),
        ("two", "arabicPeriod"),
        ("deep", "alphaUcParenR"),
        ("late", "romanLcParenBoth"),
    ):
        paragraph = frame.add_paragraph()
        paragraph.add_run().text = text
        paragraph.level = 1 if text == "deep" else 2 if text == "late" else 0
        etree.SubElement(paragraph._p.get_or_add_pPr(), DRAWN + "buAutoNum", {"type": kind})
    frame.paragraphs[1].runs[0].hyperlink.address = "https://example.com/b"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 0).text = "wide"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(6), Inches(4), Inches(1)).text_frame.text = "grouped"
    slide.shapes.add_picture(io.BytesIO(png("x")), Inches(1), Inches(7))
    read = convert(saved(show.save)).markdown
    assert "1. one <https://example.com/b>\n2. two\n    - A) deep\n        - (i) late" in read
    assert "| wide | wide |\n| --- | --- |" in read and "grouped" in read and "image" in read


@pytest.mark.parametrize(("count", "letter", "number"), [(1, "a", "i"), (27, "aa", "xxvii"), (1994, None, "mcmxciv")])
def test_numbers_as_word_writes_them(count: int, letter: str | None, number: str) -> None:
    assert letter in (None, letters(count)) and roman(count) == number


def test_lists_are_counted_as_word_counts_them() -> None:
    def fill(document: docx.document.Document) -> None:
        numbering = document.part.numbering_part.element
        levels = "".join(
            f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
            for at, (kind, text) in enumerate((("upperRoman", "%1."), ("decimalZero", "%1.%2"), ("lowerLetter", "%3)")))
        )
        numbering.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="77">{levels}</w:abstractNum>'))
        again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride>'
        for number, override in (("77", ""), ("78", again)):
            numbering.append(
                parse_xml(f'<w:num {W} w:numId="{number}"><w:abstractNumId w:val="77"/>{override}</w:num>')
            )
        for text, level, number in (("a", 0, 77), ("b", 1, 77), ("c", 2, 77), ("d", 2, 77), ("e", 0, 77), ("f", 0, 78)):
            properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
            paragraph = f"<w:p {W}><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
            document.element.body.insert(len(document.element.body) - 1, parse_xml(paragraph))

    assert convert(word_document(fill)).text == "I. a\n  I.01 b\n    a) c\n    b) d\nII. e\nIX. f"


def test_a_web_page_is_its_text() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>t</title><style>p{}</style></head><body><h1>Ducks &amp; geese</h1>"
        "<script>alert(1)</script><p>One<br>two</p><ol><li>a<li>b</ol><table><tr><th>Year<th>n</tr><tr><td>2024<td>120</table>"
    )
    read = convert(page.encode())
    assert (
        read.media_type == "text/html" and read.text == "Ducks & geese\n\nOne\ntwo\n\n1. a\n2. b\n\nYear\tn\n2024\t120"
    )


@pytest.mark.parametrize("head", ["<head><title>t</title>", "<title>t</title>", "<head><meta charset=utf-8>"])
def test_a_head_may_be_left_open(head: str) -> None:
    assert convert(f"<!doctype html>{head}<style>p {{}}</style><body><p>Hello".encode()).text == "Hello"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_its_encodings(encoding: str) -> None:
    read = convert("Grüße aus Köln.\n\nZweiter Absatz".encode(encoding))
    assert read.media_type == "text/plain" and read.text == "Grüße aus Köln.\n\nZweiter Absatz"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimited_values_are_a_table(mark: str) -> None:
    read = convert(f'sku{mark}name\n1{mark}"a{mark}b"\n2{mark}c\n'.encode())
    assert read.media_type == "text/csv" and f"| 1 | a{mark}b |".replace("\t", " ") in read.markdown


def test_what_a_document_says_is_never_markup_of_ours() -> None:
    said = "<script>alert(1)</script> *not bold* [x](javascript:alert(1)) &lt; # no\n# heading\n1. item\n<!-- gone -->"
    read = convert(said.encode())
    page = html(Reading(media_type="", kind="document", pages=(), text=read.text, markdown=read.markdown), title="<b>")
    assert "<script>" not in page and "<a" not in page and "<h1>" not in page and "<li>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; *not bold* [x](javascript:alert(1)) &amp;lt; # no" in page
    assert "<title>&lt;b&gt;</title>" in page and "&lt;!-- gone --&gt;" in page
