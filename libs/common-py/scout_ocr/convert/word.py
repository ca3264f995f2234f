"""DOCX: headings, paragraphs, lists with their numbers, tables, text boxes, notes, headers and footers, pictures.

Read from WordprocessingML itself (ECMA-376 part 1, 17): where a list gets its number, what a style inherits and what
stands in a text box is not told by libraries. Deleted text of tracked changes is left out, inserted text is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scout_ocr.convert.charts import chart_blocks
from scout_ocr.convert.formulas import latex
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.numbering import Numbering
from scout_ocr.convert.package import Element, Package, attribute, children, first, inside, local
from scout_ocr.convert.parts import Block, Figure, Heading, Item, Paragraph, ParsedPage, Table
from scout_ocr.convert.word_styles import Styles
from scout_ocr.errors import TooLarge

_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-", "ptab": "\t"}
_SILENT = frozenset(("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "tblPr", "trPr", "tcPr", "rt"))
_APART = frozenset(("drawing", "pict", "object", "txbxContent", "txbx", "textbox"))


def pages(data: bytes, limits: Limits) -> Iterator[ParsedPage]:
    """One page: Word documents have no fixed pages. Raises BadDocument, TooLarge, Encrypted."""
    for number in limits.pages_of(1):
        package = Package(data, limits)
        yield from package.pieces(number, _Document(package, limits).blocks())


@dataclass
class _Loose:
    """What hangs on a paragraph but stands apart: text boxes, pictures, charts."""

    blocks: list[Block] = field(default_factory=list)


class _Document:
    def __init__(self, package: Package, limits: Limits) -> None:
        self._package = package
        self._main = package.main
        self._part = self._main
        self._styles = Styles(self._only("styles"))
        self._numbering = Numbering(self._only("numbering"))
        self._cells = limits.cells

    def blocks(self) -> Iterator[Block]:
        """Headers, body, notes, comments, footers; a header repeated by several sections once."""
        yield from self._parts("header")
        root = self._package.xml(self._main)
        yield from self._blocks(first(root, "body"))
        for kind, note in (("footnotes", "footnote"), ("endnotes", "endnote"), ("comments", "comment")):
            yield from self._notes(kind, note)
        yield from self._parts("footer")

    def _only(self, kind: str) -> Element | None:
        found = self._package.related(self._main, kind)
        return self._package.xml(found[0]) if found else None

    def _parts(self, kind: str) -> Iterator[Block]:
        seen: set[tuple[Block, ...]] = set()
        for name in self._package.related(self._main, kind):
            found = self._within(name, self._package.xml(name))
            if found not in seen:
                seen.add(found)
                yield from found

    def _within(self, name: str, root: Element | None) -> tuple[Block, ...]:
        """Blocks of another part, whose relations are its own."""
        self._part = name
        found = tuple(self._blocks(root))
        self._part = self._main
        return found

    def _notes(self, kind: str, note: str) -> Iterator[Block]:
        for name in self._package.related(self._main, kind):
            root = self._package.xml(name)
            for element in () if root is None else root.iter("{*}" + note):
                if attribute(element, "type") not in ("separator", "continuationSeparator", "continuationNotice"):
                    yield from self._within(name, element)

    def _blocks(self, container: Element | None) -> Iterator[Block]:
        for element in children(container):
            name = local(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield from self._table(element)
            elif name not in _SILENT:
                yield from self._blocks(element)

    def _paragraph(self, element: Element) -> Iterator[Block]:
        loose = _Loose()
        text = self._text(element, loose).strip("\n")
        if text.strip():
            yield self._told(element, text)
        yield from loose.blocks

    def _told(self, element: Element, text: str) -> Block:
        """The paragraph as heading, list item or plain, as its style and numbering say."""
        properties = first(element, "pPr")
        style = attribute(first(properties, "pStyle"), "val")
        level = self._styles.heading(style, properties)
        number, depth = self._styles.numbered(style, properties)
        marker = self._numbering.marker(number, depth) if number else ""
        if level:
            return Heading(text=f"{marker} {text}" if marker not in ("", "-") else text, level=level)
        return Item(text=text, level=depth, marker=marker) if marker else Paragraph(text=text)

    def _text(self, element: Element, loose: _Loose) -> str:
        """Text of a paragraph or a run; what stands apart is put to `loose`."""
        parts: list[str] = []
        for child in children(element):
            name = local(child)
            if name == "t":
                parts.append(child.text or "")
            elif name in _BREAKS:
                parts.append(_BREAKS[name])
            elif name == "sym":
                parts.append(_symbol(child))
            elif name == "hyperlink":
                parts.append(self._link(child, loose))
            elif name in ("oMath", "oMathPara"):
                parts.append(f" {latex(child)} ")
            elif name in _APART:
                loose.blocks += self._apart(child)
            elif name not in _SILENT:
                parts.append(self._text(child, loose))
        return "".join(parts)

    def _link(self, element: Element, loose: _Loose) -> str:
        text = self._text(element, loose)
        found = self._package.relations(self._part).get(attribute(element, "id"))
        if found is None or not found.external or found.target.rstrip("/") in text:
            return text
        return f"{text} <{found.target}>"

    def _apart(self, element: Element) -> Iterator[Block]:
        """Text boxes, pictures and charts of a drawing."""
        boxes = [element] if local(element) == "txbxContent" else list(inside(element, "txbxContent"))
        for box in boxes:
            yield from self._blocks(box)
        described = next(iter(inside(element, "docPr")), None)
        for shown in inside(element, "blip", "imagedata"):
            relation = attribute(shown, "embed") or attribute(shown, "id")
            yield self._package.figure(self._part, relation, attribute(described, "descr"))
        for shown in inside(element, "chart", "relIds"):
            yield from chart_blocks(self._package, self._part, shown)

    def _table(self, element: Element) -> Iterator[Block]:
        loose = _Loose()
        rows: list[list[str]] = []
        for row in (child for child in children(element) if local(child) == "tr"):
            rows.append(self._row(row, rows[-1] if rows else [], loose))
        if rows:
            width = max(map(len, rows))
            yield Table(rows=tuple(tuple(row + [""] * (width - len(row))) for row in rows))
        yield from (block for block in loose.blocks if isinstance(block, Figure))

    def _row(self, row: Element, above: list[str], loose: _Loose) -> list[str]:
        """Cells of a row; one merged over several places is repeated in each."""
        cells = [""] * _number(first(row, "trPr", "gridBefore"), 0)
        for cell in (child for child in children(row) if local(child) == "tc"):
            properties = first(cell, "tcPr")
            merge = first(properties, "vMerge")
            goes_on = merge is not None and attribute(merge, "val") != "restart"
            text = above[len(cells)] if goes_on and len(cells) < len(above) else self._cell(cell, loose)
            cells += [text] * min(63, max(1, _number(first(properties, "gridSpan"), 1)))
        self._cells -= len(cells)
        if self._cells < 0:
            raise TooLarge("the tables of the document have more cells than are read")
        return cells

    def _cell(self, cell: Element, loose: _Loose) -> str:
        lines: list[str] = []
        for block in self._blocks(cell):
            match block:
                case Table(rows=rows):
                    lines += [" ".join(filter(None, row)) for row in rows]
                case Item(text=text, marker=marker):
                    lines.append(f"{marker} {text}")
                case Heading(text=text) | Paragraph(text=text):
                    lines.append(text)
                case _:
                    loose.blocks.append(block)
        return "\n".join(lines)


def _number(element: Element | None, otherwise: int) -> int:
    value = attribute(element, "val")
    return min(63, int(value)) if value.isdigit() else otherwise


def _symbol(element: Element) -> str:
    """A sign of a symbol font; those fonts put theirs at U+F0xx, where no one else knows them."""
    code = int(attribute(element, "char") or "0", 16)
    return chr(code & 0xFF) if 0xF020 <= code <= 0xF0FF else chr(code) if code < 0xD800 else ""
