"""GS1 element strings: application identifiers and their values.

GS1 General Specifications, section 3 (identifiers, lengths) and 7.8 (separators); the table is python-stdnum's.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from stdnum import numdb

from scout_ocr.barcodes.gtin import checks

SEPARATOR = "\x1d"
_TABLE = numdb.get("gs1_ai")
_CHECKED = frozenset({"00", "01", "02"})  # identifiers whose value ends in a check digit
_DATES = frozenset({"11", "12", "13", "15", "16", "17"})


class BadElements(ValueError):
    """The text is no GS1 element string."""


def elements(text: str) -> tuple[tuple[str, str], ...]:
    """(identifier, value) in the order printed; values raw, without separators.

    Raises BadElements where an identifier is unknown, a value has the wrong form, or a check digit fails.
    """
    found, rest = [], text.lstrip(SEPARATOR)
    while rest:
        identifier, known = _TABLE.info(rest)[0]
        if not known or not rest.startswith(identifier):
            raise BadElements(f"{rest[:4]!r} is no application identifier")
        value, rest = _split(rest[len(identifier) :], known["format"], bool(known.get("fnc1")))
        _check(identifier, value, known["format"])
        found.append((identifier, value))
    return tuple(found)


def _split(rest: str, form: str, variable: bool) -> tuple[str, str]:
    """The value and what follows it; identifiers of variable length end at a separator or at their longest."""
    longest = sum(int(re.findall(r"\d+", part)[-1]) for part in form.split("+"))
    value = rest[:longest]
    if variable and SEPARATOR in value:
        value = value[: value.index(SEPARATOR)]
    return value, rest[len(value) :].removeprefix(SEPARATOR)


def _check(identifier: str, value: str, form: str) -> None:
    shape = re.fullmatch(r"N(\d+)", form)
    if not value or SEPARATOR in value or (shape and not (len(value) == int(shape[1]) and value.isdigit())):
        raise BadElements(f"({identifier}) has the value {value!r}, which is not {form}")
    if identifier in _CHECKED and not checks(value):
        raise BadElements(f"({identifier}) has a wrong check digit: {value}")


def date_of(identifier: str, value: str, today: date) -> date | None:
    """The day an identifier of dates names (11 production, 15 best before, 17 expiry ...); day 00 is the month's last.

    The century is the one that lies nearest to today (section 7.12). None where it is no date.
    """
    if identifier not in _DATES or not re.fullmatch(r"\d{6}", value):
        return None
    year, month, day = (int(value[i : i + 2]) for i in (0, 2, 4))
    gap = year - today.year % 100
    century = today.year // 100 * 100 + (-100 if gap >= 51 else 100 if gap <= -50 else 0)
    try:
        return date(century + year, month, day or monthrange(century + year, month)[1])
    except ValueError:
        return None


def measure_of(identifier: str, value: str) -> tuple[str, str] | None:
    """Net weight (kg), volume (l), length (m) of identifiers 310n, 315n, 311n as a plain decimal and its unit."""
    units = {"310": "kg", "311": "m", "315": "l", "320": "lb"}
    if len(identifier) != 4 or identifier[:3] not in units or not identifier[3].isdigit() or not value.isdigit():
        return None
    decimals = int(identifier[3])
    digits = value.zfill(decimals + 1)
    number = f"{digits[: len(digits) - decimals]}.{digits[len(digits) - decimals :]}".rstrip(".")
    whole, _, part = number.partition(".")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else ""), units[identifier[:3]]
