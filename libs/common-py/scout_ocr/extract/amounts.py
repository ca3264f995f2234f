"""Amounts of money in text: 1,234.50 and 1.234,50 kr and Rs 1939."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from scout_ocr.extract.vocabulary import (
    COUNTRY_CURRENCY,
    COUNTRY_HINTS,
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    SHARED_SIGNS,
)

_SIGN = "|".join(re.escape(sign) for sign in sorted({*CURRENCY_SIGNS, *CURRENCY_CODES}, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f,.'\u2019]\d{3})+(?:[.,]\s?\d{1,2})?|\d{1,9}(?:[.,]\s?\d{1,3})?"
_AMOUNT = re.compile(
    rf"(?P<before>(?<![^\W\d_])(?:{_SIGN})\.?)?\s{{0,2}}(?P<minus>(?<![\d])[-\u2212(])?\s?"
    rf"(?P<sign2>(?:{_SIGN})\.?\s?)?(?<![\d.,/])(?(before)|(?(sign2)|(?<![^\W\d_])))"
    rf"(?P<number>{_NUMBER})(?![\d:/]|[.,]\d)(?P<dash>,-|[.]-)?"
    rf"(?P<after>\s?(?:{_SIGN})(?!\s?[^\W_]))?(?P<percent>\s?%)?",
    re.IGNORECASE,
)
_OERE = re.compile(r"(\b(?:SEK|kr\.?)\s?\d{1,6}):(?=\d\d(?![\d:]))|(?<![\d:])(\d{1,6}):(?=\d\d\s?(?:SEK|kr)\b)", re.I)
"""49:90 kr, as Swedish tills part kronor from \u00f6re."""
_THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "LYD", "OMR", "TND"))
_LAST_SEPARATOR = re.compile(r"[.,](?=\s?\d{1,2}$)")
_BELOW_ONE = re.compile(r"(?<=^0)[.,](?=\d{3}$)")
_THOUSANDTHS = re.compile(r"[.](?=\d{3}$)")
_CODE_LIKE = re.compile(r"(?:KR|FR|FT|TK|RP|ST)\d+")  # KR600 is an article, kr 600 is money
_WORD_LIKE = re.compile("TRY|RON|BHD", re.IGNORECASE)
"""TRY 3 NOW is no price, TRY 3.00 may be one; SDN BHD is a legal form, BHD 2.500 money."""
_HINTS = {country: re.compile(pattern, re.IGNORECASE) for country, pattern in COUNTRY_HINTS.items()}


@dataclass(frozen=True, kw_only=True)
class Amount:
    """An amount in text, start to end. currency: ISO 4217, "" where none is beside it. exact: it has cents or a
    currency, so that it is money rather than a count. sign: as printed."""

    value: Decimal
    start: int
    end: int
    currency: str = ""
    exact: bool = True
    sign: str = ""

    @property
    def plain(self) -> str:
        """1234.50; 0.999 where a third decimal is printed."""
        return f"{self.value:.2f}" if self.value == round(self.value, 2) else f"{self.value:.3f}"


@lru_cache(maxsize=2048)  # several rules look at each row
def amounts_in(text: str) -> tuple[Amount, ...]:
    """Numbers that may be money, percentages left out."""
    found = []
    for match in _AMOUNT.finditer(_OERE.sub(r"\1\2.", text)):
        sign = match["before"] or match["sign2"] or match["after"] or ""
        value = decimal_of(match["number"], three=currency_of(sign) in _THREE_DECIMALS)
        if match["percent"] or value is None:
            continue
        cents = bool(_LAST_SEPARATOR.search(match["number"])) or bool(match["dash"])
        if _CODE_LIKE.fullmatch(match[0].strip()) and not cents:
            continue
        if _WORD_LIKE.fullmatch(sign.strip()) and not _is_code(match):
            sign = ""
        found.append(
            Amount(value=-value if match["minus"] else value, start=match.start(), end=match.end(),
                   currency=currency_of(sign), exact=cents or bool(sign), sign=sign.strip())
        )  # fmt: skip
    return tuple(found)


def _is_code(match: re.Match[str]) -> bool:
    """Whether what is a word too stands for a currency: with the decimals that its amounts have."""
    if "BHD" in match[0].upper():
        return bool(_THOUSANDTHS.search(match["number"]))
    return bool(_LAST_SEPARATOR.search(match["number"]) or match["after"])


def decimal_of(number: str, *, three: bool = False) -> Decimal | None:
    """1,234.50, 1.234,50, 1 234,5 and 1'234 as a number; the last separator is the decimal one where one or two digits
    follow it, or nothing but a 0 stands before it (0.999), else it groups thousands.

    three: of a currency with thousandths (KWD 1.250): a point before three digits is decimal too."""
    digits = re.sub(r"[\s\u00a0\u202f'\u2019]", "", number)
    cut = (
        _LAST_SEPARATOR.search(digits) or _BELOW_ONE.search(digits) or (_THOUSANDTHS.search(digits) if three else None)
    )
    whole, cents = (digits[: cut.start()], digits[cut.end() :]) if cut else (digits, "")
    whole = re.sub(r"[.,]", "", whole)
    if not whole.isascii() or not (whole + cents).isdigit():
        return None
    return Decimal(f"{whole}.{cents or '0'}")


def currency_of(sign: str) -> str:
    """ISO 4217 code of a symbol or code as printed, "" where it is none."""
    bare = sign.strip()
    for candidate in (bare, bare.rstrip("."), bare.upper(), bare.rstrip(".").upper()):
        if candidate in CURRENCY_SIGNS:
            return CURRENCY_SIGNS[candidate]
        if candidate in CURRENCY_CODES:
            return candidate
    return ""


def currency_here(sign: str, locale: str | None, texts: Iterable[str]) -> tuple[str, bool]:
    """(ISO 4217 code of a sign, whether it is a guess among countries that share it): kr is NOK in nb-NO.

    texts: of the document, asked for a country where the locale names none.
    """
    code = currency_of(sign)
    shared = next(
        (whose for shown, whose in SHARED_SIGNS.items() if shown.lower() == sign.strip().rstrip(".").lower()), None
    )
    if shared is None:
        return code, False
    country = country_of(locale) or next(iter(countries_in(texts)), "")
    return (shared[country], False) if country in shared else (code, True)


def country_of(locale: str | None) -> str:
    """ISO 3166 country of a locale (sv-SE, sv), "" where it tells none."""
    parts = (locale or "").replace("_", "-").split("-")
    last = parts[-1]
    if len(parts) > 1 and len(last) == 2:
        return last.upper()
    return {"sv": "SE", "da": "DK", "nb": "NO", "nn": "NO", "no": "NO", "is": "IS", "ja": "JP", "zh": "CN"}.get(
        last.lower(), ""
    )


def countries_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Countries that the texts speak of (legal forms, places, tax names), the commonest first."""
    hits: Counter[str] = Counter()
    for text in texts:
        hits.update(
            country for country, pattern in _HINTS.items() if pattern.search(text) and country in COUNTRY_CURRENCY
        )
    return tuple(country for country, _ in hits.most_common())
