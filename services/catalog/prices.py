"""Prices as people write them: `12,50`, `€ 3.20`, `1.234,50`, `CHF 1'200.-`."""

import re
from decimal import Decimal

_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "৳": "BDT", "zł": "PLN", "$": None, "¥": None}
_NOTHING = {"", "-", "--", "n/a", "na", "none", "null"}
_PRICE = re.compile(r"(?P<before>[^\d.,+-]*)(?P<number>\d[\d.,'’ ]{0,30})(?:,-|\.-|-)?(?P<after>\D*)\Z")
_WHOLE = re.compile(r"[0-9]{1,15}|[0-9]{1,3}([.,][0-9]{2,3}){0,3}[.,][0-9]{3}")
"""Groups of two as well: India writes 1,23,456."""
_THOUSANDS_ONLY = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}|[0-9]{1,3}([.,])([0-9]{2,3}\1)+[0-9]{3}")
_CODE = re.compile(r"[A-Za-z]{3}\Z")


def parse_price(text: str) -> tuple[Decimal | None, str | None]:
    """(amount, ISO 4217 code if the text names a currency); (None, None) for an empty price.

    A single `,` or `.` followed by exactly three digits groups thousands, unless a lone zero stands before it.
    Raises ValueError where the text is no price.
    """
    plain = " ".join(text.split())
    if plain.lower() in _NOTHING:
        return None, None
    found = _PRICE.match(plain)
    if not found:
        raise ValueError(f"{text[:40]!r} is not a price")
    words = [found["before"].strip(), found["after"].strip()]
    currency = _currency([word for word in words if word], text)
    return _amount(found["number"].strip(" .,'’"), text), currency


def _currency(words: list[str], text: str) -> str | None:
    if not words:
        return None
    word = words[0]
    if len(words) > 1 or not (_CODE.match(word) or word.lower() in _SIGNS):
        raise ValueError(f"{text[:40]!r} is not a price")
    return _SIGNS[word.lower()] if word.lower() in _SIGNS else word.upper()


def _amount(number: str, text: str) -> Decimal:
    whole, decimals = re.sub(r"['’ ]", "", number), ""
    marks = [character for character in whole if character in ",."]
    if marks and not _THOUSANDS_ONLY.fullmatch(whole):
        whole, _, decimals = whole.rpartition(marks.pop())
    if len(set(marks)) > 1 or not _WHOLE.fullmatch(whole) or not re.fullmatch(r"[0-9]{0,6}", decimals):
        raise ValueError(f"{text[:40]!r} is not a price")
    return Decimal(re.sub("[.,]", "", whole) + (f".{decimals}" if decimals else ""))
