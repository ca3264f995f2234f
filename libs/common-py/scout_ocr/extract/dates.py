"""Dates in text: found by their shape, in the order that the locale writes them, refused where no calendar has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from scout_ocr.extract.vocabulary import MONTH_FIRST_LOCALES, MONTHS

_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_SEP = r"\s?[-/.,\u2013]\s?"
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?"
_OF = r"[\s\-/.,']*(?:de |of )?"
_END = r"(?!\d(?!\d?:))"  # no digit after it, but for a time glued to it (28-04-201820:10)
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ymd", re.compile(rf"(?<!\d)({_YEAR}){_SEP}(\d{{1,2}}){_SEP}(\d{{1,2}})(?!\d)")),
    ("ymd", re.compile(rf"(?<!\d)({_YEAR})\s?[年년]\s?(\d{{1,2}})\s?[月월]\s?(\d{{1,2}})\s?[日일]")),
    ("dmy", re.compile(rf"(?<!\d)(\d{{1,2}}){_SEP}(\d{{1,2}}){_SEP}({_YEAR}){_END}")),
    ("dny", re.compile(rf"{_DAY}(?:\.|er|º)?{_OF}({_NAME})\.?{_OF}({_YEAR}|\d\d(?![\d:])){_END}", re.IGNORECASE)),
    ("ndy", re.compile(rf"(?<![^\W\d_])({_NAME})\.?[\s\-]*{_DAY}\s?[\s,.\-/]\s?({_YEAR})(?!\d)", re.IGNORECASE)),
    ("dmy", re.compile(r"(?<![\d/.\-])(\d{1,2})[-/.](\d{1,2})[-/.](\d\d)(?![\d/\-]|[.,]\d)")),
)
_NAMED = frozenset(("dny", "ndy"))  # shapes with a month's name
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)|(?<!\d)(\d\d)(\d\d)((?:19|20)\d\d)(?!\d)")
_MONTH_YEAR = re.compile(rf"(?<![\d/.\-])(\d{{1,2}})\s?[-/.]\s?((?:19|20)\d\d)(?![\d/\-]|\.\d)|"
                         rf"(?<![^\W\d_])({_NAME})[\s\-/.,']*((?:19|20)\d\d)(?!\d)", re.IGNORECASE)  # fmt: skip
_IN_WORDS = re.compile(r"(?<!\d)\d{1,2}[. ]{1,3}[^\W\d_]{3,14}\.?,? {0,2}(?:19|20)\d\d(?!\d)")
_MORE_LANGUAGES = ["fi", "cs", "sk", "hu", "tr", "ru", "uk", "el", "ro", "hr", "et", "lv", "lt", "id", "vi"]
_EARLIEST, _LATEST = 1950, 2079
DAY_FIRST, MONTH_FIRST = "und", "en-US"
"""Locales of no more than an order."""
MAY_BE_SWAPPED = "day and month may be swapped"


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A date that text shows. start, end: where in the text. sure: 0-1, less where day and month may be swapped.
    value: ISO, only year and month (2018-03) where no day is printed."""

    value: str
    start: int
    end: int
    sure: float = 1.0
    doubts: tuple[str, ...] = ()


@lru_cache(maxsize=2048)
def dates_in(text: str, *, locale: str | None = None, compact: bool = False, months: bool = False) -> tuple[Dated, ...]:
    """Dates as they stand in the text. Day before month unless impossible, or the locale (en-US, fil) says otherwise;
    without a locale, what may be read either way is doubted.

    compact: also eight digits without separators. months: also month and year without a day.
    """
    found: list[Dated] = []
    refused: list[re.Match[str]] = []
    patterns = [*_SHAPES, *([("compact", _COMPACT)] if compact else []), *([("my", _MONTH_YEAR)] if months else [])]
    for shape, pattern in patterns:
        for match in pattern.finditer(text):
            clear = all(match.end() <= one.start or match.start() >= one.end for one in found)
            if clear and (one := _dated(shape, match, locale)) and not (shape == "my" and _part_of(match, refused)):
                found.append(one)
            elif clear and shape in _NAMED:
                refused.append(match)
    return tuple(sorted(found, key=lambda one: one.start))


def _part_of(match: re.Match[str], others: Iterable[re.Match[str]]) -> bool:
    """FEB 2027 of 31 FEB 2027, which is no date."""
    return any(match.start() < other.end() and other.start() < match.end() for other in others)


