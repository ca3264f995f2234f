"""Decides whether a product picture still lacks its vector, and computes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scout_common.work import Batch
from scout_contracts.events import ProductsImagesReady
from scout_vision.appearance import Embedder


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`known` says that the vector is stored; `load` decodes an image, `keep` stores a float32 (D,) vector."""

    known: Callable[[str], bool]
    embedder: Embedder
    load: Callable[[str], NDArray[np.uint8]]
    keep: Callable[[str, NDArray[np.float32]], None]


def handle(event: ProductsImagesReady, inputs: Inputs) -> Iterator[Batch]:
    """Embed the picture unless an earlier job did. The vector waits in a blob until the catalogue is indexed."""
    if not inputs.known(event.image_sha256):
        image = inputs.load(event.image_sha256)
        inputs.keep(event.image_sha256, inputs.embedder.embed([image])[0])
    yield Batch()
