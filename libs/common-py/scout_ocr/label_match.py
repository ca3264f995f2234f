"""Does what stands on a seen label agree with the catalogue's own picture of the product?

Only what was read clearly counts, and only text that a sibling pack has at its own label contradicts: unreadable and
half-read text says nothing. Foreign text says nothing either, but where it stands in a line's place the lines around
it say nothing any more: it may be a sibling that the catalogue does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from scout_ocr.signs import folded

_CLEAR = 0.8  # mean confidence of the recogniser from which a line counts as read
_SHORTEST = 3
_SAME, _OTHER = 80.0, 55.0  # of 100
AGREES, MOST_AGREES = 0.25, 0.5  # logits that a line adds which no sibling has as well; all of them together
CONTRADICTS = -1.0


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A line of the catalogue's picture, and what was read at its place in the frame. names: see names_product."""

    expected: str
    read: str
    confidence: float
    names: bool = False

    @property
    def legible(self) -> bool:
        return self.confidence >= _CLEAR and len(self.read.strip()) >= _SHORTEST


@dataclass(frozen=True, kw_only=True)
class LabelVerdict:
    """word: silent, agrees or contradicts. shift: logits that the probability moves by. reasons: in words."""

    word: str
    shift: float
    reasons: tuple[str, ...] = ()


SILENT = LabelVerdict(word="silent", shift=0.0)


def judge(
    lines: Sequence[Expected], siblings: Mapping[str, Sequence[str]], printed: Sequence[str] = ()
) -> LabelVerdict:
    """Compare the lines that were read. siblings: printed lines of packs it could be taken for, by sku. printed: all
    lines of the product's own picture."""
    own = {folded(text) for text in (*printed, *(line.expected for line in lines))}
    agreeing, against, foreign = [], [], []
    for line in lines:
        if not line.legible:
            continue
        alike = fuzz.ratio(folded(line.read), folded(line.expected))
        if alike >= _SAME:
            agreeing.append(line)
        elif alike >= _OTHER:
            continue
        elif sku := _sibling_that_says(line.read, own, siblings):
            against.append((line, sku))
        elif not _is_part_of(line.read, own):
            foreign.append(line)
    if against:
        told = tuple(
            f"reads {line.read!r} where it should say {line.expected!r}, as {sku} does" for line, sku in against
        )
        return LabelVerdict(word="contradicts", shift=CONTRADICTS, reasons=told)
    if foreign:
        told = tuple(f"reads {line.read!r} where the catalogue's picture says {line.expected!r}" for line in foreign)
        return LabelVerdict(word="silent", shift=0.0, reasons=told)
    if not agreeing:
        return SILENT
    told = tuple(f"reads {line.read!r}" for line in agreeing)
    telling = _telling(agreeing, [folded(text) for texts in siblings.values() for text in texts])
    return LabelVerdict(word="agrees", shift=min(MOST_AGREES, AGREES * len(telling)), reasons=told)


def names_product(line: str, title: str, brand: str) -> bool:
    """Whether a printed line has a word of the product's title that is not the brand's: the brand alone, a size or a
    claim stand on its siblings too."""
    brand = folded(brand)
    rest = [word for word in _words(title) if fuzz.partial_ratio(word, brand) < _SAME]
    said = [word for word in _words(line) if fuzz.partial_ratio(word, brand) < _SAME]
    return any(
        word in rest or (len(word) > _SHORTEST and fuzz.partial_ratio(word, " ".join(rest)) >= _SAME) for word in said
    )


def _words(text: str) -> list[str]:
    """Folded words; none with a digit, which are sizes mostly."""
    return [word for word in folded(text).split() if len(word) >= _SHORTEST and not any(map(str.isdigit, word))]


def _telling(agreeing: Sequence[Expected], shared: Sequence[str]) -> list[Expected]:
    """The lines that tell the product from its siblings; from those unknown, where the catalogue has none."""
    if not shared:
        return [line for line in agreeing if line.names]
    return [line for line in agreeing if all(fuzz.ratio(folded(line.expected), other) < _SAME for other in shared)]


def _is_part_of(read: str, own: set[str]) -> bool:
    """Whether the product's own label has that text, in whatever place."""
    said = folded(read)
    return any(
        fuzz.ratio(said, mine) >= _OTHER or (len(said) <= len(mine) and fuzz.partial_ratio(said, mine) >= _SAME)
        for mine in own
    )


def _sibling_that_says(read: str, own: set[str], siblings: Mapping[str, Sequence[str]]) -> str | None:
    """The sku of a sibling whose label has the line and the product's own has not."""
    said = folded(read)
    for sku in sorted(siblings):
        for line in siblings[sku]:
            other = folded(line)
            if (
                len(other) >= _SHORTEST + 1
                and fuzz.ratio(said, other) >= _SAME
                and all(fuzz.ratio(other, mine) < _OTHER for mine in own)
            ):
                return sku
    return None
