"""Does what stands on a seen label agree with the catalogue's own picture of the product?

Only what was read clearly counts, and only text that a sibling pack has at its own label contradicts: unreadable,
half-read and foreign text says nothing.
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
    """A line of the catalogue's picture, and what was read at its place in the frame."""

    expected: str
    read: str
    confidence: float

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


def judge(lines: Sequence[Expected], siblings: Mapping[str, Sequence[str]]) -> LabelVerdict:
    """Compare the lines that were read. siblings: printed lines of packs it could be taken for, by sku."""
    own = {folded(line.expected) for line in lines}
    agreeing, against = [], []
    for line in lines:
        if not line.legible:
            continue
        alike = fuzz.ratio(folded(line.read), folded(line.expected))
        if alike >= _SAME:
            agreeing.append(line)
        elif alike < _OTHER and (sku := _sibling_that_says(line.read, own, siblings)):
            against.append((line, sku))
    if against:
        told = tuple(
            f"reads {line.read!r} where it should say {line.expected!r}, as {sku} does" for line, sku in against
        )
        return LabelVerdict(word="contradicts", shift=CONTRADICTS, reasons=told)
    if not agreeing:
        return SILENT
    told = tuple(f"reads {line.read!r}" for line in agreeing)
    shared = [folded(line) for lines in siblings.values() for line in lines]
    telling = [
        line for line in agreeing if not any(fuzz.ratio(folded(line.expected), other) >= _SAME for other in shared)
    ]
    return LabelVerdict(word="agrees", shift=min(MOST_AGREES, AGREES * len(telling)), reasons=told)


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
