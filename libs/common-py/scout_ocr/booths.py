"""Where along a video which booth was: signs that were read become a timeline, and sightings get their booth.

A hidden Markov model in continuous time (forward-backward, Rabiner 1989): the state is the booth the camera is at, or
none that is known; signs are the observations; the longer nothing is read, the less is known. While a product stays in
view the camera stays at its booth, so sightings carry a sign's word over the frames that show no sign.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from scout_ocr.signs import Sign, distinctive, folded

LEAST = 0.6
"""Below this confidence a sighting has no booth: wrong is worse than none."""

_STAY_S, _STROLL_S = 240.0, 4.0  # mean time at a booth while a product stays in view; while none does
_WEIGHT = 7.0  # logits that the largest possible sign gives its booth
_ELSEWHERE = 0.5  # share of the time at no known booth, where nothing is read for long
_FOREIGN_FROM = 0.05  # height of letters from which an unknown name stands for an unknown booth
_FOREIGN = 0.25  # how much it weighs beside a known name: it may be a slogan
_FULL_SIZE = 0.06  # letters from this part of the picture's height on are as near as can be
_ALIKE, _LONG, _ALIKE_LONG = 86.0, 8, 78.0  # of 100: two spellings of one word; of a long one
_CONFUSED = str.maketrans("OQDIL|ZSBG", "0001112586")


@dataclass(frozen=True, order=True)
class Place:
    """A booth as a sign or a list names it. number "" where only the company is known."""

    number: str
    hall: str = ""
    company: str = ""


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
    `products` (no sign, but the same products stand there elsewhere). seen: the sign that says so."""

    place: Place
    confidence: float
    how: str
    seen: Seen | None


class Directory:
    """The booths of a show: those of its exhibitor list, and those that signs of the job name.

    not_names: words that are no company's: the catalogue's brands and titles, which posters show as large as names.
    """

    def __init__(self, listed: Iterable[Place] = (), not_names: Collection[str] = ()) -> None:
        self._listed = sorted(set(listed))
        self._not_names = {folded(word) for word in not_names}
        self._places: dict[str, Place] = {}
        self._names: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for place in self._listed:
            self._places[self._key(place.number, place.hall)] = place
            for word in distinctive(place.company):
                self._names[word][self._key(place.number, place.hall)] += 100.0

    def learn(self, signs: Iterable[Sign]) -> None:
        """Take up booths and the names beside their numbers; with a list, nothing but it is believed."""
        signs = list(signs)
        if not self._listed:
            self._learn_numbers(signs)
        self._learn_slogans(signs)

    def _learn_numbers(self, signs: Sequence[Sign]) -> None:
        spelled: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        names: dict[str, Counter[str]] = defaultdict(Counter)
        for sign in signs:
            if sign.number is None:
                continue
            key = confusable(sign.number)
            spelled[key][(sign.number, sign.hall or "")] += 1
            for line in sign.words:
                words = [word for word in distinctive(line) if word not in self._not_names]
                if words:
                    names[key][line] += 1
                for word in words:
                    self._names[word][key] += sign.confidence
        for key, spellings in spelled.items():
            self._places[key] = _place(spellings, names[key])

    def _learn_slogans(self, signs: Sequence[Sign]) -> None:
        """Other words that stand on a booth's signs again say which booth it is."""
        told: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        keys = {place: key for key, place in self._places.items()}
        for sign in signs:
            place = self.place_of(sign)
            if place is None:
                continue
            for word in {word for line in sign.words for word in distinctive(line)} - self._not_names:
                if len(word) >= 5 and self._nearly(word) is None:
                    told[word][keys[place]] += sign.confidence
        for word, places in told.items():
            if len(places) == 1:
                self._names[word].update(places)

    def foreign(self, sign: Sign) -> bool:
        """Whether it is a large name that no booth is known by: the sign of an unknown one."""
        words = {word for line in sign.words for word in distinctive(line)}
        return bool(words - self._not_names) and sign.size >= _FOREIGN_FROM and sign.middle[1] < 0.5

    def place_of(self, sign: Sign) -> Place | None:
        """The booth that a sign names: by its number, else by its company's name; None where neither is known."""
        by_number = self._by_number(sign) if sign.number is not None else None
        return by_number or self._by_name(sign)

    def _by_number(self, sign: Sign) -> Place | None:
        assert sign.number is not None
        key = confusable(sign.number)
        if not self._listed:
            return self._places.get(key)
        fits = [p for p in self._listed if confusable(p.number) == key and _same_hall(p.hall, sign.hall)]
        return fits[0] if len(fits) == 1 else None

    def _by_name(self, sign: Sign) -> Place | None:
        """A word of the sign that only one booth's name has, spelled nearly so."""
        votes: dict[str, float] = defaultdict(float)
        for word in {word for line in sign.words for word in distinctive(line)} - self._not_names:
            known = self._nearly(word)
            if known is None:
                continue
            told = self._names[known]
            best = max(told, key=lambda key: (told[key], key))
            if told[best] > 0.75 * sum(told.values()):
                votes[best] += 1.0
        if not votes or len(votes) > 1:
            return None
        return self._places.get(next(iter(votes)))

    def _nearly(self, word: str) -> str | None:
        if word in self._names:
            return word
        scored = [(max(fuzz.ratio(word, name), _part(word, name)), name) for name in self._names]
        best = max(scored, default=(0.0, ""))
        least = _ALIKE_LONG if len(word) >= _LONG else _ALIKE
        return best[1] if len(word) >= 4 and best[0] >= least else None

    def _key(self, number: str, hall: str) -> str:
        return f"{confusable(number)}/{hall}" if self._listed else confusable(number)


