"""Receipts and invoices: who sold, when, where, what, for how much."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from scout_ocr.extract import receipt_words as words
from scout_ocr.extract.address import address_of
from scout_ocr.extract.amounts import amounts_in, countries_in, currency_here
from scout_ocr.extract.columns import beneath, cell_at
from scout_ocr.extract.company import company_of
from scout_ocr.extract.date_order import order_of
from scout_ocr.extract.dates import MAY_BE_SWAPPED, Dated, dates_in, impossible_in
from scout_ocr.extract.grounds import field_of
from scout_ocr.extract.issuer import issuer_of
from scout_ocr.extract.items import items_of
from scout_ocr.extract.layout import Row, as_label
from scout_ocr.extract.numbers import number_of
from scout_ocr.extract.tax import tax_of
from scout_ocr.extract.totals import labelled_amounts, total_of
from scout_ocr.extract.vocabulary import COUNTRY_CURRENCY
from scout_ocr.fields import Field

_SIGN_ALONE = re.compile(r"(?<![^\W_])(?:RM|MYR|EUR|USD|GBP|SGD|INR|CHF|SEK|NOK|DKK|AUD|CAD|JPY|CNY)(?![^\W_])")


def fields_of_receipt(rows: Sequence[Row], locale: str | None = None) -> tuple[Field, ...]:
    """company, address, date, total, tax, currency, invoice_number and line_items, of those that are there."""
    company, after = company_of(rows)
    found = (company, address_of(rows, after), *_money_and_dates(rows, locale))
    return tuple(field for field in found if field)


def fields_of_invoice(rows: Sequence[Row], locale: str | None = None) -> tuple[Field, ...]:
    """As fields_of_receipt, of a page with columns."""
    found = (*issuer_of(rows), *_money_and_dates(rows, locale))
    return tuple(field for field in found if field)


def _money_and_dates(rows: Sequence[Row], locale: str | None) -> tuple[Field | None, ...]:
    labelled = labelled_amounts(rows)
    total = total_of(rows, labelled)
    return (
        date_of(rows, locale),
        total,
        tax_of(labelled, total),
        currency_of_document(rows, locale),
        number_of(rows),
        items_of(rows, total),
    )


def date_of(rows: Sequence[Row], locale: str | None = None) -> Field | None:
    """The day of the document: the date that is labelled so, stands beside a time, and comes first.

    Without a locale, the document tells the order of day and month: `order_of`.
    """
    locale = order_of((row.columns for row in rows), locale)
    found = [(_date_score(row.text, dated, place), row, dated)
             for place, row in enumerate(rows) for dated in dates_in(row.columns, locale=locale)]  # fmt: skip
    if not found:
        return _impossible_date(rows)
    times = Counter(dated.value for _, _, dated in found)
    heads = set(_under_heads(rows, locale))
    _, row, dated = max(found, key=lambda e: e[0] + 0.4 * min(3, times[e[2].value] - 1) + 1.5 * (e[2].value in heads))
    labelled = bool(words.DATE_LABEL.search(row.label)) or dated.value in heads
    rule, sure = ("labelled date", 0.97) if labelled else ("date", 0.85)
    raw = row.text[dated.start : dated.end]
    return field_of("date", dated.value, row.cells, sure=dated.sure * sure, rule=rule, raw=raw, doubts=dated.doubts)


def _under_heads(rows: Sequence[Row], locale: str | None) -> Iterator[str]:
    """Dates that stand under a head such as "Invoice Date"."""
    for place, row in enumerate(rows):
        for match in words.DATE_LABEL.finditer(row.label):
            head = cell_at(row, match.start())
            below = next(beneath(rows, place, head, 1), None)
            if below and not words.OTHER_DATE.search(as_label(head.text)):
                yield from (dated.value for dated in dates_in(below.text, locale=locale)[:1])


def _impossible_date(rows: Sequence[Row]) -> Field | None:
    """A labelled date that no calendar has, as printed."""
    for row in rows:
        raw = impossible_in(row.columns) if words.DATE_LABEL.search(row.label) else ""
        if raw:
            doubts = ("no calendar has this day: given as printed",)
            return field_of("date", raw, row.cells, sure=0.25, rule="labelled date", raw=raw, doubts=doubts)
    return None


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
    sure = 1.0 if MAY_BE_SWAPPED in dated.doubts else dated.sure  # it is a date all the same
    score = sure - 0.01 * min(place, 60)
    score += 1.5 if words.DATE_LABEL.search(before) else 0.0
    score += 0.7 if re.search(r"\d{1,2}[:.]\d\d", label[dated.end : dated.end + 14]) else 0.0
    score -= 2.0 if words.OTHER_DATE.search(before) else 0.0
    return score
