"""Decides what is read, and what follows from it: labels of products and of matched places, signs, booths."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scout_common.work import Batch, Child
from scout_contracts.events import (
    BoothsRequest,
    BoothsResolved,
    Event,
    MatchResult,
    ProductsImagesReady,
    SignsRequest,
)
from scout_ocr.engine import Picture
from scout_ocr.reading import Kind
from scout_ocr.spotting import Price, spread
from scout_ocr.words import Page

from services.reading.labels import LabelRow, Region, label_of
from services.reading.resolving import BoothRow, Scene, resolve

FRAMES_PER_COMMIT = 8
MATCHES_PER_CAPTION = 16


@dataclass(frozen=True, kw_only=True)
class PageRow:
    """What was read in a stored picture. kind: label or sign."""

    sha256: str
    kind: Kind
    page: Page


@dataclass(frozen=True, kw_only=True)
class LabelInputs:
    """A product's picture; `picture` is None where it was read before."""

    sha256: str
    picture: Picture | None
    read: Callable[[Picture], Page]


@dataclass(frozen=True, kw_only=True)
class RegionInputs:
    """Matched places, read one by one. evidence: whether their proof is drawn after it."""

    regions: Callable[[], Iterator[Region]]
    read: Callable[[Picture, Sequence[Any]], list[tuple[str, float]]]
    evidence: bool


@dataclass(frozen=True, kw_only=True)
class SignInputs:
    """Keyframes as (time_s, sha256) in time order, those that were read before, and what may be spent on the others.

    read: a picture's page, and how many of its lines were tried. budget_s: CPU seconds by `price`.
    """

    frames: Sequence[tuple[float, str]]
    known: frozenset[str]
    picture: Callable[[str], Picture]
    read: Callable[[Picture], tuple[Page, int]]
    budget_s: float
    price: Price = field(default_factory=Price)


@dataclass(frozen=True, kw_only=True)
class BoothInputs:
    """All sightings and signs of a job. captioned: which booth the evidence of a sighting names. evidence: sightings
    that have some."""

    scene: Scene
    captioned: Mapping[str, str]
    evidence: frozenset[str]


def handle(event: Event, inputs: Any) -> Iterator[Batch]:
    """What each of the four stages does."""
    if isinstance(event, ProductsImagesReady):
        yield from read_label(inputs)
    elif isinstance(event, MatchResult):
        yield read_regions(event, inputs)
    elif isinstance(event, SignsRequest):
        yield from read_signs(inputs)
    elif isinstance(event, BoothsRequest):
        yield from find_booths(inputs)


def read_label(inputs: LabelInputs) -> Iterator[Batch]:
    """The label in a product's own picture, once for all jobs."""
    if inputs.picture is not None:
        page = inputs.read(inputs.picture)
        yield Batch(rows=(PageRow(sha256=inputs.sha256, kind="label", page=page),))


def read_regions(event: MatchResult, inputs: RegionInputs) -> Batch:
    """What stands on the labels of a few sightings; one batch, since it moves their probabilities. Then their proof."""
    rows: tuple[LabelRow, ...] = tuple(label_of(region, inputs.read) for region in inputs.regions())
    proof = Child(stage="evidence_builder", key=event.match_ids[0], event=event) if event.match_ids else None
    return Batch(rows=rows, children=(proof,) if proof and inputs.evidence else ())


def read_signs(inputs: SignInputs) -> Iterator[Batch]:
    """Signs in keyframes spread over the time, as many as the budget allows; none is read twice."""
    left = inputs.budget_s
    rows: list[PageRow] = []
    seen: set[str] = set()
    for number in spread(len(inputs.frames)):
        _, sha = inputs.frames[number]
        if sha in seen or left < inputs.price.look:
            continue
        seen.add(sha)
        left -= inputs.price.look
        if sha in inputs.known:
            continue
        page, tried = inputs.read(inputs.picture(sha))
        left -= tried * inputs.price.line
        rows.append(PageRow(sha256=sha, kind="sign", page=page))
        if len(rows) == FRAMES_PER_COMMIT:
            yield Batch(rows=tuple(rows))
            rows = []
    yield Batch(rows=tuple(rows))


def find_booths(inputs: BoothInputs) -> Iterator[Batch]:
    """The booth of every sighting that has one; evidence that says otherwise is to be captioned anew."""
    rows = [replace(row, captioned=inputs.captioned.get(row.match_id, "")) for row in resolve(inputs.scene)]
    named = {row.match_id: row.caption for row in rows}
    medium_of = {span.id: medium.id for medium in inputs.scene.media for span in medium.spans}
    stale = [
        match
        for match in sorted({*named, *inputs.captioned})
        if match in inputs.evidence and named.get(match, "") != inputs.captioned.get(match, "")
    ]
    yield Batch(rows=(Resolved(rows=tuple(rows)),), children=tuple(_captions(stale, medium_of)))


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Where all sightings of the job stood; those not named stood nowhere known."""

    rows: tuple[BoothRow, ...]


def _captions(matches: Sequence[str], medium_of: Mapping[str, str]) -> Iterator[Child]:
    by_medium: dict[str, list[str]] = {}
    for match in matches:
        by_medium.setdefault(medium_of.get(match, ""), []).append(match)
    for medium, ids in sorted(by_medium.items()):
        for start in range(0, len(ids), MATCHES_PER_CAPTION):
            part = ids[start : start + MATCHES_PER_CAPTION]
            event = BoothsResolved(medium_id=medium, match_ids=part)
            yield Child(stage="caption", key=part[0], event=event, scope=f"medium:{medium}", blocking=False)
