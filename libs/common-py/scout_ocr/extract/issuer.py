"""Who issued an invoice: pages have columns, so names are cells, and the customer's name is there as well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.address import block_of
from scout_ocr.extract.columns import stands_under
from scout_ocr.extract.company import clean_name, company_of
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Cell, Row, as_label
from scout_ocr.extract.sign_words import URL
from scout_ocr.fields import Field

_PARTS = re.compile(r"\s[-\u2013|•·]\s")
_MAIL = re.compile(r"[\w.+-]{1,40}@((?:[\w-]{1,40}\.){1,4}[a-z]{2,10})", re.IGNORECASE)
_PUBLIC = frozenset(
    [
        "gmail",
        "googlemail",
        "hotmail",
        "outlook",
        "yahoo",
        "icloud",
        "gmx",
        "web",
        "live",
        "msn",
        "proton",
        "protonmail",
        "aol",
    ]
)
_LONGEST_NAME = 60
_MOST_CELLS = 600


def issuer_of(rows: Sequence[Row]) -> tuple[Field | None, Field | None]:
    """(company, address): the name as in its web address, else the legal form that is no customer's, else as on a
    receipt."""
    cells = [(place, cell) for place, row in enumerate(rows) for cell in row.cells][:_MOST_CELLS]
    names = list(_names(rows, cells))
    by_domain = _by_domain(names, _domains(rows))
    found = by_domain or _by_legal_form(names)
    if found is None:
        return company_of(rows)[0], None
    place, cell, name = found
    rule, sure = ("as in its web address", 0.9) if by_domain else ("legal form", 0.8)
    company = field_of("company", name, [cell], sure=sure, rule=rule)
    again = [(place, cell), *((p, c) for p, c, other in names if other == name and c is not cell)]
    found_at = (_beside_the_name(c) or block_of(_column(rows, p, c)) for p, c in again)
    return company, next((address for address in found_at if address), None)


def _names(rows: Sequence[Row], cells: Sequence[tuple[int, Cell]]) -> Iterator[tuple[int, Cell, str]]:
    """Cells that may be a name, the customer's aside, without what follows on the line."""
    for place, cell in cells:
        name = clean_name(_PARTS.split(cell.text)[0])
        if _may_name(name) and not _is_customer(rows, place, cell):
            yield place, cell, name


def _may_name(name: str) -> bool:
    label = as_label(name)
    stops = (words.CONTACT, words.TAX_NUMBER, words.DETAILS, words.TOTAL, words.CUSTOMER)
    long_enough = len(re.findall(r"[^\W\d_]", label)) >= 3
    return long_enough and len(name) <= _LONGEST_NAME and not any(stop.search(label) for stop in stops)


def _is_customer(rows: Sequence[Row], place: int, cell: Cell) -> bool:
    """Under "Bill to", within the next rows of its column."""
    above = (other for row in rows[max(0, place - 4) : place] for other in row.cells)
    return any(stands_under(cell, other) and words.CUSTOMER.search(as_label(other.text)) for other in above)


def _domains(rows: Sequence[Row]) -> Counter[str]:
    """Names of web and mail addresses: acme of www.acme.co.uk."""
    found: Counter[str] = Counter()
    for row in rows:
        for host in (*(match["host"] for match in URL.finditer(row.text)), *_MAIL.findall(row.text)):
            parts = [part for part in host.lower().split(".")[:-1] if part not in ("www", "co", "com", "org", "aws")]
            if parts and parts[-1] not in _PUBLIC:
                found[parts[-1].replace("-", "")] += 1
    return found


def _by_domain(names: Sequence[tuple[int, Cell, str]], domains: Counter[str]) -> tuple[int, Cell, str] | None:
    for domain, _ in domains.most_common(3):
        alike = [entry for entry in names if _like_domain(entry[2], domain)]
        if alike:
            return next((entry for entry in alike if words.LEGAL.search(as_label(entry[2]))), alike[0])
    return None


def _like_domain(name: str, domain: str) -> bool:
    bare = re.sub(r"[\W_]", "", words.LEGAL.sub("", as_label(name)))
    return len(bare) >= 3 and fuzz.ratio(bare, domain) >= 88


def _by_legal_form(names: Sequence[tuple[int, Cell, str]]) -> tuple[int, Cell, str] | None:
    """The commonest, for issuers print their name at the head and in the foot."""
    legal = [entry for entry in names if words.LEGAL.search(as_label(entry[2]))]
    counts = Counter(name for _, _, name in legal)
    return max(legal, key=lambda entry: counts[entry[2]], default=None)


def _beside_the_name(cell: Cell) -> Field | None:
    """ACME AG - Street 1 - 12345 Town"""
    parts = _PARTS.split(cell.text)[1:]
    text = ", ".join(part.strip() for part in parts)
    if not words.STREET.search(as_label(text)) and not words.PLACE.search(as_label(text)):
        return None
    return field_of("address", text, [cell], sure=0.85, rule="beside the company", raw=cell.text)


def _column(rows: Sequence[Row], place: int, cell: Cell) -> list[Row]:
    """What stands under the cell, in its column."""
    below = []
    for row in rows[place + 1 : place + 8]:
        under = tuple(c for c in row.cells if c.box is None or cell.box is None or _aligned(c, cell))
        if under:
            below.append(Row(cells=under))
    return below


def _aligned(cell: Cell, head: Cell) -> bool:
    return min(cell.right, head.right) - max(cell.left, head.left) > 0.5 * min(
        cell.right - cell.left, head.right - head.left
    )
