"""Plain text, Markdown as the text that it is, tables of delimited values, and web pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html.parser import HTMLParser

from scout_ocr.convert.detect import decoded, delimiter_of
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import Block, Heading, Item, Paragraph, ParsedPage, Table
from scout_ocr.errors import BadDocument, TooLarge

_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "title", "object", "iframe", "select"))
_BLOCKS = """p div section article header footer main aside nav ul ol dl dt dd table blockquote pre form fieldset
address figure figcaption body tr td th li hr h1 h2 h3 h4 h5 h6 title details summary caption"""
_ENDS_TEXT = frozenset(_BLOCKS.split())


def pages(data: bytes, media_type: str, limits: Limits) -> Iterator[ParsedPage]:
    """One page. Raises BadDocument, TooLarge."""
    text = decoded(data)
    if text is None:
        raise BadDocument("the text is in no known encoding", hint="save it as UTF-8")
    for number in limits.pages_of(1):
        yield ParsedPage(number=number, blocks=tuple(_blocks(text, media_type, limits)))


def _blocks(text: str, media_type: str, limits: Limits) -> Iterator[Block]:
    if media_type == "text/html":
        yield from web_page(text, limits)
    elif media_type == "text/csv" and (delimiter := delimiter_of(text)):
        yield _table(text, delimiter, limits)
    else:
        parts = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").split("\n\n")
        yield from (Paragraph(text=part.strip("\n")) for part in parts if part.strip())


def _table(text: str, delimiter: str, limits: Limits) -> Table:
    rows: list[tuple[str, ...]] = []
    cells = 0
    csv.field_size_limit(limits.file_bytes)
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        cells += len(row) + 1
        if cells > limits.cells:
            raise TooLarge(f"more than {limits.cells:,} cells", hint="part the table first")
        if any(row):
            rows.append(tuple(row))
    return Table(rows=tuple(rows))


def web_page(text: str, limits: Limits) -> list[Block]:
    """Blocks of a web page: headings, paragraphs, lists, tables; nothing is run or fetched."""
    parser = _WebPage(limits)
    parser.feed(text)
    parser.close()
    parser.end_text()
    return parser.blocks


class _WebPage(HTMLParser):
    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._limits, self._cells = limits, 0
        self._text: list[str] = []
        self._unseen = self._preformatted = 0
        self._lists: list[int | None] = []  # the number of the last item, None where they have bullets
        self._heading, self._marker = 0, ""
        self._tables: list[list[list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _ENDS_TEXT:
            self.end_text()
        if tag == "br":
            self._text.append("\n")
        elif tag == "img" and not self._unseen:
            self._text.append(f" {dict(attrs).get('alt') or ''} ")
        elif tag == "pre":
            self._preformatted += 1
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._next_marker()
        elif tag[0] == "h" and tag[1:].isdigit():
            self._heading = int(tag[1:])
        else:
            self._start_table(tag)

    def _start_table(self, tag: str) -> None:
        if tag == "table":
            self._tables.append([])
        elif tag == "tr" and self._tables:
            self._tables[-1].append([])
        elif tag in ("td", "th") and self._tables:
            self._cells += 1
            if self._cells > self._limits.cells:
                raise TooLarge(f"more than {self._limits.cells:,} cells")
            if not self._tables[-1]:
                self._tables[-1].append([])
            self._tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _ENDS_TEXT:
            self.end_text()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        elif tag == "table" and self._tables:
            self._put(Table(rows=tuple(tuple(row) for row in self._tables.pop() if any(row))))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text.append(data)

    def end_text(self) -> None:
        """What was said so far becomes a block, or goes to the cell of a table."""
        said, self._text = "".join(self._text), []
        text = said.strip("\n") if self._preformatted else "\n".join(" ".join(line.split()) for line in _lines(said))
        heading, marker, self._heading, self._marker = self._heading, self._marker, 0, ""
        if not text.strip():
            self._heading, self._marker = heading, marker
        elif self._tables and self._tables[-1] and self._tables[-1][-1]:
            row = self._tables[-1][-1]
            row[-1] = f"{row[-1]}\n{text}" if row[-1] else text
        elif heading:
            self.blocks.append(Heading(text=text, level=min(6, max(1, heading))))
        elif marker:
            self.blocks.append(Item(text=text, level=max(0, len(self._lists) - 1), marker=marker))
        else:
            self.blocks.append(Paragraph(text=text))

    def _put(self, table: Table) -> None:
        """A table; one inside another becomes text of its cell."""
        if not self._tables:
            self.blocks += [table] if table.rows else []
        elif self._tables[-1] and self._tables[-1][-1]:
            self._text.append("\n".join(" ".join(row) for row in table.rows))

    def _next_marker(self) -> str:
        last = self._lists[-1] if self._lists else None
        if last is None:
            return "-"
        self._lists[-1] = last + 1
        return f"{last + 1}."


def _lines(said: str) -> list[str]:
    """Line ends of the source are spaces; those that `br` put stay."""
    return [line for line in said.split("\n") if line.strip()]
