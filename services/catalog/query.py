"""Which products of a catalogue a query means: those that hold all its words, whatever their case and accents."""

import json
import re
import unicodedata
from dataclasses import replace

from services.catalog.rows import Catalogue, Problem, ProductRow

_WORD = re.compile(r"\w+")


def select(catalogue: Catalogue, query: str) -> Catalogue:
    """The catalogue's rows that hold every word of the query; an empty query means all."""
    words = _plain(query).split()
    if not words:
        return catalogue
    rows = tuple(row for row in catalogue.rows if _holds(row, words))
    if rows or not catalogue.rows:
        return replace(catalogue, rows=rows)
    problem = Problem(
        message=f"none of the {len(catalogue.rows)} products holds all words of the query {query!r}",
        hint="Ask with fewer words; sku, title, brand, category, family, barcode and other columns are looked at.",
    )
    return replace(catalogue, rows=(), problems=(*catalogue.problems, problem))


def _holds(row: ProductRow, words: list[str]) -> bool:
    """A word is held where a word of the product begins with it."""
    told = (row.sku, row.title, row.brand, row.category, row.family, row.barcode)
    text = " " + _plain(" ".join(filter(None, told)) + " " + json.dumps(dict(row.extra), ensure_ascii=False))
    return all(f" {word}" in text for word in words)


def _plain(text: str) -> str:
    """Lower case without accents, words separated by single spaces."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(character for character in split if not unicodedata.combining(character))))
