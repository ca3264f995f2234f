"""Lines that were spotted in a picture become signs: a booth's number, its hall, the words beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scout_ocr.extract.sign_words import BOOTH, HALL, NUMBER
from scout_ocr.spotting import height_of
from scout_ocr.words import Page, Quad, Word

_NUMBER = r"(?:[A-Z]{1,2}-?)?\d{1,4}[A-Z]?(?:[-./]?\d{1,4})?"
_NAMED = re.compile(rf"\b(?:{BOOTH}|STALL|ST[AÄ]NDE){NUMBER}\s*[.:#°]*\s*({_NUMBER})\b", re.IGNORECASE)
_HALL = re.compile(rf"\b(?:{HALL}){NUMBER}\s*[.:#]*\s*([A-Z]?\d{{1,2}}(?:\.\d)?|(?<![^\W_])[A-Z])\b", re.IGNORECASE)
_COMPACT = re.compile(r"\bH(\d{1,2})[-./ ]([A-Z]{1,2}\d{1,4})\b")
_BARE = re.compile(r"[A-Z]{1,2}[- ]?\d{1,3}[A-Z]?|\d{1,2}[-.]?[A-Z]\d{1,3}")
_AFTER_HALL = re.compile(rf"[\s·•|,;:/.\-]+({_NUMBER})\b")
_WORD = re.compile(r"[^\W\d_]{3,}")
_FORMS = frozenset(
    ("gmbh", "limited", "incorporated", "corp", "corporation", "company", "sarl", "holding", "group", "gruppe")
) | frozenset(("international", "trading", "foods", "food", "with", "from", "hall", "halle", "booth", "stand"))
"""Words of many companies' names: they tell none from another."""
_BARE_FROM = 0.035
"""Letters' height, as a part of the picture's, from which a lone `A10` is a booth's plate and no code on a pack."""
LINES = " / "
"""Between the lines of a sign's text."""
_GAP = 1.3  # line heights between lines of one sign


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One sign as it stands in one picture. number, hall: as written, None where it says none. words: its other lines,
    largest first. size: height of its largest letters as a part of the picture's. middle: (x, y) as parts of the
    picture's sides. quad: of its largest line, pixels. confidence: of the reading, 0-1."""

    number: str | None
    hall: str | None
    words: tuple[str, ...]
    text: str
    size: float
    middle: tuple[float, float]
    quad: Quad
    confidence: float

    @property
    def lines(self) -> tuple[str, ...]:
        """All of them from top to bottom."""
        return tuple(self.text.split(LINES))


def signs_of(page: Page) -> tuple[Sign, ...]:
    """The signs of a picture whose lines were spotted, largest first. Lines without a number are signs of their own
    where nothing with a number stands by them."""
    groups = _grouped(page.words)
    found = [_sign(group, page) for group in groups]
    return tuple(sorted(found, key=lambda sign: -sign.size))


def distinctive(text: str) -> tuple[str, ...]:
    """Folded words that may tell one company from another: "Maison Vallier SA" -> ("maison", "vallier")."""
    return tuple(word for word in map(folded, _WORD.findall(text)) if len(word) >= 4 and word not in _FORMS)


def folded(text: str) -> str:
    """Lower case without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _grouped(words: Sequence[Word]) -> list[list[Word]]:
    """Lines of about one sign: near each other, measured in their own heights."""
    groups: list[list[Word]] = []
    for word in words:
        near = [group for group in groups if any(_near(word, other) for other in group)]
        for group in near:
            groups.remove(group)
        groups.append([word, *(other for group in near for other in group)])
    return groups


def _near(a: Word, b: Word) -> bool:
    reach = _GAP * min(height_of(a.quad), height_of(b.quad))
    (al, at, ar, ab), (bl, bt, br, bb) = a.box, b.box
    beside, above = max(al, bl) - min(ar, br), max(at, bt) - min(ab, bb)
    return above < reach and beside < reach


def _sign(group: Iterable[Word], page: Page) -> Sign:
    lines = sorted(group, key=lambda word: -height_of(word.quad))
    largest = lines[0]
    size = height_of(largest.quad) / page.height
    number, hall = _numbers(lines, page.height)
    left, top, right, bottom = largest.box
    return Sign(
        number=number,
        hall=hall,
        words=tuple(line.text for line in lines if distinctive(line.text)),
        text=LINES.join(line.text for line in sorted(lines, key=lambda word: (word.box[1], word.box[0]))),
        size=size,
        middle=((left + right) / 2 / page.width, (top + bottom) / 2 / page.height),
        quad=largest.quad,
        confidence=min(1.0, sum(line.confidence for line in lines) / len(lines)),
    )


def _numbers(lines: Sequence[Word], height: int) -> tuple[str | None, str | None]:
    """(number, hall) that the lines of one sign write."""
    number = hall = None
    for line in lines:
        text = line.text.replace("Hali", "Hall")
        if compact := _COMPACT.search(text):
            hall, number = hall or compact[1], number or compact[2]
        if found := _HALL.search(text):
            hall = hall or found[1].upper()
            rest = _AFTER_HALL.match(text, found.end())
            number = number or (rest[1].upper() if rest and any(map(str.isdigit, rest[1])) else None)
        if named := _NAMED.search(text):
            number = number or named[1].upper()
    for line in lines:
        if number is None and _BARE.fullmatch(line.text.strip()) and height_of(line.quad) >= _BARE_FROM * height:
            number = line.text.strip().replace(" ", "").upper()
    return number, hall
