"""Decides what a sighting's proof says and what its picture shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scout_common.assets import Asset
from scout_common.work import Batch
from scout_contracts.events import BoothsResolved, Event, MatchResult
from scout_vision.evidence import Caption, draw_evidence, with_caption
from scout_vision.matching import Detection
from scout_vision.proof import Proof, build_proof, rectify


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What is stored of a sighting, and the pictures that prove it: RGB (H, W, 3) uint8."""

    id: str
    detection: Detection
    caption: Caption
    product_image: NDArray[np.uint8]
    frame_image: NDArray[np.uint8]
    frame_sha256: str
    image_sha256: str
    medium_sha256: str
    medium_name: str
    sku: str
    time_s: float
    probability: float


@dataclass(frozen=True, kw_only=True)
class Enriched:
    """A sighting's picture and proof are stored; `region` is the vector of the matched place, (D,) float32.
    booth: what the picture says of where it stood."""

    match_id: str
    picture: Asset
    proof: Asset
    region: NDArray[np.float32]
    booth: str


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Evidence that was drawn before, RGB (H, W, 3) uint8, and what is to be written below it now."""

    match_id: str
    page: NDArray[np.uint8]
    caption: Caption


@dataclass(frozen=True, kw_only=True)
class Captioned:
    """The picture with its new words is stored."""

    match_id: str
    picture: Asset
    booth: str


@dataclass(frozen=True, kw_only=True)
class CaptionInputs:
    """`drawn` reads one by one; `keep_picture` stores a blob."""

    drawn: Callable[[], Iterator[Drawn]]
    keep_picture: Callable[[NDArray[np.uint8]], Asset]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`sightings` reads one by one; `embed` gives the vector of a region; `keep_*` store a blob."""

    sightings: Callable[[], Iterator[Sighting]]
    extractor: str
    embed: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    keep_picture: Callable[[NDArray[np.uint8]], Asset]
    keep_proof: Callable[[Proof], Asset]


def handle(event: Event, inputs: Any) -> Iterator[Batch]:
    """Draw and prove each sighting, or write a booth below what was drawn; a sighting that is gone by now (a retried
    job) is passed over."""
    if isinstance(event, MatchResult):
        for sighting in inputs.sightings():
            yield Batch(rows=(_enriched(sighting, inputs),))
    elif isinstance(event, BoothsResolved):
        for drawn in inputs.drawn():
            yield Batch(rows=(_captioned(drawn, inputs),))


def _captioned(drawn: Drawn, inputs: CaptionInputs) -> Captioned:
    picture = with_caption(drawn.page, drawn.caption)
    return Captioned(match_id=drawn.match_id, picture=inputs.keep_picture(picture), booth=drawn.caption.booth)


def _enriched(sighting: Sighting, inputs: Inputs) -> Enriched:
    picture = draw_evidence(sighting.product_image, sighting.frame_image, sighting.detection, sighting.caption)
    proof = build_proof(
        sighting.detection,
        sku=sighting.sku,
        product_sha256=sighting.image_sha256,
        frame_sha256=sighting.frame_sha256,
        medium_sha256=sighting.medium_sha256,
        medium=sighting.medium_name,
        time_s=sighting.time_s,
        probability=sighting.probability,
        extractor=inputs.extractor,
    )
    height, width = sighting.product_image.shape[:2]
    region = rectify(sighting.frame_image, sighting.detection.homography, width, height)
    return Enriched(
        match_id=sighting.id,
        picture=inputs.keep_picture(picture),
        proof=inputs.keep_proof(proof),
        region=inputs.embed(region),
        booth=sighting.caption.booth,
    )
