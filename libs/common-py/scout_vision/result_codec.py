"""Detections as JSON: what a frame's result is remembered as, and what a proof is checked against.

Coordinates keep a hundredth of a pixel; homographies keep every digit.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scout_vision.matching import Candidate, Detection, FrameResult

_LARGEST = 64 * 2**20  # bytes of JSON that a stored result may unpack to


def encode_result(result: FrameResult) -> bytes:
    """A frame's result as compressed JSON, the same bytes for the same result."""
    document = {
        "detections": [detection_to_json(detection) for detection in result.detections],
        "candidates": [[c.product, round(c.probability, 6), round(c.votes, 4)] for c in result.candidates],
    }
    return zlib.compress(json.dumps(document, separators=(",", ":"), sort_keys=True).encode(), 6)


def decode_result(data: bytes) -> FrameResult:
    """Raises ValueError where data is not what encode_result wrote."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data, _LARGEST)
        if not unpacker.eof:  # also checks the sum at the end
            raise ValueError("not a stored frame result: cut off, or too large")
        document = json.loads(unpacked)
        detections = tuple(detection_from_json(item) for item in document["detections"])
        candidates = tuple(Candidate(product, p, votes) for product, p, votes in document["candidates"])
    except (zlib.error, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"not a stored frame result: {error}") from error
    return FrameResult(detections, candidates)


def detection_to_json(detection: Detection) -> dict[str, Any]:
    """A detection as plain JSON values."""
    return {
        "product": detection.product,
        "image": detection.image,
        "decoy": detection.decoy,
        "quad": _rounded(detection.quad),
        "homography": detection.homography.tolist(),
        "product_points": _rounded(detection.product_points),
        "frame_points": _rounded(detection.frame_points),
        "signals": {name: round(float(value), 6) for name, value in sorted(detection.signals.items())},
        "family": list(detection.family),
        "probability": round(float(detection.probability), 6),
        "sibling_risk": round(float(detection.sibling_risk), 6),
    }


def detection_from_json(item: Mapping[str, Any]) -> Detection:
    """Raises ValueError, KeyError or TypeError where item is not what detection_to_json gave."""
    return Detection(
        product=str(item["product"]),
        image=str(item["image"]),
        decoy=bool(item["decoy"]),
        quad=_points(item["quad"]),
        homography=np.asarray(item["homography"], np.float64).reshape(3, 3),
        product_points=_points(item["product_points"]),
        frame_points=_points(item["frame_points"]),
        signals={str(name): float(value) for name, value in item["signals"].items()},
        family=tuple(map(str, item["family"])),
        probability=float(item["probability"]),
        sibling_risk=float(item["sibling_risk"]),
    )


def _rounded(points: NDArray[np.float32]) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def _points(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32).reshape(-1, 2)
