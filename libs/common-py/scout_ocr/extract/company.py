"""Who issued a receipt: the name above the registration numbers and the address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.dates import dates_in
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Row, as_label
from scout_ocr.extract.spacing import letters_repaired, spaced
from scout_ocr.fields import Field

HEAD_ROWS = 16
_REGISTRATION_TAIL = re.compile(
    r"\s*(?:[(\[]\s*(?:(?:co|roc|reg|company)\W{0,2}(?:reg|no)?\W{0,3})?(?=[\w-]*\d)[a-z]{0,3}\d{4,12}\s?[-\u2013]?\s?[a-z]?"
    r"\s*[)\]]?|(?<=\s)\d{4,12}\s?[-\u2013]\s?[a-z])\.?$",
    re.IGNORECASE,
)
_STRAY_END = re.compile(r"\s\(?\w?\)$")  # what is left of a registration number's brackets
_LETTERS = re.compile(r"[^\W\d_]")
_KEEPS_DOT = re.compile(r"\b(?:co|inc|ltd|corp|b\.v|n\.v|jr|sdn\. bhd)\.$", re.IGNORECASE)


def head_of(rows: Sequence[Row]) -> int:
    """How many first rows may hold name and address: those before the first date, cashier, table ..."""
    for place, row in enumerate(rows[:HEAD_ROWS]):
        if place and (words.DETAILS.search(row.label) or dates_in(row.columns)):
            return place
    return min(HEAD_ROWS, len(rows))


def company_of(rows: Sequence[Row]) -> tuple[Field | None, int]:
    """The company and the number of the row after it, 0 where there is none.

    Names above the address come first; under it, until the heading ("tax invoice"), only what is surely a company: the
    firm that runs a shop of another name.
    """
    head = head_of(rows)
    names = [place for place in range(head) if _may_name(rows[place])]
    first_address = next((p for p in range(1, head) if words.ADDRESS.search(rows[p].label)), head)
    heading = (p for p in range(first_address, head) if words.HEADING.search(rows[p].label))
    above = [place for place in names if place < first_address]
    below = [place for place in names if first_address <= place < next(heading, head)]
    for rule, sure, places, test in (
        ("legal form", 0.95, above, _is_legal),
        ("above a registration number", 0.9, above, _is_registered),
        ("legal form", 0.85, below, _is_legal),
        ("above a registration number", 0.85, below, _is_registered),
        ("trade name", 0.8, above, _is_trade_name),
        ("first line", 0.6, above, _is_long),
    ):
        found = next((place for place in places if test(rows, place)), None)
        if found is not None:
            return _company(rows, names, found, rule, sure), found + 1
    return None, 0


def _may_name(row: Row) -> bool:
    text = row.label
    if len(_LETTERS.findall(_REGISTRATION_TAIL.sub("", text))) < 3:
        return False
    stops = [words.CONTACT, words.COMPANY_NUMBER, words.TAX_NUMBER, words.HEADING, words.DETAILS]
    if not words.LEGAL.search(text):
        stops.append(words.ADDRESS)
    return not any(stop.search(_REGISTRATION_TAIL.sub("", text)) for stop in stops)


def _is_legal(rows: Sequence[Row], place: int) -> bool:
    return bool(words.LEGAL.search(_REGISTRATION_TAIL.sub("", rows[place].label)))


def _is_registered(rows: Sequence[Row], place: int) -> bool:
    """The company's own registration number is on the row or on the next one."""
    after = rows[place + 1].label if place + 1 < len(rows) else ""
    return bool(_REGISTRATION_TAIL.search(rows[place].text)) or (
        bool(words.COMPANY_NUMBER.search(after))
        and not words.CONTACT.search(after)
        and not words.TAX_NUMBER.search(after)
    )


def _is_trade_name(rows: Sequence[Row], place: int) -> bool:
    text = rows[place].label
    return bool(words.TRADE_NAME.search(text)) and not _goes_on(text)


def _is_long(rows: Sequence[Row], place: int) -> bool:
    """Letters enough for a name; none of them capital is somebody's note in the margin."""
    text = rows[place].text
    return len(_LETTERS.findall(text)) > 3 and not text.islower()


def _company(rows: Sequence[Row], names: Sequence[int], place: int, rule: str, sure: float) -> Field:
    chosen = [rows[place]]
    name = clean_name(rows[place].text)
    if _goes_on(name) and place - 1 in names:
        chosen.insert(0, rows[place - 1])
        name = f"{clean_name(rows[place - 1].text)} {name}"
    cells = [cell for row in chosen for cell in row.cells]
    return field_of("company", name, cells, sure=sure, rule=rule)


def _goes_on(name: str) -> bool:
    """Nothing but a trade and a legal form: the name proper stands above."""
    rest = words.LEGAL.sub(" ", as_label(name))
    return all(word in words.TRADE for word in re.findall(r"[\w&]+", rest))


def clean_name(text: str) -> str:
    """The name alone: no registration number, nothing after the legal form, spaces restored."""
    name = _STRAY_END.sub("", _REGISTRATION_TAIL.sub("", text)).strip(" :;,-*=_~|")
    name = letters_repaired(spaced(name))
    ends = [match.end() for match in words.LEGAL.finditer(as_label(name))]
    if ends and ends[-1] > 5 and (name[ends[-1] :].lstrip()[:1] or " ") not in "&(":
        name = name[: ends[-1]]
    return name if _KEEPS_DOT.search(name) else name.rstrip(" .,")
