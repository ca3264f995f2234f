"""Tables without lines: which cell is meant, and what stands under a head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scout_ocr.extract.layout import Cell, Row

ROWS_BELOW = 2


def cell_at(row: Row, start: int) -> Cell:
    """The cell that the row's character number `start` stands in."""
    place = 0
    for cell in row.cells:
        place += len(cell.text) + 1
        if start < place:
            return cell
    return row.cells[-1]


def cells_at(row: Row, start: int, end: int) -> tuple[Cell, ...]:
    """The cells that these characters of the row's text stand in."""
    place, found = 0, []
    for cell in row.cells:
        if place < end and place + len(cell.text) > start:
            found.append(cell)
        place += len(cell.text) + 1
    return tuple(found) or row.cells


def beneath(rows: Sequence[Row], place: int, head: Cell, deep: int = ROWS_BELOW) -> Iterator[Cell]:
    """Cells of the next rows of the page that stand under the head, nearest first."""
    for row in rows[place + 1 : place + 1 + deep]:
        for cell in row.cells:
            if cell.page == head.page and stands_under(cell, head):
                yield cell


def stands_under(cell: Cell, head: Cell) -> bool:
    """Whether they share some of their width; so they do where the source has no places."""
    return cell.box is None or head.box is None or min(cell.right, head.right) > max(cell.left, head.left)
