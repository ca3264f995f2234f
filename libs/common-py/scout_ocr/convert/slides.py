"""PPTX: each slide a page, its shapes from the top and the left; titles, lists, tables, charts, pictures, notes.

Read from PresentationML and DrawingML themselves (ECMA-376 part 1, 19 and 21), as `word` does.
"""

from __future__ import annotations

from collections.abc import Iterator

from scout_ocr.convert.charts import chart_blocks
from scout_ocr.convert.drawn_text import drawn_table, paragraphs
from scout_ocr.convert.limits import Limits
from scout_ocr.convert.package import Element, Package, attribute, children, first, inside, local
from scout_ocr.convert.parts import Block, Heading, Item, Paragraph, ParsedPage, Table
from scout_ocr.errors import TooLarge

_TITLES = {"title": 1, "ctrTitle": 1, "subTitle": 2}
_UNSAID = frozenset(("sldNum", "hdr", "sldImg"))
_LISTED = frozenset(("body", "obj", ""))
_SHAPES = frozenset(("sp", "pic", "graphicFrame", "grpSp", "cxnSp"))
_SHELF = 457_200  # half an inch in EMU: shapes whose tops differ less stand beside each other
_DEEPEST = 10


def pages(data: bytes, limits: Limits) -> Iterator[ParsedPage]:
    """The wanted slides, in the order of the show, hidden ones too. Raises BadDocument, TooLarge, Encrypted."""
    package = Package(data, limits)
    main = package.xml(package.main)
    named = package.relations(package.main)
    slides = [named.get(attribute(slide, "id", prefixed=True)) for slide in inside_of(main, "sldId")]
    budget = _Budget(limits)
    for number in limits.pages_of(len(slides)):
        slide = slides[number - 1]
        blocks = _Slide(package, slide.target, budget).blocks() if slide and not slide.external else ()
        yield from package.pieces(number, blocks)


def inside_of(root: Element | None, name: str) -> Iterator[Element]:
    return iter(()) if root is None else inside(root, name)


class _Budget:
    """Counts over all slides."""

    def __init__(self, limits: Limits) -> None:
        self.cells = limits.cells


class _Slide:
    def __init__(self, package: Package, part: str, budget: _Budget) -> None:
        self._package, self._part, self._budget = package, part, budget
        self._layout = self._places()

    def blocks(self) -> Iterator[Block]:
        root = self._package.xml(self._part)
        yield from self._shapes(first(root, "cSld", "spTree"), 0)
        yield from self._notes()
        yield from self._comments()

    def _shapes(self, tree: Element | None, depth: int) -> Iterator[Block]:
        if depth > _DEEPEST:
            return
        shapes = [shape for shape in children(tree) if local(shape) in _SHAPES]
        for shape in sorted(shapes, key=self._order):
            if local(shape) == "grpSp":
                yield from self._shapes(shape, depth + 1)
            elif local(shape) == "graphicFrame":
                yield from self._frame(shape)
            elif local(shape) == "pic":
                yield from self._picture(shape)
            else:
                yield from self._text(shape)

    def _order(self, shape: Element) -> tuple[int, int, int]:
        """The title first, then shelf by shelf."""
        kind, key = _placeholder(shape)
        top, left = _place(shape) or self._layout.get(key) or self._layout.get((kind, "")) or (0, 0)
        return (0 if kind in _TITLES else 1, top // _SHELF, left)

    def _places(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Where the layout, or else its master, puts placeholders that do not say it themselves."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for layout in self._package.related(self._part, "slideLayout"):
            for part in (*self._package.related(layout, "slideMaster"), layout):
                tree = first(self._package.xml(part), "cSld", "spTree")
                for shape in children(tree):
                    kind, key = _placeholder(shape)
                    place = _place(shape)
                    if place is not None:
                        found |= {key: place, (kind, ""): place}
        return found

    def _text(self, shape: Element) -> Iterator[Block]:
        kind, (_, index) = _placeholder(shape)
        listed = bool(index) and kind in _LISTED
        if kind in _UNSAID:
            return
        for block in paragraphs(first(shape, "txBody"), self._package, self._part, listed=listed):
            if kind in _TITLES and isinstance(block, Paragraph | Item):
                yield Heading(text=block.text, level=_TITLES[kind])
            else:
                yield block

    def _frame(self, frame: Element) -> Iterator[Block]:
        for table in inside(frame, "tbl"):
            rows = drawn_table(table, self._package, self._part)
            self._budget.cells -= sum(map(len, rows))
            if self._budget.cells < 0:
                raise TooLarge("the tables of the slides have more cells than are read")
            if rows:
                yield Table(rows=rows)
        for shown in inside(frame, "chart", "relIds"):
            yield from chart_blocks(self._package, self._part, shown)
        for picture in inside(frame, "pic"):
            yield from self._picture(picture)

    def _picture(self, shape: Element) -> Iterator[Block]:
        described = next(iter(inside(shape, "cNvPr")), None)
        for blip in inside(shape, "blip"):
            yield self._package.figure(self._part, attribute(blip, "embed"), attribute(described, "descr"))

    def _notes(self) -> Iterator[Block]:
        """What the speaker is to say."""
        for name in self._package.related(self._part, "notesSlide"):
            tree = first(self._package.xml(name), "cSld", "spTree")
            bodies = [shape for shape in children(tree) if _placeholder(shape)[0] == "body"]
            said = [block for shape in bodies for block in paragraphs(first(shape, "txBody"), self._package, name)]
            if said:
                yield Heading(text="Notes", level=3)
                yield from said

    def _comments(self) -> Iterator[Block]:
        for name in self._package.related(self._part, "comments"):
            root = self._package.xml(name)
            for element in () if root is None else root.iter("{*}text", "{*}t"):
                if element.text:
                    yield Paragraph(text=element.text)


def _placeholder(shape: Element) -> tuple[str, tuple[str, str]]:
    """(kind, (kind, index)) of the placeholder that a shape fills; empty for a shape of its own."""
    found = next((mark for name in children(shape) for mark in (first(name, "nvPr", "ph"),) if mark is not None), None)
    if found is None:
        return "", ("", "")
    kind = attribute(found, "type") or "obj"
    return kind, (kind, attribute(found, "idx") or "0")


def _place(shape: Element) -> tuple[int, int] | None:
    """(top, left) in EMU."""
    for name in ("spPr", "grpSpPr"):
        offset = first(shape, name, "xfrm", "off")
        if offset is not None:
            return _number(attribute(offset, "y")), _number(attribute(offset, "x"))
    offset = first(shape, "xfrm", "off")
    return None if offset is None else (_number(attribute(offset, "y")), _number(attribute(offset, "x")))


def _number(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0
