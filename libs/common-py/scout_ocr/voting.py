"""One text seen in several frames: its readings are aligned and voted on, character by character.

After ROVER (Fiscus, "A post-processing system to yield reduced word error rates", ASRU 1997), on characters: readings
are aligned one after the other with a network of slots; each slot goes to the character with the most confidence
behind it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from rapidfuzz import fuzz

from scout_ocr.engine import Picture

NOTHING = ""
GAP, OTHER, LOOKALIKE = 1.0, 1.2, 0.4
"""Costs of aligning a character with none, with another one, with one that looks alike."""
ALIKE = tuple(frozenset(group) for group in ("0OoQD", "1Il|i", "5Ss", "8B", "2Zz", "6G", "4A"))
_DOUBTFUL = frozenset().union(*ALIKE)
SAME_LINE = 75.0  # of 100: how alike readings of one line are
_WHOLE = 0.85  # of a line's length: what is shorter was cut off at a picture's edge
CONTEXT = 0.25  # share of a vote that a look-alike gives to the kind (digit, letter) that its neighbours are of


@dataclass(frozen=True, kw_only=True)
class FrameText:
    """text: one line as one frame was read. confidence: 0-1. sharpness: of its crop, any unit, the same for all."""

    frame: Hashable
    text: str
    confidence: float
    sharpness: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Voted:
    """text: what won. confidence: 0-1, mean share of the votes times the readings' confidence. frames: those that say
    exactly this, else those that took part. doubts: places (index in text) where less than two thirds agree."""

    text: str
    confidence: float
    frames: tuple[Hashable, ...]
    doubts: tuple[int, ...] = ()


@dataclass
class _Slot:
    """Votes for what stands at one place, NOTHING among them."""

    votes: dict[str, float] = field(default_factory=dict)

    def add(self, character: str, weight: float) -> None:
        self.votes[character] = self.votes.get(character, 0.0) + weight

    def cost(self, character: str) -> float:
        """Of aligning a character here: the least over what was seen here."""
        return min(_cost(seen, character) for seen in self.votes)


def sharpness(crop: Picture) -> float:
    """Variance of the Laplacian per contrast of a crop (H, W, 3): grows with sharpness, hardly with light."""
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(gray, cv2.CV_32F).var() / (gray.var() + 1.0)) if gray.size > 1 else 0.0


def sharpest(readings: Iterable[FrameText], count: int = 5) -> tuple[FrameText, ...]:
    """The readings of the sharpest crops, sharpest first; among equals the more confident."""
    return tuple(sorted(readings, key=lambda r: (-r.sharpness, -r.confidence))[:count])


def vote(readings: Sequence[FrameText]) -> Voted | None:
    """What several frames say together, None where none says anything. The order of readings does not matter."""
    said = [reading for reading in readings if reading.text.strip()]
    if not said:
        return None
    ordered = sorted(said, key=lambda r: (-r.confidence * len(r.text), r.text, str(r.frame)))
    slots: list[_Slot] = []
    total = 0.0
    for reading in ordered:
        weight = max(reading.confidence, 0.01)
        slots = _merged(slots, reading.text, weight, total)
        total += weight
    return _elected(slots, ordered, total)


def vote_lines(first: FrameText, others: Iterable[FrameText], count: int = 5) -> Voted:
    """A text of several lines as `first` has them, each voted on with the sharpest readings of it in other frames.

    A frame counts by its sharpness beside the sharpest. frames: all that took part, `first` before the others.
    """
    others = list(others)
    text, sure, frames, doubts = "", [0.0], [first.frame], list[int]()
    for line in first.text.splitlines():
        said = [replace(first, text=line), *sharpest(_readings_of(line, first.frame, others), count - 1)]
        most = max(reading.sharpness for reading in said) or 1.0
        voted = vote([replace(one, confidence=one.confidence * one.sharpness / most) for one in said])
        if voted is None:
            continue
        text += ("\n" if text else "") + voted.text
        doubts += [len(text) - len(voted.text) + place for place in voted.doubts]
        sure.append(voted.confidence)
        frames += [reading.frame for reading in said]
    known = tuple(dict.fromkeys(frames))
    return Voted(text=text, confidence=sum(sure) / max(1, len(sure) - 1), frames=known, doubts=tuple(doubts))


def _readings_of(line: str, frame: Hashable, others: Iterable[FrameText]) -> list[FrameText]:
    """For each other frame what it has for the line, if anything."""
    best: dict[Hashable, tuple[float, FrameText]] = {}
    for other in others:
        for said in other.text.splitlines():
            alike = fuzz.ratio(line.casefold(), said.casefold())
            fits = other.frame != frame and alike >= SAME_LINE and len(said) >= _WHOLE * len(line)
            if fits and alike > best.get(other.frame, (0.0, other))[0]:
                best[other.frame] = (alike, replace(other, text=said))
    return [reading for _, reading in best.values()]


def _merged(slots: list[_Slot], text: str, weight: float, before: float) -> list[_Slot]:
    """The network with one more reading; places that are new had NOTHING in those before."""
    merged = []
    for slot, character in _aligned(slots, text):
        kept = slot or _Slot({NOTHING: before} if before else {})
        kept.add(character, weight)
        merged.append(kept)
    return merged


def _aligned(slots: Sequence[_Slot], text: str) -> list[tuple[_Slot | None, str]]:
    """Slots against characters at least cost (Needleman and Wunsch)."""
    costs = np.zeros((len(slots) + 1, len(text) + 1))
    costs[0] = np.arange(len(text) + 1) * GAP
    for i, slot in enumerate(slots, 1):
        costs[i, 0] = costs[i - 1, 0] + slot.cost(NOTHING)
        for j, character in enumerate(text, 1):
            costs[i, j] = min(
                costs[i - 1, j - 1] + slot.cost(character), costs[i - 1, j] + slot.cost(NOTHING), costs[i, j - 1] + GAP
            )
    pairs: list[tuple[_Slot | None, str]] = []
    i, j = len(slots), len(text)
    while i or j:
        if i and j and np.isclose(costs[i, j], costs[i - 1, j - 1] + slots[i - 1].cost(text[j - 1])):
            i, j = i - 1, j - 1
            pairs.append((slots[i], text[j]))
        elif i and np.isclose(costs[i, j], costs[i - 1, j] + slots[i - 1].cost(NOTHING)):
            i -= 1
            pairs.append((slots[i], NOTHING))
        else:
            j -= 1
            pairs.append((None, text[j]))
    return pairs[::-1]


def _elected(slots: Sequence[_Slot], readings: Sequence[FrameText], total: float) -> Voted:
    first = [max(sorted(slot.votes), key=lambda c: slot.votes[c]) for slot in slots]
    chosen = [_in_context(slot, first, place) for place, slot in enumerate(slots)]
    shares = [slot.votes[character] / total for slot, character in zip(slots, chosen, strict=True)]
    kept = [(c, share) for c, share in zip(chosen, shares, strict=True) if c != NOTHING]
    text = "".join(character for character, _ in kept)
    same = tuple(reading.frame for reading in readings if reading.text == text)
    sure = sum(r.confidence * max(r.confidence, 0.01) for r in readings) / total
    return Voted(
        text=text,
        confidence=min(1.0, sure * float(np.mean(shares))),
        frames=tuple(dict.fromkeys(same or [reading.frame for reading in readings])),
        doubts=tuple(place for place, (_, share) in enumerate(kept) if share < 2 / 3),
    )


def _in_context(slot: _Slot, first: Sequence[str], place: int) -> str:
    """The winner of a slot; between look-alikes those count more that are of the neighbours' kind.

    Only what a frame did read can win: B12 stays B12, and a lone reading is never changed.
    """
    winner = first[place]
    rivals = [c for c in slot.votes if c and c != winner and _cost(winner, c) == LOOKALIKE]
    kind = _kind_around(first, place)
    if not winner or not rivals or kind == "":
        return winner
    bonus = CONTEXT * sum(slot.votes.values())
    return max(sorted([winner, *rivals]), key=lambda c: slot.votes[c] + (bonus if _kind(c) == kind else 0.0))


def _kind_around(characters: Sequence[str], place: int) -> str:
    """digit or letter where the nearest characters of the same word that are no look-alikes are of it on both sides."""
    kinds = []
    for step in (-1, 1):
        at = place + step
        while 0 <= at < len(characters) and characters[at] in _DOUBTFUL:
            at += step
        kinds.append(_kind(characters[at]) if 0 <= at < len(characters) else "")
    return kinds[0] if kinds[0] == kinds[1] else ""


def _kind(character: str) -> str:
    return "digit" if character.isdigit() else "letter" if character.isalpha() else ""


def _cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if NOTHING in (one, other):
        return GAP
    return LOOKALIKE if any(one in group and other in group for group in ALIKE) else OTHER
