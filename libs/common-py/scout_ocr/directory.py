"""The booths of a show and the names they go by: exhibitor lists, and what signs of a job say beside numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from scout_ocr.signs import Sign, distinctive, folded

_FOREIGN_FROM = 0.05  # height of letters from which an unknown name stands for an unknown booth
_ALIKE, _LONG, _ALIKE_LONG = 86.0, 8, 78.0  # of 100: two spellings of one word; of a long one
_CONFUSED = str.maketrans("OQDIL|ZSBG", "0001112586")
_BETWEEN = re.compile(r"(?<=\d)[\W_]+(?=\d)|([\W_]+)")


@dataclass(frozen=True, order=True)
class Place:
    """A booth as a sign or a list names it. number "" where only the company is known."""

    number: str
    hall: str = ""
    company: str = ""

    @property
    def booth(self) -> Place:
        """The booth itself, whichever of its companies was named."""
        return Place(self.number, self.hall) if self.number else self


class Directory:
    """The booths of a show: those of its exhibitor list, and those that signs of the job name.

    not_names: words that are no company's: the catalogue's brands and titles, which posters show as large as names.
    """

    def __init__(self, listed: Iterable[Place] = (), not_names: Collection[str] = ()) -> None:
        self._listed = sorted(set(listed))
        self._not_names = {folded(word) for word in not_names}
        self._places: dict[str, list[Place]] = defaultdict(list)  # several: companies that share a booth
        self._names: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for place in self._listed:
            self._places[_listed_key(place)].append(place)
            for word in distinctive(place.company):
                self._names[word][_listed_key(place)] = 100.0

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
            self._places[key] = [_place(spellings, names[key])]

    def _learn_slogans(self, signs: Sequence[Sign]) -> None:
        """Other words that stand on a booth's signs again say which booth it is."""
        told: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for sign in signs:
            key = self._key_of(sign)
            if key is None:
                continue
            for word in {word for line in sign.words for word in distinctive(line)} - self._not_names:
                if len(word) >= 5 and self._nearly(word) is None:
                    told[word][key] += sign.confidence
        for word, places in told.items():
            if len(places) == 1:
                self._names[word].update(places)

    def foreign(self, sign: Sign) -> bool:
        """Whether it is a large name that no booth is known by: the sign of an unknown one."""
        words = {word for line in sign.words for word in distinctive(line)}
        return bool(words - self._not_names) and sign.size >= _FOREIGN_FROM and sign.middle[1] < 0.5

    def place_of(self, sign: Sign) -> Place | None:
        """The booth that a sign names: by its number, else by its company's name; None where neither is known. Without
        a company where several share the booth and the sign does not tell which."""
        key = self._key_of(sign)
        return None if key is None else self._whose(self._places[key], sign)

    def _key_of(self, sign: Sign) -> str | None:
        by_number = self._by_number(sign) if sign.number is not None else None
        return by_number or self._by_name(sign)

    def _by_number(self, sign: Sign) -> str | None:
        assert sign.number is not None
        key = confusable(sign.number)
        if not self._listed:
            return key if key in self._places else None
        alike = [p for p in self._listed if confusable(p.number) == key and _same_hall(p.hall, sign.hall)]
        fits = {_listed_key(place) for place in alike}
        if len(fits) > 1:  # the name on the sign decides, else the number as it is written
            written = {_listed_key(place) for place in alike if plain(place.number) == plain(sign.number)}
            fits = fits & {self._by_name(sign)} or written
        return fits.pop() if len(fits) == 1 else None

    def _whose(self, places: Sequence[Place], sign: Sign) -> Place:
        """That of a booth's companies which the sign names."""
        if len(places) == 1:
            return places[0]
        said = {self._nearly(word) for line in sign.words for word in distinctive(line)}
        named = [len(said & set(distinctive(place.company))) for place in places]
        best = max(named)
        return places[named.index(best)] if best and named.count(best) == 1 else places[0].booth

    def _by_name(self, sign: Sign) -> str | None:
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
        (key,) = votes
        return key if key in self._places else None

    def _nearly(self, word: str) -> str | None:
        if word in self._names:
            return word
        scored = [(max(fuzz.ratio(word, name), _part(word, name)), name) for name in self._names]
        best = max(scored, default=(0.0, ""))
        least = _ALIKE_LONG if len(word) >= _LONG else _ALIKE
        return best[1] if len(word) >= 4 and best[0] >= least else None


def plain(number: str) -> str:
    """A booth number as two lists write it alike: a-10 and A 10 are the same; 12-034 and 1-2034 are two."""
    return _BETWEEN.sub(lambda found: "" if found[1] else "-", number.upper().strip())


def confusable(number: str) -> str:
    """A booth number with the letters and digits that are taken for each other made one: A1O and A10 are the same."""
    read = plain(number).replace("-", "")
    return read[:1] + read[1:].translate(_CONFUSED)


def _listed_key(place: Place) -> str:
    return f"{plain(place.number)}/{plain(place.hall)}"


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
