"""Office documents, web pages and text: what stands in them is read, in order, with its structure."""

from functools import partial

import docx
import pytest
from docx.oxml import parse_xml
from scout_ocr.convert import converting
from scout_ocr.convert.outputs import html
from scout_ocr.reading import Reading
from scout_ocr.words import Word

from tests.documents import HERE, entry_of, report, slides, with_entry, word_document, workbook

convert = partial(converting.convert, children=HERE)

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
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


def test_a_web_page_is_its_text() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>t</title><style>p{}</style></head><body><h1>Ducks &amp; geese</h1>"
        "<script>alert(1)</script><p>One<br>two</p><ol><li>a<li>b</ol><table><tr><th>Year<th>n</tr><tr><td>2024<td>120</table>"
    )
    read = convert(page.encode())
    assert (
        read.media_type == "text/html" and read.text == "Ducks & geese\n\nOne\ntwo\n\n1. a\n2. b\n\nYear\tn\n2024\t120"
    )


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