@lru_cache(maxsize=256)
def parsed(text: str, *, locale: str | None = None) -> Dated | None:
    """A date in words of a language that MONTHS lacks, by dateparser: slow, so only for what looks like one."""
    match = _IN_WORDS.search(text)
    if match is None:
        return None
    import dateparser  # not for everybody who imports the rules

    language = (locale or "").replace("_", "-").split("-")[0].lower()
    settings = {"STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
    try:
        found = dateparser.parse(
            match[0], languages=[language] if language not in ("", DAY_FIRST) else _MORE_LANGUAGES, settings=settings
        )
    except ValueError:  # it knows no such language
        return None
    if found is None or not _EARLIEST <= found.year <= _LATEST:
        return None
    return Dated(value=found.date().isoformat(), start=match.start(), end=match.end(), sure=0.8)


def impossible_in(text: str) -> str:
    """The first thing of a date's shape that is none (31.02.2026, 31 FEB 2026), as printed; "" without one."""
    for _, pattern in _SHAPES[:1] + _SHAPES[2:5]:
        for match in pattern.finditer(text):
            if not dates_in(match[0]):
                return match[0]
    return ""


def is_month_first(texts: Iterable[str]) -> bool:
    """Whether dates of these texts are impossible with the day first, and none is with the month first."""
    numbers = _first_and_second(texts)
    return any(first <= 12 < second for first, second in numbers) and not any(first > 12 for first, _ in numbers)


def is_day_first(texts: Iterable[str]) -> bool:
    """Whether dates of these texts are impossible with the month first, and none is with the day first."""
    numbers = _first_and_second(texts)
    return any(second <= 12 < first for first, second in numbers) and not any(second > 12 for _, second in numbers)


def _first_and_second(texts: Iterable[str]) -> list[tuple[int, int]]:
    patterns = (_SHAPES[2][1], _SHAPES[-1][1])
    return [(int(m[1]), int(m[2])) for text in texts for pattern in patterns for m in pattern.finditer(text)]


def month_first(locale: str | None) -> bool:
    """Whether 03/04 is the fourth of March there."""
    return (locale or "").replace("_", "-").lower() in MONTH_FIRST_LOCALES


def _dated(shape: str, match: re.Match[str], locale: str | None) -> Dated | None:
    parts = [part for part in match.groups() if part is not None]
    if shape == "my":
        return _month(match, parts)
    if shape == "compact":
        shape = "ymd" if len(parts[0]) == 4 else "dmy"
    year, month, day, swapped = _ordered(shape, parts, locale)
    try:
        value = date(year, month, day)
    except ValueError:
        return None
    if not _EARLIEST <= year <= _LATEST:
        return None
    sure, doubts = _doubted(swapped, either=shape == "dmy" and locale is None and month != day <= 12)
    return Dated(value=value.isoformat(), start=match.start(), end=match.end(), sure=sure, doubts=doubts)


def _doubted(swapped: bool, *, either: bool) -> tuple[float, tuple[str, ...]]:
    """(sure, doubts). swapped: the usual order was impossible. either: both orders are possible, nothing decides."""
    if swapped:
        return 0.8, ("day and month swapped: the usual order is impossible",)
    return (0.75, (MAY_BE_SWAPPED,)) if either else (1.0, ())


def _ordered(shape: str, parts: list[str], locale: str | None) -> tuple[int, int, int, bool]:
    """(year, month, day, whether the usual order of day and month was impossible)."""
    if shape == "ymd":
        return int(parts[0]), int(parts[1]), int(parts[2]), False
    if shape == "dny":
        return _year(parts[2]), MONTHS[parts[1].lower()], int(parts[0]), False
    if shape == "ndy":
        return _year(parts[2]), MONTHS[parts[0].lower()], int(parts[1]), False
    first, second, year = int(parts[0]), int(parts[1]), _year(parts[2])
    if month_first(locale):
        swapped = first > 12 >= second
        return (year, second, first, True) if swapped else (year, first, second, False)
    swapped = second > 12 >= first
    return (year, first, second, True) if swapped else (year, second, first, False)


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (2000 if year < 80 else 1900)


def _month(match: re.Match[str], parts: list[str]) -> Dated | None:
    month = MONTHS.get(parts[0].lower()) or (int(parts[0]) if parts[0].isdigit() else 0)
    year = int(parts[1])
    if not 1 <= month <= 12 or not _EARLIEST <= year <= _LATEST:
        return None
    return Dated(value=f"{year:04d}-{month:02d}", start=match.start(), end=match.end(), sure=0.9)
