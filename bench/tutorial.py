"""The peer: what tutorials teach. SIFT + FLANN + RANSAC, every product against every frame, a claim at 10 inliers.

After OpenCV's "Feature Matching + Homography to find Objects": SIFT with default parameters, FLANN kd-trees (5 trees,
50 checks), ratio 0.7, at least 10 good matches, `findHomography` with RANSAC at 5 px.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from scout_vision.image import decode_image

from bench import scored
from bench.accuracy import asked
from bench.figures import Measured
from bench.place import Place

RATIO, ENOUGH, REPROJECTION = 0.7, 10, 5.0
FRAME_STEP_S = 1.0  # clips are looked at once a second
JOIN_S = 2.5  # and claims no further apart than this are one sighting

Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Sift:
    """One picture's keypoints, (N, 2) float32, and descriptors, (N, 128) float32."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.float32]


def sift(image: Image) -> Sift:
    """SIFT with default parameters. image: RGB (H, W, 3)."""
    keypoints, descriptors = cv2.SIFT.create().detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None)
    if descriptors is None:
        return Sift(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    return Sift(np.array([k.pt for k in keypoints], np.float32), np.asarray(descriptors, np.float32))


def inliers(product: Sift, frame: Sift) -> int:
    """Matches that agree on one homography; 0 where fewer than 10 pass the ratio test."""
    if len(product.points) < 2 or len(frame.points) < 2:
        return 0
    flann = cv2.FlannBasedMatcher({"algorithm": 1, "trees": 5}, {"checks": 50})
    pairs = flann.knnMatch(product.descriptors, frame.descriptors, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
    if len(good) < ENOUGH:
        return 0
    here = product.points[[m.queryIdx for m in good]]
    there = frame.points[[m.trainIdx for m in good]]
    homography, mask = cv2.findHomography(here, there, cv2.RANSAC, REPROJECTION)
    return 0 if homography is None else int(mask.sum())


def probability(count: int) -> float:
    """What a reader takes an inlier count for: even odds at the claim, certain at twice as many."""
    return min(1.0, count / (2 * ENOUGH))


def measure(place: Place) -> Measured:
    """The tutorial's accuracy on the evaluation set, for the columns of the table (slow; only when asked for)."""
    scorer, folder = place.scorer(), place.eval_folder()
    catalogue = _catalogue(asked(scorer, "catalogue", folder))
    media = [Path(line) for line in asked(scorer, "media", folder).splitlines()][:: 12 if place.quick else 1]
    sightings: list[dict[str, Any]] = []
    candidates: list[dict[str, Any]] = []
    for path in media:
        looks = [(second, _counts(catalogue, sift(image))) for second, image in _frames(path)]
        sightings += joined(str(path), looks)
        candidates += _best(str(path), looks)
    result = place.out / "tutorial.json"
    result.write_text(json.dumps({"sightings": sightings, "candidates": candidates}), "utf-8")
    output = asked(scorer, "match", folder, result)
    figures = scored.figures(scored.rows(output))
    return Measured({}, tuple(output.rstrip().splitlines()), {"tutorial": figures})


def joined(media: str, looks: Sequence[tuple[float, dict[str, int]]]) -> list[dict[str, Any]]:
    """Claims at single seconds joined to intervals per product."""
    open_now: dict[str, dict[str, Any]] = {}
    done = []
    for second, counts in looks:
        for sku, count in counts.items():
            if count < ENOUGH:
                continue
            last = open_now.get(sku)
            if last is None or second - last["end_s"] > JOIN_S:
                last = {"media": media, "sku": sku, "start_s": second, "end_s": second, "probability": 0.0}
                open_now[sku] = last
                done.append(last)
            last["end_s"] = second
            last["probability"] = max(last["probability"], probability(count))
    return done


def _best(media: str, looks: Sequence[tuple[float, dict[str, int]]]) -> list[dict[str, Any]]:
    best: dict[str, int] = {}
    for _, counts in looks:
        for sku, count in counts.items():
            best[sku] = max(best.get(sku, 0), count)
    ranked = sorted(best, key=lambda sku: -best[sku])[:5]
    return [{"media": media, "sku": sku, "probability": probability(best[sku])} for sku in ranked]


def _counts(catalogue: dict[str, list[Sift]], frame: Sift) -> dict[str, int]:
    return {sku: max(inliers(picture, frame) for picture in pictures) for sku, pictures in catalogue.items()}


def _catalogue(text: str) -> dict[str, list[Sift]]:
    rows = csv.DictReader(text.splitlines())
    return {row["sku"]: [sift(decode_image(Path(p).read_bytes())) for p in row["image"].split(";")] for row in rows}


def _frames(path: Path) -> Iterator[tuple[float, Image]]:
    if path.suffix.lower() not in (".mp4", ".avi"):
        yield 0.0, decode_image(path.read_bytes())
        return
    wanted = FRAME_STEP_S / 2
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= wanted:
                yield wanted, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                wanted += FRAME_STEP_S
