"""What was read, as others want it: plain text, Markdown, a web page, a searchable PDF. (JSON: `reading_codec`.)"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from html import escape

from markdown_it import MarkdownIt

from scout_ocr.convert.confined import shared
from scout_ocr.convert.detect import PDF, PICTURES, detect
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parsing import Parses
from scout_ocr.errors import BadDocument
from scout_ocr.reading import Reading

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.25rem .5rem;text-align:start}"""


def plain_text(reading: Reading) -> str:
    """Text in reading order, ending with a line end where there is any."""
    return reading.text + "\n" if reading.text else ""


def markdown(reading: Reading) -> str:
    """CommonMark with tables, ending with a line end where there is any."""
    return reading.markdown + "\n" if reading.markdown else ""


def html(reading: Reading, title: str = "") -> str:
    """A whole page. Whatever the document says is text here: tags and scripts in it are shown, never run."""
    parts = [_renderer().render(reading.markdown), _fields(reading), _barcodes(reading)]
    return (
        f'<!doctype html>\n<html dir="auto"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title or reading.kind)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{''.join(parts)}</body></html>\n"
    )


def searchable_pdf(
    data: bytes, reading: Reading, limits: Limits | None = None, *, children: Parses | None = None
) -> bytes:
    """The document as PDF whose words can be searched and copied: what was read lies unseen over the pictures.

    data: the document that the reading is of. A PDF stays as it is, with words added where it had pixels only; of a
    TIFF it is the pages that were read, whatever pages the limits name.
    Raises BadDocument where it is neither PDF nor picture, TooLarge, Encrypted.
    """
    limits = limits or Limits()
    limits.check_bytes(data)
    media_type = detect(data, limits)
    if media_type != PDF and media_type not in PICTURES:
        raise BadDocument(
            f"a searchable PDF is made of a PDF or a picture, this is {media_type}", hint="ask for HTML or Markdown"
        )
    numbers = [page.number for page in reading.pages]
    if numbers:
        limits = replace(limits, first_page=min(numbers), last_page=max(numbers))
    return (children or shared()).searchable(data, media_type, reading.pages, limits)


@cache
def _renderer() -> MarkdownIt:
    """Tags stay text, pictures are not loaded, and links to scripts are none."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _fields(reading: Reading) -> str:
    rows = ((field.name, str(field.value), f"{field.confidence:.2f}") for field in reading.fields)
    return _table(("Field", "Value", "Confidence"), list(rows))


def _barcodes(reading: Reading) -> str:
    return _table(("Code", "Text"), [(code.format, code.text) for code in reading.barcodes])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return "<table><tr>" + "".join(f"<th>{name}</th>" for name in head) + f"</tr>\n{body}</table>\n"
