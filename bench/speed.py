"""What one 720p keyframe costs against 300, 1,000 and 3,000 products, beside the tutorial's way on the same frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean, median
from typing import TypeVar

import cv2
import faiss
import numpy as np
from scout_vision.catalogue import CatalogueImage
from scout_vision.image import Picture, decode_image, encode_jpeg
from scout_vision.keypoints import RootSift
from scout_vision.matching import FrameMatcher

from bench import hall, packs, tutorial
from bench.figures import Measured
from bench.place import Place

FRAMES, PEER_FRAMES, PEER_PRODUCTS = 24, 4, 24
SIZES = (300, 1000, 3000)
SEED = 21

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one frame, by stage."""

    decode: float
    keypoints: float
    match: float
    claims: int

    @property
    def total(self) -> float:
        return self.decode + self.keypoints + self.match


def measure(place: Place) -> Measured:
    """CPU seconds a keyframe, JPEG to decided detections, on one thread; the peer's seconds in the same run."""
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    frames = [encode_jpeg(image) for image in hall.stills(place, SEED, 8 if place.quick else FRAMES)]
    extractor = RootSift()
    known = [CatalogueImage.of(sku, sku, picture, extractor) for sku, picture in hall.packshots(SEED)]
    pair_s, sift_s = peer(frames[:: len(frames) // PEER_FRAMES], [*_peer_products(place)])
    values: dict[str, float] = {}
    notes = [f"tutorial's way: {1000 * pair_s:.1f} ms a pair, {1000 * sift_s:.0f} ms SIFT a frame"]
    detail: dict[str, object] = {"pair_s": pair_s}
    for size in SIZES[:2] if place.quick else SIZES:
        matcher = FrameMatcher(packs.catalogue(size, known, place.cache / "packs"))
        costs = of_frames(frames, matcher)
        total = mean(c.total for c in costs)
        notes.append(_line(size, costs))
        detail[str(size)] = [vars(c) for c in costs]
        if size == SIZES[1]:
            values["keyframe.cpu_s"] = total
        else:
            values[f"ratio.{size}"] = (sift_s + size * pair_s) / total
    return Measured(values, tuple(notes), detail)


def of_frames(frames: Sequence[bytes], matcher: FrameMatcher) -> list[Cost]:
    """What each frame costs; the first is run once before, to warm up."""
    return [_cost(data, matcher) for data in [frames[0], *frames]][1:]


def _cost(data: bytes, matcher: FrameMatcher) -> Cost:
    extractor = RootSift()
    image, decode_s = timed(lambda: decode_image(data))
    features, keypoints_s = timed(lambda: extractor.frame(image))
    result, match_s = timed(lambda: matcher.match(features, image))
    return Cost(decode_s, keypoints_s, match_s, sum(d.probability >= 0.5 and not d.decoy for d in result.detections))


def peer(frames: Sequence[bytes], products: Sequence[Picture]) -> tuple[float, float]:
    """CPU seconds of the tutorial's way: per pair of a product and a frame, and per frame before the pairs."""
    catalogue = [tutorial.sift(image) for image in products]
    looks = [timed(partial(_peer_frame, data)) for data in frames]
    pairs = [timed(partial(tutorial.inliers, product, frame))[1] for frame, _ in looks for product in catalogue]
    return mean(pairs), median(seconds for _, seconds in looks)


def _peer_frame(data: bytes) -> tutorial.Sift:
    return tutorial.sift(decode_image(data))


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What work returns, and its CPU seconds, all threads."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def _peer_products(place: Place) -> list[Picture]:
    return [packs.picture(place.cache / "packs", n) for n in np.linspace(0, packs.MOST - 1, PEER_PRODUCTS).astype(int)]


def _line(size: int, costs: Sequence[Cost]) -> str:
    parts = (f"{name} {1000 * mean(getattr(c, name) for c in costs):.0f}" for name in ("decode", "keypoints", "match"))
    worst = max(c.total for c in costs)
    claims = sum(c.claims for c in costs)
    return f"{size} products: CPU ms a frame: {', '.join(parts)}; worst frame {1000 * worst:.0f}; {claims} claims"
