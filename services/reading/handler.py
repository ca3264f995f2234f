"""Decides what is read, and what follows from it: labels of products and of matched places, signs, booths."""

import math
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
from scout_ocr.reading import Barcode, Kind
from scout_ocr.spotting import KEYFRAME, PHOTO, Look, Price, spread
from scout_ocr.words import Page

from services.reading.labels import LabelRow, Region, label_of
from services.reading.resolving import BoothRow, Scene, resolve

MATCHES_PER_CAPTION = 16
GLANCES = 0.4
"""Part of the budget that goes into finding out which keyframes are worth reading."""
WORTH_IT = 0.015
NEAR_S = 1.5


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
    """Matched places, read one by one. scan: the bar codes of a picture. evidence: whether proof is drawn after it."""

    regions: Callable[[], Iterator[Region]]
    read: Callable[[Picture, Sequence[Any]], list[tuple[str, float]]]
    evidence: bool
    scan: Callable[[Picture], Sequence[Barcode]] = lambda picture: ()


@dataclass(frozen=True, kw_only=True)
class SignInputs:
    """Keyframes of a segment, or the one of a photo, as (time_s, sha256) in time order; `known` were read before, here
    or in another medium that shows the same. done: the whole segment was read, with no smaller budget.

    worth: how likely a keyframe shows a sign. read: its page by a look, and how many of its lines were tried.
    budget_s: CPU seconds by `price`.
    """

    frames: Sequence[tuple[float, str]]
    known: frozenset[str]
    worth: Callable[[str], float]
    read: Callable[[str, Look], tuple[Page, int]]
    budget_s: float
    photo: bool = False
    price: Price = field(default_factory=Price)
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class SegmentRead:
    """That a segment's signs were read with that budget, and in which keyframes."""

    budget_s: float
    frames: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BoothInputs:
    """All sightings and signs of a job. captioned: which booth the evidence of a sighting names. evidence: sightings
    that have some. forgotten: sightings have booths, and nothing that was read in the job's keyframes is there."""

    scene: Scene
    captioned: Mapping[str, str]
    evidence: frozenset[str]
    forgotten: bool = False


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
    rows: tuple[LabelRow, ...] = tuple(label_of(region, inputs.read, inputs.scan) for region in inputs.regions())
    proof = Child(stage="evidence_builder", key=event.match_ids[0], event=event) if event.match_ids else None
    return Batch(rows=rows, children=(proof,) if proof and inputs.evidence else ())


def read_signs(inputs: SignInputs) -> Iterator[Batch]:
    """Signs in the keyframes that are worth it, as many as the budget allows. One batch: a segment is read whole, and
    then never again."""
    if not inputs.frames or inputs.done or inputs.budget_s <= 0:
        return
    if inputs.photo:
        if inputs.frames[0][1] not in inputs.known:
            page, _ = inputs.read(inputs.frames[0][1], PHOTO)
            yield Batch(rows=(PageRow(sha256=inputs.frames[0][1], kind="sign", page=page),))
        return
    worth, left = _glances(inputs)
    rows: list[PageRow] = []
    for sha in _best_first(worth):
        if left < inputs.price.look:
            break
        page, tried = inputs.read(sha, KEYFRAME)
        left -= inputs.price.look + tried * inputs.price.line
        rows.append(PageRow(sha256=sha, kind="sign", page=page))
    frames = sorted({row.sha256 for row in rows} | inputs.known)
    yield Batch(rows=(*rows, SegmentRead(budget_s=inputs.budget_s, frames=tuple(frames))))


def _glances(inputs: SignInputs) -> tuple[list[tuple[float, str, float]], float]:
    """(time_s, sha256, worth) of unread keyframes spread over the time that may show signs, and what is left to spend.
    One close to a frame that was read before promises less."""
    most = max(1, int(GLANCES * inputs.budget_s / inputs.price.glance))
    fresh = [n for n in spread(len(inputs.frames)) if inputs.frames[n][1] not in inputs.known]
    chosen = sorted(fresh[:most])
    found = {inputs.frames[n][1]: inputs.frames[n][0] for n in reversed(chosen)}
    seen = [(time_s, sha, inputs.worth(sha)) for sha, time_s in sorted(found.items(), key=lambda one: one[1])]
    read = [time_s for time_s, sha in inputs.frames if sha in inputs.known]
    left = inputs.budget_s - len(seen) * inputs.price.glance
    kept = [(at, sha, worth * math.prod(_news(at, x) for x in read)) for at, sha, worth in seen if worth >= WORTH_IT]
    return kept, left


def _best_first(worth: Sequence[tuple[float, str, float]]) -> Iterator[str]:
    """The frame that promises most, then the next; one close to a frame that was chosen promises less."""
    left = {sha: [time_s, value] for time_s, sha, value in worth}
    while left:
        best = max(sorted(left), key=lambda sha: left[sha][1])
        yield best
        at, _ = left.pop(best)
        for other in left.values():
            other[1] *= _news(other[0], at)


def _news(time_s: float, read_s: float) -> float:
    """What a frame still promises after the one at `read_s` was read."""
    return 1 - math.exp(-abs(time_s - read_s) / NEAR_S)


def find_booths(inputs: BoothInputs) -> Iterator[Batch]:
    """The booth of every sighting that has one; evidence that says otherwise is to be captioned anew. Where what was
    read is gone, all stays as it was found."""
    if inputs.forgotten:
        return
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
