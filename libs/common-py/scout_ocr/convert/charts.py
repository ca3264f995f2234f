"""Charts and diagrams of office documents: what they say, as a heading and a table, as a list."""

from __future__ import annotations

from collections.abc import Iterator

from scout_ocr.convert.package import Element, Package, attribute, first, inside, local
from scout_ocr.convert.parts import Block, Paragraph, Table

_POINTS = 10_000  # of one series


def chart_blocks(package: Package, part: str, shown: Element) -> Iterator[Block]:
    """What the element `chart` (a chart) or `relIds` (a diagram) of a part refers to."""
    relation = package.relations(part).get(attribute(shown, "id") or attribute(shown, "dm"))
    root = None if relation is None or relation.external else package.xml(relation.target)
    if root is None:
        return
    if local(shown) == "relIds":
        yield from _diagram(root)
        return
    chart = first(root, "chart")
    title = _rich(first(chart, "title"))
    if title:
        yield Paragraph(text=title)
    for axis in inside(root, "catAx", "valAx", "dateAx", "serAx"):
        named = _rich(first(axis, "title"))
        if named:
            yield Paragraph(text=named)
    rows = _rows(list(inside(root, "ser")))
    if len(rows) > 1:
        yield Table(rows=tuple(map(tuple, rows)))


def _diagram(root: Element) -> Iterator[Block]:
    """SmartArt: the texts of its points."""
    for point in root.iter("{*}pt"):
        text = _rich(first(point, "t"))
        if text:
            yield Paragraph(text=text)


def _rows(series: list[Element]) -> list[list[str]]:
    """Categories down, series across."""
    columns = [_values(first(one, "val") if first(one, "val") is not None else first(one, "yVal")) for one in series]
    names = [next(iter(_values(first(one, "tx")).values()), "") for one in series]
    places = [first(one, "cat") if first(one, "cat") is not None else first(one, "xVal") for one in series]
    categories = next((found for found in map(_values, places) if found), {})
    points = sorted({at for column in columns for at in column})
    return [["", *names], *([categories.get(at, ""), *(column.get(at, "") for column in columns)] for at in points)]


def _values(element: Element | None) -> dict[int, str]:
    """Cached values by their index."""
    found: dict[int, str] = {}
    for point in () if element is None else element.iter("{*}pt"):
        at = attribute(point, "idx")
        value = first(point, "v")
        if at.isdigit() and value is not None and len(found) < _POINTS:
            found[int(at)] = _number(value.text or "")
    if not found and element is not None:
        value = next(iter(element.iter("{*}v")), None)
        return {} if value is None else {0: value.text or ""}
    return found


def _number(text: str) -> str:
    """Without the digits that binary fractions add."""
    try:
        return f"{float(text):.10g}" if "." in text else text
    except ValueError:
        return text


def _rich(element: Element | None) -> str:
    paragraphs = () if element is None else element.iter("{*}p")
    return "\n".join(filter(None, ("".join(t.text or "" for t in p.iter("{*}t")).strip() for p in paragraphs)))
