"""Real documents made in a moment: PDF, Office documents, pictures, and hostile ones of each kind."""

from __future__ import annotations

import ctypes
import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence

import docx
import openpyxl
import pptx
import pypdfium2 as pdfium
import pypdfium2.raw as c
from PIL import Image, ImageDraw
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from scout_ocr.convert import parsing

HERE = parsing
"""Parses in the test's own process, where its lines are counted; the tests of `Confined` have children."""

A4 = (595.0, 842.0)
Said = tuple[float, float, float, str]
"""x, y (from below, points), size of the letters, text."""


def pdf(pages: Iterable[Sequence[Said]], size: tuple[float, float] = A4, picture: bytes | None = None) -> bytes:
    """A PDF with these texts; picture: a JPEG over the lower half of each page."""
    document = pdfium.PdfDocument.new()
    for texts in pages:
        page = document.new_page(*size)
        if picture is not None:
            image = pdfium.PdfImage.new(document)
            image.load_jpeg(io.BytesIO(picture), inline=True)
            image.set_matrix(pdfium.PdfMatrix().scale(size[0], size[1] / 2))
            page.insert_obj(image)
        for x, y, letters, text in texts:
            shown = c.FPDFPageObj_NewTextObj(document, b"Helvetica", letters)
            wide = (text + "\0").encode("utf-16-le")
            c.FPDFText_SetText(shown, ctypes.cast(ctypes.create_string_buffer(wide), ctypes.POINTER(c.FPDF_WCHAR)))
            c.FPDFPageObj_Transform(shown, 1, 0, 0, 1, x, y)
            c.FPDFPage_InsertObject(page, shown)
        page.gen_content()
        page.close()
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def raw_pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, the first its catalog."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    return (
        body + head + table + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (size, trailer, start)
    )


def pdf_of_boxes(boxes: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Empty pages with these MediaBoxes."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, len(boxes) + 3))
    pages = [b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] >>" % box for box in boxes]
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(boxes), kids),
            *pages,
        ],
        trailer,
    )


def form_pdf() -> bytes:
    """A form with a text field that says Erika Mustermann and a box that is ticked, another that is not."""
    appearance = b"/AP << /N << /Yes 7 0 R /Off 7 0 R >> >>"
    field = b"<< /Type /Annot /Subtype /Widget /P 3 0 R "
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R 5 0 R 6 0 R] /DA (/F 12 Tf) >> >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Annots [4 0 R 5 0 R 6 0 R] >>",
            field + b"/FT /Tx /T (name) /V (Erika Mustermann) /Rect [20 250 220 270] >>",
            field + b"/FT /Btn /T (a) /V /Yes /AS /Yes /Rect [20 200 40 220] %s >>" % appearance,
            field + b"/FT /Btn /T (b) /V /Off /AS /Off /Rect [20 150 40 170] %s >>" % appearance,
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 20 20] /Length 0 >>\nstream\n\nendstream",
        ]
    )


def encrypted_pdf() -> bytes:
    """A PDF that no empty password opens."""
    key = b"<" + b"5a" * 32 + b">"
    encryption = b"/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O %s /U %s >> /ID [<00> <00>]" % (
        key,
        key,
    )
    return pdf_of_boxes([b"0 0 100 100"], encryption)


def word_document(fill: Callable[[docx.document.Document], object]) -> bytes:
    document = docx.Document()
    fill(document)
    return saved(document.save)


def report(document: docx.document.Document) -> None:
    """Heading, list, table, header, footer, picture: a bit of everything."""
    document.sections[0].header.paragraphs[0].text = "Annual report"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    document.add_heading("Ducks of the lake", 1)
    document.add_paragraph("They were counted in spring.")
    document.add_paragraph("Mallard", style="List Bullet")
    document.add_paragraph("First", style="List Number")
    document.add_paragraph("Second", style="List Number")
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, (("Year", "Ducks", "Note"), ("2024", "120", "a | b")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_picture(io.BytesIO(png("IN A PICTURE")))


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Counts"
    sheet.append(["Lake", "Ducks", "Share"])
    sheet.append(["Upper", 120, 0.25])
    sheet["C2"].number_format = "0%"
    sheet["A5"] = "Checked by"
    sheet.merge_cells("A5:B5")
    sheet["C5"] = "Ada"
    book.create_sheet("Second")["B2"] = "alone"
    return saved(book.save)


def slides() -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Quarterly ducks"
    body = slide.placeholders[1].text_frame
    body.text = "They swim"
    body.add_paragraph().text = "They fly"
    low = slide.shapes.add_textbox(Inches(1), Inches(6.5), Inches(3), Inches(0.5))
    low.text_frame.text = "Source: the lake"
    slide.notes_slide.notes_text_frame.text = "Do not forget the geese"
    second = show.slides.add_slide(show.slide_layouts[6])
    table = second.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for at, text in enumerate(("Year", "Ducks", "2024", "120")):
        table.cell(at // 2, at % 2).text = text
    data = CategoryChartData()
    data.categories = ["Spring", "Autumn"]
    data.add_series("Geese", (7.5, 9))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(3), Inches(4), Inches(3), data)
    return saved(show.save)


def picture(text: str, size: tuple[int, int] = (320, 120)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((10, size[1] // 3), text, fill="black", font_size=28)
    return image


def png(text: str) -> bytes:
    return encoded(picture(text), "PNG")


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    return saved(lambda room: image.save(room, kind, **how))


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    room = io.BytesIO()
    save(room)
    return room.getvalue()


def tiff_chain(pages: int) -> bytes:
    """A TIFF of as many empty pages, six bytes each."""
    directories = b"".join(struct.pack("<HI", 0, 8 + 6 * (at + 1)) for at in range(pages - 1))
    return b"II*\0" + struct.pack("<I", 8) + directories + struct.pack("<HI", 0, 0)


def with_entry(archive: bytes, name: str, content: bytes) -> bytes:
    """The archive with one entry put in or changed."""
    room = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return room.getvalue()


def entry_of(archive: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        return old.read(name)
