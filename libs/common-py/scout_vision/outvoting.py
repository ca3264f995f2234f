"""One thing cannot be two products: a few frames that took a pack for its sibling are outvoted by the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.tracking import Track

Points = NDArray[np.float32]

SAME_PLACE = 0.5  # intersection over union of two outlines
SAME_MOMENT_S = 0.005
MAJORITY = 2.0  # how much better founded the track has to be that outvotes another


@dataclass(frozen=True, eq=False)
class Landing:
    """A product followed from its track to a keyframe that does not show it: there it is at `outline`, (4, 2)."""

    track: int
    time_s: float
    outline: Points


def outvoted(tracks: Sequence[Track], landings: Sequence[Landing]) -> set[int]:
    """Numbers of the tracks that name a thing otherwise than a far better founded track does."""
    votes = [_votes(found) for found in tracks]
    return {
        landing.track
        for landing in landings
        for number, other in enumerate(tracks)
        if votes[number] >= MAJORITY * votes[landing.track]
        and _are_rivals(other, tracks[landing.track])
        and _is_at(other, landing)
    }


def _are_rivals(one: Track, other: Track) -> bool:
    return one.decoy == other.decoy and _names(one).isdisjoint(_names(other))


def _is_at(other: Track, landing: Landing) -> bool:
    there = [d.quad for time_s, d in other.detections if abs(time_s - landing.time_s) < SAME_MOMENT_S]
    return any(overlap(landing.outline, quad) > SAME_PLACE for quad in there)


def _names(found: Track) -> set[str]:
    return {found.product} if found.product is not None else set(found.family)


def _votes(found: Track) -> float:
    """Keyframes that speak for the track, each by how sure it is of the very product."""
    best: dict[float, float] = {}
    for time_s, d in found.detections:
        best[time_s] = max(best.get(time_s, 0.0), d.probability * (1 - d.sibling_risk))
    return sum(best.values())


def overlap(one: Points, other: Points) -> float:
    """Intersection over union of two convex outlines (4, 2)."""
    one, other = np.asarray(one, np.float32), np.asarray(other, np.float32)
    common, _ = cv2.intersectConvexConvex(one, other)
    union = float(cv2.contourArea(one)) + float(cv2.contourArea(other)) - float(common)
    return float(common) / union if union > 0 else 0.0
