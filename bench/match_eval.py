"""Run the matching core alone over a labelled set, without services, and write what `score match` reads.

    python bench/match_eval.py SET --json result.json [--only cereal,phone] [--every 4] [--clips 1.0] [--cache DIR]

SET holds products/truth.json and videos/truth.json. Photos are matched one by one; with --clips S every S-th second of
each clip is matched as well, each frame a claim of its own (tracking is not what is measured here).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import faiss
import numpy as np
from numpy.typing import NDArray
from scout_vision.catalogue import CatalogueImage, CatalogueIndex, thumbnail
from scout_vision.image import decode_image
from scout_vision.keypoints import Features, ProductFeatures, RootSift
from scout_vision.matching import FrameMatcher, FrameResult
from scout_vision.packshot import product_image

EXTRACTOR = RootSift()


class Remembered:
    """Features by content and extractor version, in a folder; without a folder nothing is remembered."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def frame(self, image: NDArray[np.uint8]) -> Features:
        path = self._path(image, "f")
        if path and path.exists():
            return Features.from_bytes(path.read_bytes())
        features = EXTRACTOR.frame(image)
        if path:
            path.write_bytes(features.to_bytes())
        return features

    def product(self, image: NDArray[np.uint8]) -> ProductFeatures:
        path = self._path(image, "p")
        if path and path.exists():
            return ProductFeatures.from_bytes(path.read_bytes())
        features = EXTRACTOR.product(image)
        if path:
            path.write_bytes(features.to_bytes())
        return features

    def _path(self, image: NDArray[np.uint8], kind: str) -> Path | None:
        digest = hashlib.sha256(image.tobytes() + repr(image.shape).encode()).hexdigest()[:24]
        return self.folder / f"{digest}-{EXTRACTOR.version}.{kind}" if self.folder else None


def catalogue(folder: Path, remembered: Remembered) -> CatalogueIndex:
    """Every product of the set, those that only appear in clips included."""
    pictures: dict[tuple[str, str], Path] = {}
    for item in json.loads((folder / "products/truth.json").read_text("utf-8"))["products"]:
        pictures |= {(item["id"], name): folder / "products" / name for name in item["catalogue_images"]}
    for clip in json.loads((folder / "videos/truth.json").read_text("utf-8"))["clips"]:
        for item in clip.get("products", []) + clip.get("absent", []):
            if "catalogue_image" in item:
                pictures[item["product"], item["catalogue_image"]] = folder / "videos" / item["catalogue_image"]
    images = []
    for (product, name), path in pictures.items():
        picture = product_image(path.read_bytes())
        images.append(CatalogueImage(product, name, remembered.product(picture), None, thumbnail(picture)))
    return CatalogueIndex.build(images, seed=0)


def frames(
    folder: Path, only: list[str], every: int, clip_step: float
) -> Iterator[tuple[Path, float, NDArray[np.uint8]]]:
    """(medium, second, image) of every photo and of the sampled frames of every clip."""
    photos = json.loads((folder / "products/truth.json").read_text("utf-8"))["photos"]
    for photo in [p for p in photos if not only or any(o in p["file"] for o in only)][::every]:
        path = (folder / "products" / photo["file"]).resolve()
        yield path, 0.0, decode_image(path.read_bytes())
    if clip_step:
        for clip in json.loads((folder / "videos/truth.json").read_text("utf-8"))["clips"]:
            if not only or any(o in clip["video"] for o in only):
                yield from _clip((folder / "videos" / clip["video"]).resolve(), clip_step)


def _clip(path: Path, step: float) -> Iterator[tuple[Path, float, NDArray[np.uint8]]]:
    wanted = step / 2
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            at = float(frame.time or 0.0)
            if at >= wanted:
                wanted += step
                yield path, at, np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def claims(path: Path, second: float, result: FrameResult) -> list[dict[str, Any]]:
    return [
        {
            "media": str(path),
            "sku": None if d.family else d.product,
            "family": list(d.family),
            "decoy": d.decoy,
            "start_s": second,
            "end_s": second,
            "probability": round(d.probability, 4),
            "product": d.product,
            "sibling_risk": round(d.sibling_risk, 4),
            "quad": d.quad.round(1).tolist(),
            "signals": {k: round(v, 4) for k, v in d.signals.items()},
        }
        for d in result.detections
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--only", default="", help="comma-separated parts of file names")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--clips", type=float, default=0.0, help="seconds between sampled frames; 0: photos only")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    remembered = Remembered(options.cache)
    spent: Counter[str] = Counter()
    began = time.process_time()
    matcher = FrameMatcher(catalogue(options.set, remembered))
    spent["catalogue"] = time.process_time() - began  # type: ignore[assignment]
    sightings: list[dict[str, Any]] = []
    decoys: list[dict[str, Any]] = []
    candidates: list[dict[str, Any]] = []
    only = [o for o in options.only.split(",") if o]
    count = 0
    for path, second, image in frames(options.set, only, options.every, options.clips):
        start = time.process_time()
        features = remembered.frame(image)
        middle = time.process_time()
        result = matcher.match(features, image)
        spent["features"] += middle - start  # type: ignore[assignment]
        spent["matching"] += time.process_time() - middle  # type: ignore[assignment]
        count += 1
        for claim in claims(path, second, result):
            (decoys if claim["decoy"] else sightings).append(claim)
        if path.suffix.lower() not in (".mp4", ".avi"):
            candidates += [
                {"media": str(path), "sku": c.product, "probability": round(c.probability, 4)}
                for c in result.candidates
            ]
    options.json.write_text(json.dumps({"sightings": sightings, "candidates": candidates, "decoys": decoys}), "utf-8")
    wins = sum(d["probability"] >= 0.5 for d in decoys)
    print(
        f"{count} frames; CPU s a frame: features {spent['features'] / max(count, 1):.3f} (or from the cache), "
        f"matching {spent['matching'] / max(count, 1):.3f}; catalogue {spent['catalogue']:.1f} s; decoy claims {wins}"
    )


if __name__ == "__main__":
    main()
