"""The show's list of exhibitors, and whose sign this is: by name, booth and web address, tolerant of what recognition
confuses, and silent where two fit alike."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scout_ocr.extract.likeness import folded, folded_code, likeness, shown_in
from scout_ocr.extract.receipt_words import LEGAL
from scout_ocr.fields import Field

COLUMNS = {
    "company": ("company", "name", "exhibitor", "firma", "aussteller", "société", "empresa", "azienda", "company name"),
    "booth": (
        "booth",
        "stand",
        "booth number",
        "stand number",
        "stand no",
        "booth no",
        "standnummer",
        "stan",
        "stoisko",
    ),
    "hall": ("hall", "halle", "pavilion", "pabellón", "padiglione", "hal"),
    "country": ("country", "land", "pays", "país", "paese"),
    "url": ("url", "website", "web", "homepage", "www", "site"),
}
"""Field -> the column heads that name it (lower case)."""

CLEAR = 0.1  # by how much the best must be surer than the next
LEAST = 0.5  # below it nobody is named


@dataclass(frozen=True, kw_only=True)
class Exhibitor:
    """A row of the list; what it does not say is ""."""

    company: str
    booth: str = ""
    hall: str = ""
    country: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class ExhibitorMatch:
    """confidence: 0-1. grounds: what fitted ("name", "booth", "web address"). doubts: what did not."""

    exhibitor: Exhibitor
    confidence: float
    grounds: tuple[str, ...]
    doubts: tuple[str, ...] = ()


class ExhibitorList:
    """A list to look signs up in."""

    def __init__(self, exhibitors: Iterable[Exhibitor]) -> None:
        self.exhibitors = tuple(exhibitors)
        self._names = tuple(core_of(exhibitor.company) for exhibitor in self.exhibitors)

    def match(self, fields: Sequence[Field], texts: Sequence[str] = ()) -> ExhibitorMatch | None:
        """Whose sign it is; None where nobody fits, or two fit alike.

        fields: of the sign (company, booth, hall, url). texts: its other lines, where the name may stand.
        """
        said = {field.name: str(field.value) for field in fields}
        lines = tuple(dict.fromkeys(folded(text) for text in (said.get("company", ""), *texts) if text))
        found = [self._compared(place, lines, said) for place in range(len(self.exhibitors))]
        ranked = sorted((match for match in found if match), key=lambda match: -match.confidence)
        if not ranked or ranked[0].confidence < LEAST:
            return None
        if len(ranked) > 1 and ranked[0].confidence - ranked[1].confidence < CLEAR:
            return None
        return ranked[0]

    def _compared(self, place: int, lines: Sequence[str], said: dict[str, str]) -> ExhibitorMatch | None:
        exhibitor = self.exhibitors[place]
        name = _by_name(self._names[place], lines)
        booth = _by_booth(exhibitor, said)
        url = 0.9 if _same_site(exhibitor.url, said.get("url", "")) else 0.0
        grounds = {"name": name, "booth": max(booth, 0.0), "web address": url}
        if not any(grounds.values()):
            return None
        wrong = 1.0
        for sure in grounds.values():
            wrong *= 1.0 - sure
        confidence = 1.0 - wrong
        doubts: tuple[str, ...] = ()
        if booth < 0:
            confidence, doubts = confidence * 0.7, (f"the list has it at booth {exhibitor.booth}",)
        return ExhibitorMatch(exhibitor=exhibitor, confidence=round(confidence, 4), doubts=doubts,
                              grounds=tuple(ground for ground, sure in grounds.items() if sure))  # fmt: skip


def read_exhibitors(text: str) -> tuple[Exhibitor, ...]:
    """Exhibitors of a CSV text (comma, semicolon or tab), by its column heads; rows without a company are left out.

    Raises ValueError where no column holds companies.
    """
    sample = text.lstrip("\ufeff")
    first = sample.splitlines()[0] if sample.strip() else ""
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(sample), delimiter=delimiter))
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    places = {
        name: next((heads.index(head) for head in known if head in heads), None) for name, known in COLUMNS.items()
    }
    if places["company"] is None:
        raise ValueError(
            f"the list has no column of companies (one of {', '.join(COLUMNS['company'])}); it has: {first!r}"
        )
    found = ({name: row[at].strip() if at is not None and at < len(row) else "" for name, at in places.items()}
             for row in rows[1:])  # fmt: skip
    return tuple(Exhibitor(**values) for values in found if values["company"])


def core_of(company: str) -> str:
    """The name without its legal form, folded; all of it where nothing else is left."""
    lower = company.lower()
    if len(lower) != len(company):
        return folded(company)
    bare = "".join(letter if keep else " " for letter, keep in zip(company, _outside_forms(lower), strict=True))
    return folded(bare) or folded(company)


def _outside_forms(lower: str) -> list[bool]:
    keep = [True] * len(lower)
    for match in LEGAL.finditer(lower):
        keep[match.start() : match.end()] = [False] * (match.end() - match.start())
    return keep


def _by_name(core: str, lines: Sequence[str]) -> float:
    """How sure the name alone makes it: a short name must be read to the letter; less where it is a part of its line
    only, for a longer name may explain all of it."""
    return max((_name_on(core, line) for line in lines), default=0.0)


def _name_on(core: str, line: str) -> float:
    letters, whole = len(core.replace(" ", "")), len(line.replace(" ", ""))
    best = max(likeness(core, line), shown_in(core, line) - 2)
    part = 0.6 + 0.4 * min(1.0, letters / max(1, whole))
    if letters <= 4:
        return 0.75 * part if best >= 98 else 0.0
    if best >= 97:
        return 0.92 * part
    if best >= 90:
        return 0.8 * part
    return 0.6 * part if best >= 84 and letters >= 7 else 0.0


def _by_booth(exhibitor: Exhibitor, said: dict[str, str]) -> float:
    """How sure the booth alone makes it, less where letters had to pass for digits; -1 where the list says another."""
    booth = said.get("booth", "")
    if not booth or not exhibitor.booth:
        return 0.0
    mine, theirs = _with_hall(said.get("hall", ""), booth), _with_hall(exhibitor.hall, exhibitor.booth)
    if mine[1] != theirs[1]:
        return -1.0
    if mine[0] and theirs[0] and mine[0] != theirs[0]:
        return -1.0
    to_the_letter = re.sub(r"\W", "", booth.upper()).endswith(re.sub(r"\W", "", exhibitor.booth.upper()))
    return (0.75 if mine[0] and theirs[0] else 0.6) * (1.0 if to_the_letter else 0.75)


def _with_hall(hall: str, booth: str) -> tuple[str, str]:
    """(hall, booth), folded; of "H4-B12" and "4.B12" the hall in front is told apart."""
    match = re.fullmatch(r"H?(\d{1,2})[-./ ]+([A-Z]{1,2}[-. ]?\d+\w*)", booth.strip().upper())
    if match:
        return folded_code(match[1]), folded_code(match[2])
    number = re.sub(r"^\s*(?:hall|halle)\s*", "", hall, flags=re.IGNORECASE)
    return folded_code(number), folded_code(booth)


def _same_site(one: str, other: str) -> bool:
    sites = [re.sub(r"^(?:https?://)?(?:www\.)?", "", url.strip().lower()).split("/")[0] for url in (one, other)]
    return bool(sites[0]) and folded(sites[0]) == folded(sites[1])
