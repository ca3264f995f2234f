"""Receipts: who sold, when, where, for how much."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.address import address_of
from scout_ocr.extract.amounts import amounts_in, countries_in, currency_here
from scout_ocr.extract.company import company_of
from scout_ocr.extract.dates import Dated, dates_in
from scout_ocr.extract.grounds import as_label, field_of
from scout_ocr.extract.layout import Row
from scout_ocr.extract.numbers import number_of
from scout_ocr.extract.totals import labelled_amounts, tax_of, total_of
from scout_ocr.extract.vocabulary import COUNTRY_CURRENCY
from scout_ocr.fields import Field

_SIGN_ALONE = re.compile(r"(?<![^\W_])(?:RM|MYR|EUR|USD|GBP|SGD|INR|CHF|SEK|NOK|DKK|AUD|CAD|JPY|CNY)(?![^\W_])")


def fields_of_receipt(rows: Sequence[Row], locale: str | None = None) -> tuple[Field, ...]:
    """company, address, date, total, tax, currency, invoice_number, of those that are there."""
    company, after = company_of(rows)
    labelled = labelled_amounts(rows)
    found = (
        company,
        address_of(rows, after),
        date_of(rows, locale),
        total_of(rows, labelled),
        tax_of(labelled),
        currency_of_document(rows, locale),
        number_of(rows),
    )
    return tuple(field for field in found if field)


def date_of(rows: Sequence[Row], locale: str | None = None) -> Field | None:
    """The day of the document: the date that is labelled so, stands beside a time, and comes first."""
    found = [(_date_score(row.text, dated, place), row, dated)
             for place, row in enumerate(rows) for dated in dates_in(row.text, locale=locale)]  # fmt: skip
    if not found:
        return None
    times = Counter(dated.value for _, _, dated in found)
    _, row, dated = max(found, key=lambda entry: entry[0] + 0.4 * min(3, times[entry[2].value] - 1))
    labelled = bool(words.DATE_LABEL.search(as_label(row.text)))
    rule, sure = ("labelled date", 0.97) if labelled else ("date", 0.85)
    raw = row.text[dated.start : dated.end]
    return field_of("date", dated.value, row.cells, sure=dated.sure * sure, rule=rule, raw=raw, doubts=dated.doubts)


def currency_of_document(rows: Sequence[Row], locale: str | None = None) -> Field | None:
    """The commonest currency beside amounts or alone in a column head, else that of the country the text speaks of."""
    seen: Counter[str] = Counter()
    where: dict[str, Row] = {}
    for row in rows:
        for sign in (*(amount.sign for amount in amounts_in(row.columns)), *_SIGN_ALONE.findall(row.text)):
            seen[sign] += 1
            where.setdefault(sign, row)
    seen.pop("", None)
    if not seen:
        return _currency_of_country(rows)
    sign = seen.most_common(1)[0][0]
    code, shared = currency_here(sign, locale, (row.text for row in rows))
    doubts = ("several countries share the sign",) if shared else ()
    rule, sure = "printed beside amounts", 0.7 if shared else 0.95
    return (
        field_of("currency", code, where[sign].cells, sure=sure, rule=rule, raw=sign, doubts=doubts) if code else None
    )


def _currency_of_country(rows: Sequence[Row]) -> Field | None:
    country = next(iter(countries_in(row.text for row in rows)), None)
    if country is None:
        return None
    row = next(row for row in rows if country in countries_in([row.text]))
    doubts = (f"no currency is printed; that of the country ({country})",)
    return field_of("currency", COUNTRY_CURRENCY[country], row.cells, sure=0.7, rule="country", doubts=doubts)


def _date_score(text: str, dated: Dated, place: int) -> float:
    label = as_label(text)
    before = label[max(0, dated.start - 30) : dated.start]
    score = dated.sure - 0.01 * min(place, 60)
    score += 1.5 if words.DATE_LABEL.search(before) else 0.0
    score += 0.7 if re.search(r"\d{1,2}[:.]\d\d", label[dated.end : dated.end + 14]) else 0.0
    score -= 2.0 if words.OTHER_DATE.search(before) else 0.0
    return score
