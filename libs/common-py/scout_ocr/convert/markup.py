"""Blocks as plain text and as Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from scout_ocr.convert.parts import Block, Figure, Heading, Item, Paragraph, Table

_BEGINS_LIKE_MARKUP = re.compile(r"^([^\S\n]*)(?=#{1,6}(?:\s|$)|[+-](?:\s|$)|>|=+\s*$|-+\s*$|~{3})", re.M)
_BEGINS_LIKE_NUMBER = re.compile(r"^([^\S\n]*\d{1,9})(?=[.)](?:\s|$))", re.M)
_SPECIAL = re.compile(r"([\\`*\[\]]|<(?=[A-Za-z/!?])|(?<!\w)_|_(?!\w)|&(?=#?\w+;))")
_AS_IT_IS = re.compile(r"<(?:https?|mailto|ftp):[^<>\s]*>|\$(?=[^$\n]*[\\^_])[^$\n`]*\$")  # links, formulas
_ALIVE_IN_FORMULA = re.compile(r"\](?=[\[(:])|<(?=[A-Za-z/!?])")
"""What Markdown, which knows no formulas, would take in one for a link, a picture or a tag."""


def text_of(pages: Iterable[Sequence[Block]]) -> str:
    """Plain text: blocks parted by an empty line, items and rows by a line end, cells by a tab."""
    return "\n\n".join(filter(None, (_joined(page, _plain) for page in pages)))


def markdown_of(pages: Iterable[Sequence[Block]]) -> str:
    """Markdown of all pages, one after the other."""
    return "\n\n".join(filter(None, (_joined(page, _marked) for page in pages)))


def _joined(blocks: Sequence[Block], write: Callable[[Block], str]) -> str:
    parts: list[str] = []
    before: Block | None = None
    for block in blocks:
        written = write(block)
        if written:
            parts.append(("\n" if isinstance(before, Item) and isinstance(block, Item) else "\n\n") + written)
            before = block
    return "".join(parts).strip("\n")


def _plain(block: Block) -> str:
    match block:
        case Heading(text=text) | Paragraph(text=text):
            return text
        case Item(text=text, level=level, marker=marker):
            return "  " * level + f"{marker} {text}"
        case Table(rows=rows):
            return "\n".join("\t".join(" ".join(cell.split()) for cell in row).rstrip() for row in rows)
        case Figure(description=description):
            return f"[{description or 'image'}]"


def _marked(block: Block) -> str:
    match block:
        case Heading(text=text, level=level):
            return "#" * min(6, max(1, level)) + " " + escaped(" ".join(text.split()))
        case Paragraph(text=text):
            return escaped(text)
        case Item(text=text, level=level, marker=marker):
            return _item(text, level, marker)
        case Table(rows=rows):
            return _table(rows)
        case Figure(description=description):
            return f"\\[{escaped(description or 'image')}\\]"


def _item(text: str, level: int, marker: str) -> str:
    """An item; markers that Markdown does not know ("2.1.") stand in its text."""
    known = marker == "-" or re.fullmatch(r"\d{1,9}[.)]", marker)
    shown = escaped(text if known else f"{marker} {text}").replace("\n", "\n" + "    " * level + "  ")
    return "    " * level + f"{marker if known else '-'} {shown}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Every row with as many cells; the first is the head, as Markdown wants one."""
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        return ""
    full = [[*row, *[""] * (columns - len(row))] for row in rows]
    head, *body = ("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in full)
    return "\n".join([head, "|" + " --- |" * columns, *body])


def _cell(text: str) -> str:
    return escaped(" ".join(text.split())).replace("|", "\\|")


def escaped(text: str) -> str:
    """Text whose marks mean themselves in Markdown.

    Links in angle brackets stay, and formulas; spaces in a formula, which mean nothing there, part what would be a
    link, a picture or a tag: its letters are the document's too.
    """
    parts, at = [], 0
    for found in _AS_IT_IS.finditer(text):
        parts += [_SPECIAL.sub(r"\\\1", text[at : found.start()]), _kept(found[0])]
        at = found.end()
    parts.append(_SPECIAL.sub(r"\\\1", text[at:]))
    return _BEGINS_LIKE_NUMBER.sub(r"\1\\", _BEGINS_LIKE_MARKUP.sub(r"\1\\", "".join(parts)))


def _kept(link_or_formula: str) -> str:
    return link_or_formula if link_or_formula[0] == "<" else _ALIVE_IN_FORMULA.sub(r"\g<0> ", link_or_formula)
