"""Booth signs: whose booth, which number in which hall, which web address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from scout_ocr.extract import sign_words as words
from scout_ocr.extract.columns import cells_at
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.layout import Row
from scout_ocr.extract.receipt_words import LEGAL
from scout_ocr.fields import Field

_AS_DIGIT = str.maketrans("OIL|", "0111")


def fields_of_sign(rows: Sequence[Row]) -> tuple[Field, ...]:
    """company, booth, hall, url, of those that are there."""
    place, url = place_of(rows), url_of(rows)
    return tuple(field for field in (company_on(rows, url), *place, url) if field)


def place_of(rows: Sequence[Row]) -> tuple[Field, ...]:
    """(booth, hall), (booth,), (hall,) or (): labelled first, then H4-B12, then a number on its own."""
    found: dict[str, Field] = {}
    for row in rows:
        text = row.text.upper() if len(row.text.upper()) == len(row.text) else row.text
        for field in _places_in(text, row):
            if field.name not in found or field.confidence > found[field.name].confidence:
                found[field.name] = field
    if "booth" not in found and (alone := _alone(rows, "hall" in found)):
        found["booth"] = alone
    return tuple(found[name] for name in ("booth", "hall") if name in found)


def url_of(rows: Sequence[Row]) -> Field | None:
    """The first web address, without scheme, lower case; never a part of an e-mail address."""
    for row in rows:
        for match in words.URL.finditer(row.text):
            value = (match["host"] + (match["path"] or "")).lower().rstrip("./")
            sure = 0.95 if value.startswith("www.") or match[0].lower().startswith("http") else 0.8
            cells = cells_at(row, match.start(), match.end())
            return field_of("url", value, cells, sure=sure, rule="web address", raw=match[0])
    return None


def company_on(rows: Sequence[Row], url: Field | None = None) -> Field | None:
    """The name on the sign: with a legal form, as in its web address, or else in the largest print."""
    names = [row for row in rows if _may_name(row)]
    if not names:
        return None
    for row in names:
        if LEGAL.search(row.label):
            return _company(row, 0.9, "legal form")
    if domain := _domain(url):
        for row in names:
            if _like_domain(row.text, domain):
                return _company(row, 0.9, "as in the web address")
    largest = max(names, key=lambda row: row.height)
    others = [row.height for row in names if row is not largest]
    plain = bool(others) and largest.height < 1.2 * max(others)
    return _company(names[0] if plain else largest, 0.45 if plain else 0.65, "first line" if plain else "largest print")


def _company(row: Row, sure: float, rule: str) -> Field:
    return field_of("company", row.text.strip(" -|:;,*•"), row.cells, sure=sure, rule=rule)


def _places_in(text: str, row: Row) -> list[Field]:
    fields = []
    if match := words.HALL_AND_BOOTH.search(text):
        fields += [_place("hall", match, row, 0.85), _place("booth", match, row, 0.85)]
    if match := words.BOOTH_IN_HALL.search(text):
        fields += [_place("hall", match, row, 0.9), _place("booth", match, row, 0.9)]
    elif match := words.BOOTH_LABELLED.search(text):
        fields.append(_place("booth", match, row, 0.95))
    if match := words.HALL_LABELLED.search(text) or words.HALL_AFTER.search(text):
        fields.append(_place("hall", match, row, 0.95))
        after = words.AFTER_HALL.match(text[match.end() :].ljust(1))
        if after and not words.BOOTH_LABELLED.search(text):
            fields.append(
                _field("booth", after["booth"], row, match.end() + after.start(), match.end() + after.end(), 0.85)
            )
    return [field for field in fields if re.search(r"\d", field.value) or field.name == "hall"]


def _place(name: str, match: re.Match[str], row: Row, sure: float) -> Field:
    return _field(name, match[name], row, match.start(), match.end(), sure)


def _field(name: str, code: str, row: Row, start: int, end: int, sure: float) -> Field:
    value = number_of_booth(code)
    mended = value != re.sub(r"\s", "", code)
    doubts = ("a letter read as the digit it looks like",) if mended else ()
    raw, rule = row.text[start:end].strip(), f"labelled {name}"
    sure *= 0.85 if mended else 1.0
    return field_of(name, value, cells_at(row, start, end), sure=sure, rule=rule, raw=raw, doubts=doubts)


def number_of_booth(code: str) -> str:
    """B 12 -> B12, 12O4 -> 1204: no spaces, upper case, letters among digits that look like digits are digits."""
    bare = re.sub(r"\s", "", code.upper())
    return re.sub(r"(?<=\d)[OIL|]+(?=\d|$)|(?<=[A-Z])O(?=\d)", lambda match: match[0].translate(_AS_DIGIT), bare)


def _alone(rows: Sequence[Row], hall: bool) -> Field | None:
    """A cell that holds nothing but what looks like a booth number."""
    for row in rows:
        for cell in row.cells:
            text = cell.text.strip(" .,;:-|#").upper()
            if words.ALONE.fullmatch(text):
                sure = 0.7 if hall else 0.5
                return field_of(
                    "booth", number_of_booth(text), [cell], sure=sure, rule="number on its own", raw=cell.text
                )
    return None


def _may_name(row: Row) -> bool:
    text = row.text.upper()
    if len(re.findall(r"[^\W\d_]", text)) < 2 or words.GREETING.search(text) or words.NOT_COMPANY.search(text):
        return False
    patterns = (words.BOOTH_LABELLED, words.HALL_LABELLED, words.HALL_AND_BOOTH, words.URL)
    return not any(pattern.search(row.text) or pattern.search(text) for pattern in patterns)


def _domain(url: Field | None) -> str:
    """acme of www.acme.co.uk"""
    parts = str(url.value).split("/")[0].split(".") if url else []
    names = [part for part in parts[:-1] if part not in ("www", "co", "com", "org", "net")]
    return names[-1] if names else ""


def _like_domain(text: str, domain: str) -> bool:
    bare = re.sub(r"[\W_]", "", text.lower())
    return len(bare) >= 3 and fuzz.ratio(bare, domain.replace("-", "")) >= 85
