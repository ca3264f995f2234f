"""Where along a video which booth was: signs that were read become a timeline, and sightings get their booth.

A hidden Markov model in continuous time (forward-backward, Rabiner 1989): the state is the booth the camera is at, or
none that is known; signs are the observations; the longer nothing is read, the less is known. While a product stays in
view the camera stays at its booth, so sightings carry a sign's word over the frames that show no sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scout_ocr.directory import Place
from scout_ocr.signs import Sign
from scout_ocr.voting import FrameText, Voted, vote_lines

LEAST = 0.6
"""Below this confidence a sighting has no booth: wrong is worse than none."""

_STAY_S, _STROLL_S = 240.0, 4.0  # mean time at a booth while a product stays in view; while none does
_WEIGHT = 7.0  # logits that the largest possible sign gives its booth
_ELSEWHERE = 0.5  # share of the time at no known booth, where nothing is read for long
_FOREIGN = 0.25  # how much it weighs beside a known name: it may be a slogan
_FULL_SIZE = 0.06  # letters from this part of the picture's height on are as near as can be


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A sign in one keyframe. frame: sha256 of the picture."""

    time_s: float
    frame: str
    sign: Sign


@dataclass(frozen=True, kw_only=True)
class Span:
    """A sighting: from when to when, best where. product: what was seen."""

    id: str
    product: str
    start_s: float
    end_s: float
    best_s: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where a sighting stood. how: `sign` (one is read while the product is in view), `near` (before or after it),
    `products` (no sign, but the same products stand there elsewhere). seen: the sign that says so. read: its lines as
    the booth's frames read them together."""

    place: Place
    confidence: float
    how: str
    seen: Seen | None
    read: Voted | None = None


class Timeline:
    """At which booth the camera of one video was."""

    def __init__(self, seen: Sequence[tuple[Seen, Place | None]], spans: Sequence[Span] = ()) -> None:
        """seen: signs with the booths they name; None: of a booth that is not known. spans: sightings, which tell when
        the camera stayed."""
        self._seen = sorted(seen, key=lambda found: (found[0].time_s, found[0].frame))
        self.places = sorted({place.booth for _, place in self._seen if place is not None})
        times = {found.time_s for found, _ in self._seen}
        times |= {time for span in spans for time in (span.start_s, span.best_s, span.end_s)}
        self._times = np.array(sorted(times), np.float64)
        self._odds = self._posterior(spans) if self.places else np.zeros((len(self._times), 1))

    def during(self, span: Span) -> Found | None:
        """The booth of a sighting; None where too little says which."""
        if not self.places:
            return None
        inside = (self._times >= span.start_s - 1e-9) & (self._times <= span.end_s + 1e-9)
        belief = self._odds[inside].mean(axis=0) if inside.any() else self.at(span.best_s)
        best = int(np.argmax(belief))
        if best == len(self.places) or belief[best] < LEAST:
            return None
        place = self.places[best]
        sign = self._evidence(place, span)
        within = span.start_s - 0.5 <= sign.time_s <= span.end_s + 0.5
        confidence = round(min(0.99, float(belief[best])), 4)
        how = "sign" if within else "near"
        whose = self._whose(place, span)
        return Found(place=whose, confidence=confidence, how=how, seen=sign, read=self._read(place, sign))

    def at(self, time_s: float) -> NDArray[np.float64]:
        """Probabilities of the booths in `places`, and last of none of them, at a time between or beyond the signs."""
        if not len(self._times):
            return np.zeros(len(self.places) + 1)
        nearest = int(np.argmin(np.abs(self._times - time_s)))
        return np.asarray(self._odds[nearest], np.float64)

    def _evidence(self, place: Place, span: Span) -> Seen:
        """The largest sign of the booth near the sighting."""
        return min((found for found, _ in self._own(place)), key=lambda found: _distance(found, span))

    def _whose(self, place: Place, span: Span) -> Place:
        """Whose part of the booth it was: of companies that share one, that which a sign near the sighting names."""
        own = self._own(place)
        if len({named for _, named in own}) == 1:
            return own[0][1]
        near = [(found, named) for found, named in own if named != place and _far(found, span) <= _STROLL_S]
        return min(near, key=lambda pair: _distance(pair[0], span))[1] if near else place

    def _read(self, place: Place, sign: Seen) -> Voted:
        """The sign's lines, voted on with those frames of the booth that read them too; near ones count more."""
        return vote_lines(_spoken(sign), (_spoken(found) for found, _ in self._own(place)))

    def _own(self, place: Place) -> list[tuple[Seen, Place]]:
        return [(found, named) for found, named in self._seen if named is not None and named.booth == place]

    def _posterior(self, spans: Sequence[Span]) -> NDArray[np.float64]:
        """(T, places + 1): forward-backward over the times."""
        count = len(self.places)
        self._usual = np.array([(1 - _ELSEWHERE) / count] * count + [_ELSEWHERE])
        emissions = np.exp(self._logits())
        steps = [self._step(a, b, spans) for a, b in pairwise(self._times)]
        forward = [_normalised(self._usual * emissions[0])]
        for matrix, emission in zip(steps, emissions[1:], strict=True):
            forward.append(_normalised((forward[-1] @ matrix) * emission))
        backward = [np.ones(len(self.places) + 1)]
        for matrix, emission in zip(reversed(steps), emissions[:0:-1], strict=True):
            backward.append(_normalised(matrix @ (emission * backward[-1])))
        return np.stack([_normalised(f * b) for f, b in zip(forward, reversed(backward), strict=True)])

    def _logits(self) -> NDArray[np.float64]:
        """What the signs of each time say for each booth: larger and more central ones more, by the best of a frame."""
        told = np.zeros((len(self._times), len(self.places) + 1))
        by_time: dict[float, list[tuple[Sign, Place | None]]] = defaultdict(list)
        for found, place in self._seen:
            by_time[found.time_s].append((found.sign, place))
        for time_s, signs in by_time.items():
            row = int(np.searchsorted(self._times, time_s))
            largest = max(sign.size for sign, _ in signs)
            for sign, place in signs:
                column = len(self.places) if place is None else self.places.index(place.booth)
                strength = _strength(sign, largest) * (_FOREIGN if place is None else 1.0)
                told[row, column] = max(told[row, column], strength)
        return told

    def _step(self, a: float, b: float, spans: Sequence[Span]) -> NDArray[np.float64]:
        """Probabilities to go from booth to booth between two times."""
        stays = any(span.start_s <= a + 1e-9 and span.end_s >= b - 1e-9 for span in spans)
        stay = float(np.exp(-(b - a) / (_STAY_S if stays else _STROLL_S)))
        return (1 - stay) * self._usual[None, :] + np.eye(len(self._usual)) * stay


