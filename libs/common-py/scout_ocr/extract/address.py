"""Where the issuer sits: the block of lines between its name and its phone, tax or document numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.amounts import amounts_in
from scout_ocr.extract.company import head_of
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Row, as_label
from scout_ocr.extract.spacing import repaired
from scout_ocr.fields import Field

MOST_ROWS = 7
_CUT = re.compile(r"[\s,;|(\[]*\b(?:tele?|ph(?:one)?|fax|t:|h/p|gst|e-?mail|www\.).*$")
_TOWN = re.compile(
    r"\b\d{5}\b\W{0,3}[^\W\d_]{3}"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"  # SW1A 1AA
    r"|\b[1-9]\d{3} ?[A-Z]{2} {1,2}[^\W\d_]{3}"  # 1012 AB Amsterdam
    r"|\b\d{3} \d{2} {1,2}[^\W\d_]{4}"  # 111 22 Stockholm
    r"|(?<![^\W\d])[^\W\d_]{3,}\W{1,3}\d{6}\b"  # Bengaluru 560001, Singapore 238801
)
"""A town with its postal code: after it an address seldom goes on."""
_COUNTRY = re.compile(
    r"\W*(?:the )?(?:netherlands|nederland|belgi[eë]|belgique|belgium|luxembourg|deutschland|germany|österreich|"
    r"austria|schweiz|suisse|switzerland|france|italia|italy|españa|spain|portugal|united kingdom|uk|england|scotland|"
    r"wales|ireland|sverige|sweden|norge|norway|danmark|denmark|finland|suomi|polska|poland|india|singapore|usa|"
    r"united states)\W*"
)
_STOPS = (words.CONTACT, words.COMPANY_NUMBER, words.TAX_NUMBER, words.HEADING, words.DETAILS)


def address_of(rows: Sequence[Row], after: int) -> Field | None:
    """The address in the rows after the company's, else in those before it."""
    head = head_of(rows)
    for first, end in ((after, head), (0, min(after - 1, head))):
        for pattern in (words.STREET, words.PLACE):
            start = next((place for place in range(first, end) if _begins(rows[place], pattern)), None)
            if start is None:
                continue
            start -= start > first and _is_street_above(rows[start - 1], rows[start], words.POSTAL_FIRST)
            if field := _address(rows[start : min(end, start + MOST_ROWS)]):
                return field
    return None


def block_of(rows: Sequence[Row]) -> Field | None:
    """The address that begins with the first of these rows, if it does."""
    if not rows:
        return None
    street = len(rows) > 1 and _is_street_above(rows[0], rows[1], words.POSTAL)
    return _address(rows[:MOST_ROWS]) if street or _begins(rows[0], words.ADDRESS) else None


def _is_street_above(row: Row, below: Row, postal: re.Pattern[str]) -> bool:
    """Weena 664 over 3012 CN Rotterdam: no word of it says street."""
    return bool(words.STREET_LIKE.search(row.label) and postal.search(below.text))


def _address(rows: Sequence[Row]) -> Field | None:
    block = [rows[0]]
    for row in rows[1:]:
        if _ends(block, row) or not _goes_on(row, block[-1]):
            break
        block.append(row)
    cells = [cell for row in block for cell in row.cells]
    parts = [repaired(_cut(row.text), min(cell.confidence for cell in row.cells)) for row in block]
    text = " ".join(parts).strip(" ,;:-|*")
    if len(text) < 6 or not re.search(r"[^\W\d_]{3}", text):
        return None
    sure = 0.9 if re.search(r"\b\d{5}\b", text) else 0.75
    return field_of("address", text, cells, sure=sure, rule="block under the company")


def _begins(row: Row, pattern: re.Pattern[str]) -> bool:
    text = row.label
    return bool(pattern.search(text)) and not _stops(text)


def _stops(text: str) -> bool:
    cut = _cut(text)
    if cut != text and words.ADDRESS.search(cut):
        return False
    return any(stop.search(text) for stop in _STOPS)


def _ends(block: Sequence[Row], after: Row) -> bool:
    """A phone number follows on the same line, or the town's number was there and the next row is no place."""
    last = block[-1].text
    if _cut(last) != last:
        return True
    town = any(_TOWN.search(row.text) for row in block) and not last.rstrip().endswith(",")
    place = words.ADDRESS.search(after.label) or _COUNTRY.fullmatch(after.label) or after.text.startswith("(")
    return town and not place


def _goes_on(row: Row, before: Row) -> bool:
    text = row.label
    far = row.page != before.page or (row.height and row.top - before.bottom > 1.3 * max(row.height, before.height))
    letters = len(re.findall(r"[^\W\d_]", text))
    return (
        not (far or _has_money(row)) and (letters >= 3 or bool(re.fullmatch(r"\W*\d{5}\W*", text))) and not _stops(text)
    )


def _has_money(row: Row) -> bool:
    """The items or the sum have begun: a currency, or a row without a street that cents end (Fish 12.50)."""
    amounts = [amount for amount in amounts_in(row.columns) if amount.exact]
    priced = bool(amounts) and (bool(amounts[-1].sign) or amounts[-1].end >= len(row.columns.rstrip()))
    return priced and not words.ADDRESS.search(row.label)


def _cut(text: str) -> str:
    """Without the phone number that shares its last line."""
    match = _CUT.search(as_label(text))
    return text[: match.start()].rstrip(" ,;") if match and match.start() > 3 else text
