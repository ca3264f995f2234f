"""Decides whether this version of the catalogue is indexed already, and indexes it; and which stored keyframes of a
medium are worth matching with it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scout_common.work import Batch, Child, Issue
from scout_contracts.events import Event, FramesSearchRequest, VideosKeyframesReady
from scout_vision.matching import CatalogueImage, CatalogueIndex

FRAMES_PER_CHUNK = 16


@dataclass(frozen=True, kw_only=True)
class VectorsReady:
    """Vectors of product pictures to be copied into the database: (N, D) float32, one row an image."""

    model: str
    images: Sequence[str]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class IndexReady:
    """The voting index of this catalogue version is stored (blob_key), or was before (None)."""

    catalogue_hash: str
    version: str
    blob_key: str | None
    products: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the store opened.

    products: how many products have a usable picture.
    stored: the index exists. vectors: those that the database lacks. images: everything the index is built from.
    """

    catalogue_hash: str
    version: str
    products: int
    stored: bool
    vectors: Callable[[], VectorsReady | None]
    images: Callable[[], list[CatalogueImage]]
    keep: Callable[[bytes], str]


@dataclass(frozen=True, kw_only=True)
class FrameSearchInputs:
    """products: (P, D) float32, the catalogue's vectors. frames: (time_s, sha256, (R, D) float32) of each keyframe."""

    products: NDArray[np.float32]
    frames: Iterable[tuple[float, str, NDArray[np.float32]]]


def handle(event: Event, inputs: Inputs | FrameSearchInputs) -> Iterator[Batch]:
    """Index a catalogue, or choose keyframes."""
    if isinstance(event, FramesSearchRequest) and isinstance(inputs, FrameSearchInputs):
        yield choose_frames(event, inputs)
    elif isinstance(inputs, Inputs):
        yield from index_catalogue(inputs)


def choose_frames(event: FramesSearchRequest, inputs: FrameSearchInputs) -> Batch:
    """The keyframes that are among the `nearest` to any product picture go on to be matched."""
    frames: list[tuple[float, str]] = []
    best = np.full((len(inputs.products), event.nearest), -2.0, np.float32)
    which = np.full(best.shape, -1)
    rows = np.arange(len(best))
    for number, (time_s, sha, vectors) in enumerate(inputs.frames):
        frames.append((time_s, sha))
        alike = (inputs.products @ vectors.T).max(axis=1, initial=-2.0)
        weakest = best.argmin(axis=1)
        better = alike > best[rows, weakest]
        best[rows[better], weakest[better]] = alike[better]
        which[rows[better], weakest[better]] = number
    chosen = [frames[number] for number in np.unique(which[which >= 0])]
    chunks = [chosen[at : at + FRAMES_PER_CHUNK] for at in range(0, len(chosen), FRAMES_PER_CHUNK)]
    return Batch(children=tuple(_matching(event.medium_id, chunk) for chunk in chunks))


def _matching(medium_id: str, frames: Sequence[tuple[float, str]]) -> Child:
    ready = VideosKeyframesReady(medium_id=medium_id, frames=[[time_s, sha] for time_s, sha in frames])
    return Child(stage="keypoint", key=f"{medium_id}/{frames[0][0]:.3f}", event=ready)


def index_catalogue(inputs: Inputs) -> Iterator[Batch]:
    """Copy the vectors that are new, build the voting index unless this catalogue version has one."""
    vectors = inputs.vectors()
    if vectors is not None:
        yield Batch(rows=(vectors,))
    key, size = None, 0
    if not inputs.stored:
        data = CatalogueIndex.build(inputs.images(), seed=_seed(inputs.catalogue_hash)).to_bytes()
        key, size = inputs.keep(data), len(data)
    done = IndexReady(
        catalogue_hash=inputs.catalogue_hash, version=inputs.version, blob_key=key, products=inputs.products, bytes=size
    )
    yield Batch(rows=(done,), issues=_issues(inputs))


def _seed(catalogue_hash: str) -> int:
    """Random choices follow from the content, so that every run makes the same index."""
    return int(catalogue_hash[:8], 16) & 0x7FFFFFFF


def _issues(inputs: Inputs) -> tuple[Issue, ...]:
    if inputs.products:
        return ()
    return (
        Issue(
            severity="error",
            subject="catalogue",
            message="no product of the catalogue has a picture that can be searched for",
            hint="Give every product at least one picture; the other messages tell what was wrong with each.",
        ),
    )
