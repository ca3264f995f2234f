"""Decides which product pictures and keyframes still lack their vectors, and computes them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scout_common.work import Batch
from scout_contracts.events import Event, ProductsImagesReady, VideosKeyframesReady
from scout_vision.appearance import Embedder
from scout_vision.learned.regions import Region, cut, regions

FRAMES_PER_COMMIT = 8
"""Their regions are embedded together: some hundred pictures keep a GPU busy."""


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """The vectors of one keyframe's regions, (R, D) float32."""

    image_sha256: str
    regions: Sequence[Region]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`known` says that an image's vectors are stored; `load` decodes it, `keep` stores a product's, float32 (D,)."""

    known: Callable[[str], bool]
    embedder: Embedder
    load: Callable[[str], NDArray[np.uint8]]
    keep: Callable[[str, NDArray[np.float32]], None]


def handle(event: Event, inputs: Inputs) -> Iterator[Batch]:
    """Embed what no earlier job did. A product's vector waits in a blob until the catalogue is indexed."""
    if isinstance(event, VideosKeyframesReady):
        missing = [sha for sha in dict.fromkeys(sha for _, sha in event.frames) if not inputs.known(sha)]
        for start in range(0, len(missing), FRAMES_PER_COMMIT):
            yield Batch(rows=tuple(_embedded(missing[start : start + FRAMES_PER_COMMIT], inputs)))
        return
    if isinstance(event, ProductsImagesReady) and not inputs.known(event.image_sha256):
        image = inputs.load(event.image_sha256)
        inputs.keep(event.image_sha256, inputs.embedder.embed([image])[0])
    yield Batch()


def _embedded(frames: Sequence[str], inputs: Inputs) -> Iterator[FrameRow]:
    images = [inputs.load(sha) for sha in frames]
    places = [regions(image.shape[1], image.shape[0]) for image in images]
    parts = [cut(image, place) for image, of_one in zip(images, places, strict=True) for place in of_one]
    vectors = inputs.embedder.embed(parts)
    at = 0
    for sha, of_one in zip(frames, places, strict=True):
        yield FrameRow(image_sha256=sha, regions=of_one, vectors=vectors[at : at + len(of_one)])
        at += len(of_one)
