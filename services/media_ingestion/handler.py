"""Decides what a medium is and which of its frames are worth keeping."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scout_common.assets import Asset
from scout_common.work import Batch, Child, Issue
from scout_contracts.events import MatchFramesReady, SignsRequest, VideosKeyframesReady, VideosSearchRequest
from scout_vision.errors import BadMedia
from scout_vision.video import Keyframe, segments

SINGLE = "video:"
"""Before the address of one video that a list led to: where it leads to several in turn, the first is taken."""
FRAMES_PER_CHUNK = 16  # at most 32 by contract; smaller chunks keep two cores busy at the end of a short video


@dataclass(frozen=True, kw_only=True)
class Medium:
    """A probed video or photo, and the path or blob that this job reads it from."""

    id: str
    sha256: str
    kind: str
    media_type: str
    duration_s: float
    width: int
    height: int
    fps: float | None
    codec: str | None
    captured_at: datetime | None
    uri: str
    name: str
    info: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class KeyframeRow:
    """A keyframe whose picture is stored."""

    medium_id: str
    time_s: float
    asset: Asset
    width: int
    height: int
    sharpness: float
    shot: int


@dataclass(frozen=True, kw_only=True)
class SegmentDone:
    """All keyframes of a segment are stored; `damage` says what could not be decoded."""

    medium_id: str
    start_s: float
    end_s: float
    damage: str | None


@dataclass(frozen=True, kw_only=True)
class Poster:
    """The picture that stands for a whole video."""

    medium_id: str
    asset: Asset


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Addresses (address, title) that a search or a page with several videos leads to; `more` were left out."""

    media: tuple[tuple[str, str], ...]
    more: bool


Row = Medium | KeyframeRow | SegmentDone | Poster


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the store opened.

    probe: what the medium is, its first frame with it where it is a photo; or the media it leads to. stored: keyframes
    of a finished segment as [time_s, sha256], or None. keyframes: decodes a segment. keep: stores a picture.
    """

    probe: Callable[[], tuple[Medium, KeyframeRow | None] | Listed]
    stored: Callable[[], list[KeyframeRow] | None]
    keyframes: Callable[[float, float], Iterator[Keyframe]]
    keep: Callable[[Keyframe], KeyframeRow]


def handle(event: VideosSearchRequest, inputs: Inputs) -> Iterator[Batch]:
    """Probe a medium, or take the keyframes of one segment of a probed video."""
    if event.medium_id is None:
        yield from _take_in(event, inputs)
    else:
        yield from _sample(event, event.medium_id, inputs)


def _take_in(event: VideosSearchRequest, inputs: Inputs) -> Iterator[Batch]:
    found = inputs.probe()
    if isinstance(found, Listed):
        yield _lead_on(event, found)
        return
    medium, photo = found
    joining = Child(
        stage="sightings",
        key=medium.id,
        event=MatchFramesReady(medium_id=medium.id),
        scope=scope_of(medium.id),
        state="waiting",
    )
    if photo is not None:
        rows: tuple[Row, ...] = (medium, photo, Poster(medium_id=medium.id, asset=photo.asset))
        yield Batch(rows=rows, children=(_features(medium.id, [photo]), _signs(medium.id, 0.0, 0.0), joining))
        return
    parts = tuple(_segment(event, medium, start, end) for start, end in segments(medium.duration_s))
    yield Batch(rows=(medium,), children=(*parts, joining))


def _lead_on(event: VideosSearchRequest, found: Listed) -> Batch:
    """Each of the media as a unit of its own; those lead no further."""
    children = tuple(
        Child(
            stage="media_ingestion",
            key=f"{SINGLE}{address}",
            event=VideosSearchRequest(uri=f"{SINGLE}{address}", name=title),
            scope=f"medium:{SINGLE}{address}",
        )
        for address, title in found.media
    )
    if not found.more:
        return Batch(children=children)
    told = Issue(
        severity="warning",
        subject=event.name,
        message=f"only the first {len(found.media)} videos are taken",
        hint="SCOUT_MAX_SEARCH_RESULTS is how many.",
    )
    return Batch(children=children, issues=(told,))


def _segment(event: VideosSearchRequest, medium: Medium, start: float, end: float) -> Child:
    part = VideosSearchRequest(uri=medium.uri, name=event.name, medium_id=medium.id, start_s=start, end_s=end)
    return Child(stage="media_ingestion", key=f"{medium.id}/{start:.3f}", event=part, scope=scope_of(medium.id))


def scope_of(medium_id: str) -> str:
    """The scope of all work on a medium: by content, so that a file given twice is worked on once."""
    return f"medium:{medium_id}"


def _sample(event: VideosSearchRequest, medium_id: str, inputs: Inputs) -> Iterator[Batch]:
    start, end = event.start_s or 0.0, event.end_s or 0.0
    stored = inputs.stored()
    if stored is not None:
        rows: tuple[Row, ...] = tuple(stored)
        chunks = tuple(_features(medium_id, chunk) for chunk in _chunks(stored))
        yield Batch(rows=rows, children=(*chunks, _signs(medium_id, start, end)))
        return
    damage = None
    chunk: list[KeyframeRow] = []
    poster: list[Poster] = []
    try:
        for frame in inputs.keyframes(start, end):
            chunk.append(inputs.keep(frame))
            if start == 0.0 and not poster:
                poster.append(Poster(medium_id=medium_id, asset=chunk[0].asset))
            if len(chunk) == FRAMES_PER_CHUNK:
                yield Batch(rows=tuple(chunk), children=(_features(medium_id, chunk),))
                chunk = []
    except BadMedia as error:
        damage = str(error)
    yield _last(event, SegmentDone(medium_id=medium_id, start_s=start, end_s=end, damage=damage), chunk, poster)


def _last(event: VideosSearchRequest, done: SegmentDone, chunk: list[KeyframeRow], poster: list[Poster]) -> Batch:
    """The end of a segment: what was damaged in it costs only itself, and is told."""
    issues: tuple[Issue, ...] = ()
    if done.damage is not None:
        issues = (
            Issue(
                severity="error",
                subject=event.name,
                message=f"damaged between {done.start_s:.0f} s and {done.end_s:.0f} s: {done.damage}",
                hint="What could be decoded was searched. Copy the file again from the camera if you need the rest.",
            ),
        )
    children = (
        *((_features(done.medium_id, chunk),) if chunk else ()),
        _signs(done.medium_id, done.start_s, done.end_s),
    )
    return Batch(rows=(*chunk, *poster, done), children=children, issues=issues)


def _chunks(frames: list[KeyframeRow]) -> Iterator[list[KeyframeRow]]:
    for start in range(0, len(frames), FRAMES_PER_CHUNK):
        yield frames[start : start + FRAMES_PER_CHUNK]


def _signs(medium_id: str, start_s: float, end_s: float) -> Child:
    """The signs of a segment, or of a photo: read when workers are idle, nobody waits for it."""
    return Child(
        stage="signs",
        key=f"{medium_id}/{start_s:.3f}",
        event=SignsRequest(medium_id=medium_id, start_s=start_s, end_s=end_s),
        scope=scope_of(medium_id),
        blocking=False,
    )


def _features(medium_id: str, frames: list[KeyframeRow]) -> Child:
    return Child(
        stage="keypoint",
        key=f"{medium_id}/{frames[0].time_s:.3f}",
        event=VideosKeyframesReady(medium_id=medium_id, frames=[[f.time_s, f.asset.sha256] for f in frames]),
        scope=scope_of(medium_id),
    )
