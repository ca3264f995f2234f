"""The proof of a sighting: what matched, by which geometry, in which very pictures; and its recomputation.

A proof names its pictures by hash. Whoever has these can check it without trusting us: the stated points must
exist again as local features of both pictures, look alike, and lie where the stated homography puts them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.errors import BadImage
from scout_vision.image import Picture, decode_image
from scout_vision.keypoints import DESCRIPTOR_SCALE, Extractor, Features, RootSift
from scout_vision.matching import Detection

FORMAT = "tradeshow-scout-proof/1"

NEAR_PX = 1.5  # a stated point and the feature found again
ALIKE = 0.9  # distance of two RootSIFT descriptors; unrelated ones are about 1.1 apart (0..1.41)
CONFIRMED_SHARE = 0.8
FEWEST = 6
_TOLERANCE_SHARE = 0.012  # of the frame's longer side: more error than this proves nothing
_MOST_POINTS = 5000

Points = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """points: rows of (x, y in the product picture, x, y in the frame), pixels. homography: 3 x 3, product -> frame.
    outline: the product picture's corners in the frame. tolerance_px: how far points may lie from where the
    homography puts them. medium, time_s: where the frame was taken from (None: a photo). extractor: "name:version".
    """

    sku: str
    product_sha256: str
    frame_sha256: str
    medium_sha256: str
    medium: str
    time_s: float | None
    probability: float
    inliers: int
    points: tuple[tuple[float, float, float, float], ...]
    homography: tuple[tuple[float, float, float], ...]
    outline: tuple[tuple[float, float], ...]
    tolerance_px: float
    extractor: str
    versions: Mapping[str, str]

    def to_json(self) -> str:
        """Indented, with sorted keys: the same proof is the same text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Proof:
        """Raises ValueError where the text is no proof: not JSON, fields missing, numbers that are none."""
        try:
            return _read(json.loads(text))
        except (KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise ValueError(f"this is not a proof: {type(error).__name__} {error}") from error


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """holds: nothing speaks against the proof. reasons: what does. confirmed: stated points found again, out of
    `stated`. reprojection_px: their median distance from where the homography puts them."""

    holds: bool
    reasons: tuple[str, ...]
    confirmed: int = 0
    stated: int = 0
    reprojection_px: float = math.nan


def build_proof(
    detection: Detection,
    *,
    sku: str,
    product_sha256: str,
    frame_sha256: str,
    medium_sha256: str,
    medium: str,
    time_s: float | None,
    probability: float,
    extractor: str,
) -> Proof:
    """Write down what a detection rests on. extractor: "name:version" of what found its points."""
    # One place may carry several keypoints (sizes, directions): it is stated once.
    pairs = np.unique(np.hstack([detection.product_points, detection.frame_points]).astype(np.float64).round(2), axis=0)
    errors = _reprojection(detection.homography, pairs)
    return Proof(
        sku=sku,
        product_sha256=product_sha256,
        frame_sha256=frame_sha256,
        medium_sha256=medium_sha256,
        medium=medium,
        time_s=None if time_s is None else round(float(time_s), 3),
        probability=round(float(probability), 6),
        inliers=len(pairs),
        points=tuple((a, b, c, d) for a, b, c, d in pairs.tolist()),
        homography=tuple((float(a), float(b), float(c)) for a, b, c in detection.homography.tolist()),
        outline=tuple((round(x, 2), round(y, 2)) for x, y in detection.quad.tolist()),
        tolerance_px=round(float(errors.max(initial=0.0)) + 0.1, 2),
        extractor=extractor,
        versions={"opencv": cv2.__version__, "numpy": np.__version__},
    )


def check_proof(
    proof: Proof, product: bytes, frame: bytes, extractor: Extractor | None = None, length: float = DESCRIPTOR_SCALE
) -> Verdict:
    """Recompute a proof from the stored pictures' bytes; everything that speaks against it is told.

    length: of the extractor's descriptors, as they are kept in bytes."""
    extractor = extractor or RootSift()
    against = _other_pictures(proof, product, frame)
    if proof.extractor != f"{extractor.name}:{extractor.version}":
        against.append(f"it was made with {proof.extractor}; this is {extractor.name}:{extractor.version}")
    try:
        product_image, frame_image = decode_image(product), decode_image(frame)
    except BadImage as error:
        return Verdict(holds=False, reasons=(*against, f"a picture cannot be read: {error}"), stated=len(proof.points))
    pairs = np.unique(np.array(proof.points, np.float64).reshape(-1, 4), axis=0)
    homography = np.array(proof.homography, np.float64)
    against += _bad_geometry(proof, pairs, homography, product_image, frame_image)
    errors = _reprojection(homography, pairs)
    found = _found_again(pairs, extractor.product(product_image).features, extractor.frame(frame_image), length)
    good = found & (errors <= proof.tolerance_px)
    if good.sum() < max(FEWEST, CONFIRMED_SHARE * len(proof.points)):
        against.append(
            f"only {int(good.sum())} of {len(proof.points)} stated points could be confirmed "
            f"({int(found.sum())} were found again and look alike)"
        )
    middle = float(np.median(errors[good])) if good.any() else math.nan
    return Verdict(
        holds=not against,
        reasons=tuple(against),
        confirmed=int(good.sum()),
        stated=len(proof.points),
        reprojection_px=middle,
    )


def rectify(frame_image: Picture, homography: NDArray[np.float64], width: int, height: int) -> Picture:
    """The matched place as the packshot shows it: RGB (height, width, 3); what lies outside the frame is grey."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(frame_image, homography, (width, height), flags=how, borderValue=(128, 128, 128))
    return np.asarray(seen, np.uint8)


def _other_pictures(proof: Proof, product: bytes, frame: bytes) -> list[str]:
    named = (("product picture", product, proof.product_sha256), ("frame", frame, proof.frame_sha256))
    return [
        f"the {name} is not the one of the proof (sha256 {hashlib.sha256(data).hexdigest()[:12]}, not {stated[:12]})"
        for name, data, stated in named
        if hashlib.sha256(data).hexdigest() != stated
    ]


def _bad_geometry(
    proof: Proof, pairs: Points, homography: Points, product_image: Picture, frame_image: Picture
) -> list[str]:
    against = []
    height, width = product_image.shape[:2]
    longer = max(frame_image.shape[:2])
    if proof.inliers != len(proof.points) or len(pairs) != len(proof.points):
        against.append(f"{proof.inliers} points are claimed, {len(pairs)} different ones are stated")
    if not 0 < proof.tolerance_px <= max(3.0, _TOLERANCE_SHARE * longer):
        against.append(f"a tolerance of {proof.tolerance_px} pixels proves nothing")
    if not np.isfinite(homography).all() or abs(np.linalg.det(homography)) < 1e-12:
        return [*against, "the homography is singular"]
    right, low = width - 1, height - 1
    corners = np.array([[0, 0, 0, 0], [right, 0, 0, 0], [right, low, 0, 0], [0, low, 0, 0]], np.float64)
    corners[:, 2:] = proof.outline
    if _reprojection(homography, corners).max() > max(2.0, 0.004 * longer):
        against.append("the outline is not where the homography puts the product picture")
    return against


def _reprojection(homography: Points, pairs: Points) -> Points:
    """(N,) pixels between where the homography puts the product points and the stated frame points."""
    at = np.hstack([pairs[:, :2], np.ones((len(pairs), 1))]) @ homography.T
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.linalg.norm(at[:, :2] / at[:, 2:] - pairs[:, 2:], axis=1)
    return np.asarray(np.nan_to_num(distance, nan=np.inf), np.float64)


def _found_again(pairs: Points, product: Features, frame: Features, length: float) -> NDArray[np.bool_]:
    """(N,) whether each stated pair exists: a feature near it in both pictures, of like descriptors."""
    return np.array([_alike(pair, product, frame, length) for pair in pairs], np.bool_)


def _alike(pair: Points, product: Features, frame: Features, length: float) -> bool:
    sides = []
    for features, place in ((product, pair[:2]), (frame, pair[2:])):
        near = np.flatnonzero(np.abs(features.points - place).max(axis=1, initial=0.0) <= NEAR_PX)
        sides.append(features.descriptors[near].astype(np.float32) / length)
    if not len(sides[0]) or not len(sides[1]):
        return False
    return float(np.linalg.norm(sides[0][:, None] - sides[1][None], axis=2).min()) <= ALIKE


def _read(document: Any) -> Proof:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"this is not a proof of the format {FORMAT}")
    points = _rows(document["points"], 4)
    if len(points) > _MOST_POINTS:
        raise ValueError(f"this proof states {len(points)} points, more than the {_MOST_POINTS} allowed")
    homography, outline = _rows(document["homography"], 3), _rows(document["outline"], 2)
    if len(homography) != 3 or len(outline) != 4:
        raise ValueError("this proof's homography or outline is incomplete")
    time_s = document["time_s"]
    return Proof(
        points=points,  # type: ignore[arg-type]  # rows of four, by _rows
        homography=homography,  # type: ignore[arg-type]
        outline=outline,  # type: ignore[arg-type]
        time_s=None if time_s is None else float(time_s),
        inliers=int(document["inliers"]),
        probability=float(document["probability"]),
        tolerance_px=float(document["tolerance_px"]),
        versions={str(k): str(v) for k, v in document["versions"].items()},
        **{name: str(document[name]) for name in _TEXTS},
    )


_TEXTS = ("sku", "product_sha256", "frame_sha256", "medium_sha256", "medium", "extractor")


def _rows(values: Sequence[Sequence[Any]], width: int) -> tuple[tuple[float, ...], ...]:
    rows = tuple(tuple(float(v) for v in row) for row in values)
    if any(len(row) != width or not all(map(math.isfinite, row)) for row in rows):
        raise ValueError(f"this proof has rows that are not {width} finite numbers")
    return rows