class Timeline:
    """At which booth the camera of one video was."""

    def __init__(self, seen: Sequence[tuple[Seen, Place | None]], spans: Sequence[Span] = ()) -> None:
        """seen: signs with the booths they name; None: of a booth that is not known. spans: sightings, which tell when
        the camera stayed."""
        self._seen = sorted(seen, key=lambda found: (found[0].time_s, found[0].frame))
        self.places = sorted({place for _, place in self._seen if place is not None})
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
        return Found(place=place, confidence=confidence, how="sign" if within else "near", seen=sign)

    def at(self, time_s: float) -> NDArray[np.float64]:
        """Probabilities of the booths in `places`, and last of none of them, at a time between or beyond the signs."""
        if not len(self._times):
            return np.zeros(len(self.places) + 1)
        nearest = int(np.argmin(np.abs(self._times - time_s)))
        return np.asarray(self._odds[nearest], np.float64)

    def _evidence(self, place: Place, span: Span) -> Seen:
        """The largest sign of the booth near the sighting."""
        own = [found for found, named in self._seen if named == place]
        far = [max(0.0, span.start_s - found.time_s, found.time_s - span.end_s) for found in own]
        return min(zip(far, own, strict=True), key=lambda pair: (pair[0] / 4 - 40 * pair[1].sign.size, pair[1].time_s))[
            1
        ]

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
                column = len(self.places) if place is None else self.places.index(place)
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


def confusable(number: str) -> str:
    """A booth number with the letters and digits that are taken for each other made one: A1O and A10 are the same."""
    plain = "".join(letter for letter in number.upper() if letter.isalnum())
    head = plain[:1]
    return head + plain[1:].translate(_CONFUSED)


def _place(spellings: Counter[tuple[str, str]], names: Counter[str]) -> Place:
    number = Counter[str]()
    halls = Counter[str]()
    for (spelling, hall), count in spellings.items():
        number[spelling] += count
        halls[hall] += count if hall else 0
    best = max(sorted(number), key=lambda spelling: number[spelling])
    hall = max(sorted(halls), key=lambda name: halls[name], default="")
    company = max(sorted(names), key=lambda name: (names[name], len(name)), default="")
    return Place(best, hall, company)


def _same_hall(listed: str, read: str | None) -> bool:
    return not listed or not read or confusable(listed) == confusable(read)


def _part(word: str, name: str) -> float:
    """A word that is cut off at the picture's edge: `Northfie`."""
    return 100.0 if len(name) > len(word) and (name.startswith(word) or name.endswith(word)) else 0.0


def _strength(sign: Sign, largest: float) -> float:
    near = min(1.0, sign.size / _FULL_SIZE) ** 2
    beside = abs(sign.middle[0] - 0.5) * 2
    return _WEIGHT * sign.confidence * near * (sign.size / largest) * (1 - 0.4 * beside)


def _normalised(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(odds / odds.sum(), np.float64)