def by_products(
    spans: Sequence[Span], known: Mapping[str, Mapping[Place, float]], least_products: int = 2
) -> tuple[Place, float] | None:
    """The booth of pictures without a sign, by what stands in them: (place, confidence), None where that is not plain.

    known: for each product, the booths where it was seen beside a sign, with the best confidence. At least so many
    products must stand at one booth and nowhere else, and none at another booth alone.
    """
    alone: dict[Place, list[float]] = defaultdict(list)
    for product in sorted({span.product for span in spans}):
        places = known.get(product, {})
        if len(places) == 1:
            ((place, confidence),) = places.items()
            alone[place].append(confidence)
    if len(alone) != 1:
        return None
    ((place, confidences),) = alone.items()
    others = [known[span.product] for span in spans if known.get(span.product)]
    if len(confidences) < least_products or any(place not in places for places in others):
        return None
    doubt = 0.5 ** len(confidences)
    return place, round(min(0.9, float(np.mean(confidences)) * (1 - doubt)), 4)


def _far(found: Seen, span: Span) -> float:
    """Seconds between a sign and a sighting."""
    return max(0.0, span.start_s - found.time_s, found.time_s - span.end_s)


def _distance(found: Seen, span: Span) -> tuple[float, float]:
    """Smaller for what says more of a sighting: near and large."""
    return _far(found, span) / 4 - 40 * found.sign.size, found.time_s


def _spoken(found: Seen) -> FrameText:
    text = "\n".join(found.sign.lines)
    return FrameText(frame=found.frame, text=text, confidence=found.sign.confidence, sharpness=found.sign.size)


def _strength(sign: Sign, largest: float) -> float:
    near = min(1.0, sign.size / _FULL_SIZE) ** 2
    beside = abs(sign.middle[0] - 0.5) * 2
    return _WEIGHT * sign.confidence * near * (sign.size / largest) * (1 - 0.4 * beside)


def _normalised(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(odds / odds.sum(), np.float64)
