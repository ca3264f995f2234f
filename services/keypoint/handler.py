"""Decides which pictures still lack features, and extracts them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scout_common.work import Batch, Child
from scout_contracts.events import Event, MatchRequest, ProductsImagesReady, VideosKeyframesReady
from scout_vision.keypoints import Extractor

FRAMES_PER_COMMIT = 8


@dataclass(frozen=True, kw_only=True)
class FeatureRow:
    """Features of one image are stored as a blob."""

    image_sha256: str
    role: str
    blob_key: str
    keypoints: int


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`known` images have features; `load` decodes an image, `keep` stores features and returns the blob's key.

    vectors: the job's embedder is good for parts of frames, so keyframes are embedded too.
    """

    known: frozenset[str]
    extractor: Extractor
    load: Callable[[str], NDArray[np.uint8]]
    keep: Callable[[str, str, bytes], str]
    vectors: bool = False


def handle(event: Event, inputs: Inputs) -> Iterator[Batch]:
    """Extract what is missing; frames ask for their matching at the end."""
    if isinstance(event, ProductsImagesReady):
        yield Batch(rows=tuple(_extract(sha, "product", inputs) for sha in {event.image_sha256} - inputs.known))
    elif isinstance(event, VideosKeyframesReady):
        if inputs.vectors:
            yield Batch(children=(Child(stage="embedding_frame", key=_key(event), event=event),))
        missing = [sha for _, sha in event.frames if sha not in inputs.known]
        for start in range(0, len(missing), FRAMES_PER_COMMIT):
            part = missing[start : start + FRAMES_PER_COMMIT]
            yield Batch(rows=tuple(_extract(sha, "frame", inputs) for sha in part))
        yield Batch(children=(_matching(event),))


def _extract(sha: str, role: str, inputs: Inputs) -> FeatureRow:
    image = inputs.load(sha)
    if role == "product":
        product = inputs.extractor.product(image)
        data, count = product.to_bytes(), len(product)
    else:
        frame = inputs.extractor.frame(image)
        data, count = frame.to_bytes(), len(frame)
    return FeatureRow(image_sha256=sha, role=role, blob_key=inputs.keep(sha, role, data), keypoints=count)


def _key(event: VideosKeyframesReady) -> str:
    return f"{event.medium_id}/{event.frames[0][0] if event.frames else 0.0:.3f}"


def _matching(event: VideosKeyframesReady) -> Child:
    return Child(
        stage="matcher",
        key=_key(event),
        event=MatchRequest(medium_id=event.medium_id, frames=event.frames),
        state="waiting",
    )
