"""What a job begins with: its root units, decided from the request and from what its media list led to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scout_common.work import Child, Issue
from scout_contracts.events import (
    BoothsRequest,
    FeaturesReady,
    FramesSearchRequest,
    MatchFramesReady,
    ProductsCollectRequest,
    VideosKeyframesReady,
    VideosSearchRequest,
)
from scout_contracts.stages import BY_NAME, CATALOGUE_SCOPE, JOB_SCOPE

FRAMES_PER_CHUNK = 16  # of stored keyframes; at most 32 by contract


@dataclass(frozen=True, kw_only=True)
class Medium:
    """One video or photo to take in: a local path or URL, and its name as the user would write it."""

    uri: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one entry of the media list led to; `problem` says why to nothing, or what was left out of it."""

    entry: str
    media: tuple[Medium, ...] = ()
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredMedium:
    """A medium that was searched before, with its keyframes as [time_s, sha256]."""

    id: str
    name: str
    frames: Sequence[tuple[float, str]]


def stored_roots(spec: dict[str, Any], media: Sequence[StoredMedium]) -> tuple[list[Child], list[Issue]]:
    """The root units of a job that searches stored keyframes, and which media have none."""
    children = [child for medium in media if medium.frames for child in _rematching(spec, medium)]
    lost = [
        Issue(
            severity="warning",
            subject=medium.name,
            message="the other job kept no keyframes of it at this density",
            hint="Start a job with the medium itself.",
        )
        for medium in media
        if not medium.frames
    ]
    return [*_catalogue(spec), *children, *_booths(children)], [*lost, *_issues([], any_media=bool(children))]


def _rematching(spec: dict[str, Any], medium: StoredMedium) -> Iterator[Child]:
    scope, nearest = f"medium:{medium.id}", spec["options"].get("nearest")
    stage = "embedding_frame" if nearest else "keypoint"
    for at in range(0, len(medium.frames), FRAMES_PER_CHUNK):
        frames = [[time_s, sha] for time_s, sha in medium.frames[at : at + FRAMES_PER_CHUNK]]
        ready = VideosKeyframesReady(medium_id=medium.id, frames=frames)
        yield Child(stage=stage, key=f"{medium.id}/{frames[0][0]:.3f}", event=ready, scope=scope)
    if nearest:
        search = FramesSearchRequest(medium_id=medium.id, nearest=int(nearest))
        state = BY_NAME["frame_search"].first_state
        yield Child(stage="frame_search", key=medium.id, event=search, scope=scope, state=state)
    joining = MatchFramesReady(medium_id=medium.id)
    yield Child(stage="sightings", key=medium.id, event=joining, scope=scope, state=BY_NAME["sightings"].first_state)


def roots(spec: dict[str, Any], found: Iterable[Found]) -> tuple[list[Child], list[Issue]]:
    """The root units of a job and what is wrong with its media list. A medium named twice is taken once."""
    entries = list(found)
    media = {medium.uri: medium for entry in entries for medium in entry.media}
    ingesting = [_ingestion(medium) for medium in media.values()]
    return [*_catalogue(spec), *ingesting, *_booths(ingesting)], _issues(entries, any_media=bool(media))


def _booths(media: Sequence[Child]) -> list[Child]:
    """Where there are media: at which booths their sightings stood, once for the whole job and waited for by nobody."""
    if not media:
        return []
    state = BY_NAME["booths"].first_state
    return [Child(stage="booths", key="booths", event=BoothsRequest(), scope=JOB_SCOPE, state=state, blocking=False)]


def _catalogue(spec: dict[str, Any]) -> list[Child]:
    request = ProductsCollectRequest(
        source=spec["catalogue"], strict=bool(spec.get("strict", False)), query=str(spec.get("query") or "")
    )
    index = BY_NAME["vector_index"]
    return [
        Child(stage="catalog", key=request.source, event=request, scope=CATALOGUE_SCOPE),
        Child(stage=index.name, key="catalogue", event=FeaturesReady(), scope=CATALOGUE_SCOPE, state=index.first_state),
    ]


def _ingestion(medium: Medium) -> Child:
    event = VideosSearchRequest(uri=medium.uri, name=medium.name)
    return Child(stage="media_ingestion", key=medium.uri, event=event, scope=f"medium:{medium.uri}")


def _issues(entries: Sequence[Found], *, any_media: bool) -> list[Issue]:
    issues = [
        Issue(severity="error", subject=entry.entry, message=entry.problem, hint=entry.hint)
        for entry in entries
        if entry.problem
    ]
    if not any_media:
        issues.append(
            Issue(
                severity="error",
                subject="media",
                message="There is no video and no photo to search.",
                hint="Name videos, photos, or folders that hold some.",
            )
        )
    return issues
