"""What a sighting's label says, beside what the catalogue's own picture says at the same place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scout_ocr.engine import Picture
from scout_ocr.label_match import Expected, LabelVerdict, judge
from scout_ocr.signs import folded
from scout_ocr.words import Word

MOST_LINES = 2
_LEGIBLE_PIXELS = 11.0
_INSIDE = 0.02  # part of the frame's size that a line may stand outside
Reader = Callable[[Picture, Sequence[NDArray[np.float32]]], list[tuple[str, float]]]


@dataclass(frozen=True, kw_only=True)
class Region:
    """A sighting's best frame and what is printed on the picture that matched. homography: (3, 3), picture -> frame.

    lines: of the product's own picture. siblings: lines of packs it could be taken for, by sku. expected: what the
    catalogue says of it.
    """

    match_id: str
    frame: Picture
    frame_sha256: str
    homography: NDArray[np.float64]
    lines: Sequence[Word]
    siblings: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LabelRow:
    """What was read on a sighting's label, and what follows."""

    match_id: str
    text: str
    frame_sha256: str
    verdict: LabelVerdict
    fields: list[dict[str, Any]]


def label_of(region: Region, read: Reader) -> LabelRow:
    """Read the largest printed lines where the catalogue's picture has them, seen in the frame."""
    chosen = _legible(region)
    said = read(region.frame, [quad for _, quad in chosen])
    lines = [
        Expected(expected=word.text, read=text, confidence=confidence)
        for (word, _), (text, confidence) in zip(chosen, said, strict=True)
    ]
    verdict = judge(lines, region.siblings)
    fields = [
        {"name": "line", "value": line.read, "confidence": round(line.confidence, 3), "expected": line.expected}
        for line in lines
        if line.legible
    ]
    text = "\n".join(line.read for line in lines if line.legible)
    return LabelRow(
        match_id=region.match_id, text=text, frame_sha256=region.frame_sha256, verdict=verdict, fields=fields
    )


def _legible(region: Region) -> list[tuple[Word, NDArray[np.float32]]]:
    """The catalogue's lines that are large enough in the frame, with their places there: those first that tell the
    product from its siblings, then the largest."""
    shared = {folded(line) for lines in region.siblings.values() for line in lines}
    height, width = region.frame.shape[:2]
    found = []
    for word in region.lines:
        corners = np.asarray(word.quad, np.float64).reshape(1, -1, 2)
        quad = cv2.perspectiveTransform(corners, region.homography)[0].astype(np.float32)
        tall = float(np.linalg.norm(quad[0] - quad[3]) + np.linalg.norm(quad[1] - quad[2])) / 2
        low, high = -_INSIDE * np.array([width, height]), (1 + _INSIDE) * np.array([width, height])
        if tall >= _LEGIBLE_PIXELS and bool((quad >= low).all() and (quad <= high).all()):
            tells = len(word.text) >= 4 and folded(word.text) not in shared
            found.append((not tells, -tall, word, quad))
    return [(word, quad) for _, _, word, quad in sorted(found, key=lambda one: one[:2])[:MOST_LINES]]
