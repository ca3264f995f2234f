"""Whether 03/04 is the third of April here: by the locale, the document's other dates, its country, its currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scout_ocr.extract.amounts import amounts_in, countries_in
from scout_ocr.extract.dates import DAY_FIRST, MONTH_FIRST, is_day_first, is_month_first

_OF_COUNTRY = {"US": MONTH_FIRST}
_OF_CURRENCY = {"PHP": MONTH_FIRST}
_TELLS_NOTHING = frozenset(("", "USD", "CAD", "JPY", "CNY", "TWD", "KRW"))
"""$ is on the goods of many countries; the others write the year first, or both orders."""


def order_of(texts: Iterable[str], locale: str | None) -> str | None:
    """A locale whose order of day and month holds in these texts: the given one, else what they tell themselves; None
    where they tell nothing, or contradict themselves. English alone is written in both orders."""
    if locale and locale.lower() != "en":
        return locale
    shown = list(texts)
    if is_month_first(shown):
        return MONTH_FIRST
    if is_day_first(shown):
        return DAY_FIRST
    orders = {*_by_country(shown), *_by_currency(shown)}
    return orders.pop() if len(orders) == 1 else None


def _by_country(texts: Sequence[str]) -> set[str]:
    return {_OF_COUNTRY.get(country, DAY_FIRST) for country in countries_in(texts)[:1]}


def _by_currency(texts: Sequence[str]) -> set[str]:
    codes = {amount.currency for text in texts for amount in amounts_in(text)} - _TELLS_NOTHING
    return {_OF_CURRENCY.get(code, DAY_FIRST) for code in codes}
