"""What a job begins with: its root units, decided from the request and from what its media list led to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scout_common.work import Child, Issue
from scout_contracts.events import FeaturesReady, ProductsCollectRequest, VideosSearchRequest
from scout_contracts.stages import BY_NAME, CATALOGUE_SCOPE


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


def roots(spec: dict[str, Any], found: Iterable[Found]) -> tuple[list[Child], list[Issue]]:
    """The root units of a job and what is wrong with its media list. A medium named twice is taken once."""
    entries = list(found)
    media = {medium.uri: medium for entry in entries for medium in entry.media}
    return [*_catalogue(spec), *map(_ingestion, media.values())], _issues(entries, any_media=bool(media))


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
