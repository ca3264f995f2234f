"""Puts the signs and sightings of a job together: at which booth each sighting stood."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scout_ocr.booths import Found, Seen, Span, Timeline, by_products
from scout_ocr.directory import Directory, Place

SPOTTED_FROM = 0.65
"""Confidence from which a sighting beside a sign tells where its product stands."""


@dataclass(frozen=True, kw_only=True)
class MediumScene:
    """One video or photo: its sightings, and the signs that were read in it."""

    id: str
    spans: Sequence[Span]
    seen: Sequence[Seen]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A whole job. listed: booths of the show's exhibitor list. not_names: words of the catalogue."""

    media: Sequence[MediumScene]
    listed: Sequence[Place] = ()
    not_names: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, kw_only=True)
class BoothRow:
    """Where a sighting stood. medium: that shows the sign. captioned: what its evidence says."""

    match_id: str
    found: Found
    sign_medium: str | None
    captioned: str = ""

    @property
    def caption(self) -> str:
        """The booth in words: "Hall 4 Booth A10, Marenza Alimentari"."""
        return caption_of(self.found.place)


def caption_of(place: Place) -> str:
    """A booth in words."""
    where = " ".join(
        filter(None, (f"Hall {place.hall}" if place.hall else "", f"Booth {place.number}" if place.number else ""))
    )
    return ", ".join(filter(None, (where, place.company)))


def resolve(scene: Scene) -> list[BoothRow]:
    """The sightings whose booth is known, each once: by signs along each medium, then by the products that stand
    together elsewhere in the job."""
    directory = Directory(scene.listed, scene.not_names)
    directory.learn(seen.sign for medium in scene.media for seen in medium.seen)
    by_sign = {medium.id: dict(_by_signs(medium, directory)) for medium in scene.media}
    known = _where_products_stand(scene.media, by_sign)
    whose = _companies(found.place for named in by_sign.values() for found in named.values())
    rows = []
    for medium in scene.media:
        named = by_sign[medium.id] or _by_products(medium, known, whose)
        rows += [
            BoothRow(match_id=ident, found=found, sign_medium=medium.id if found.seen else None)
            for ident, found in sorted(named.items())
        ]
    return rows


def _by_signs(medium: MediumScene, directory: Directory) -> Iterator[tuple[str, Found]]:
    places = [(seen, directory.place_of(seen.sign)) for seen in medium.seen]
    known = [seen.time_s for seen, place in places if place is not None]
    named = [
        (seen, place)
        for seen, place in places
        if place is not None or (directory.foreign(seen.sign) and not _same_look(seen.time_s, known, medium.spans))
    ]
    timeline = Timeline(named, medium.spans)
    for span in medium.spans:
        found = timeline.during(span)
        if found is not None:
            yield span.id, found


def _same_look(time_s: float, known: Sequence[float], spans: Sequence[Span]) -> bool:
    """Whether a product stayed in view from a known sign to that time: other large words then are the same booth's."""
    return any(
        span.start_s <= time_s <= span.end_s and any(span.start_s <= sign <= span.end_s for sign in known)
        for span in spans
    )


def _where_products_stand(
    media: Sequence[MediumScene], by_sign: Mapping[str, Mapping[str, Found]]
) -> dict[str, dict[Place, float]]:
    known: dict[str, dict[Place, float]] = defaultdict(dict)
    for medium in media:
        for span in medium.spans:
            found = by_sign[medium.id].get(span.id)
            if found is not None and found.confidence >= SPOTTED_FROM:
                best = known[span.product].get(found.place.booth, 0.0)
                known[span.product][found.place.booth] = max(best, found.confidence)
    return known


def _companies(places: Iterable[Place]) -> dict[Place, Place]:
    """Booths with their company, where signs name one only."""
    named: dict[Place, set[Place]] = defaultdict(set)
    for place in places:
        named[place.booth].add(place)
    return {booth: next(iter(places)) for booth, places in named.items() if len(places) == 1}


def _by_products(
    medium: MediumScene, known: Mapping[str, Mapping[Place, float]], whose: Mapping[Place, Place]
) -> dict[str, Found]:
    """A photo, or a video that shows no sign at all and is as short as one look."""
    if not medium.spans or max(span.end_s for span in medium.spans) - min(span.start_s for span in medium.spans) > 3.0:
        return {}
    told = by_products(medium.spans, known)
    if told is None:
        return {}
    place, confidence = whose.get(told[0], told[0]), told[1]
    return {span.id: Found(place=place, confidence=confidence, how="products", seen=None) for span in medium.spans}
