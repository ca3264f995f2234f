"""One winner per place: what lies on the same pack in the frame competes, and only the strongest is claimed.

Two finds compete where their outlines overlap, or where the points of one lie mostly on the other: a brand's logo
makes every pack of the brand fit a little, always on fewer points than the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.verification import Verified

CHANCE_SUPPORT = 6  # places in support that mirrored products reach now and then
OVERLAP = 0.5  # intersection over the smaller outline
_POINTS_ON = 0.6  # part of a find's points that lie on the other's outline


@dataclass(frozen=True, eq=False)
class Contest:
    """A place: the strongest find, and the weaker finds of other pictures there, strongest first."""

    winner: Verified
    rivals: tuple[Verified, ...]


def contests(found: Sequence[Verified]) -> list[Contest]:
    """Places of a frame, strongest winner first. A picture found twice at one place counts once."""
    ranked = sorted(found, key=lambda v: (-strength(v), v.entry, tuple(v.quad.ravel())))
    winners: list[Verified] = []
    rivals: list[list[Verified]] = []
    for find in ranked:
        home = next((i for i, winner in enumerate(winners) if compete(winner, find)), None)
        if home is None:
            winners.append(find)
            rivals.append([])
        elif find.entry not in {winners[home].entry, *(r.entry for r in rivals[home])}:
            rivals[home].append(find)
    return [Contest(w, tuple(r)) for w, r in zip(winners, rivals, strict=True)]


def strength(find: Verified) -> float:
    """Places in support, with the clearness of the matches as the fraction that breaks ties."""
    return find.support + min(0.99, find.closeness)


def compete(strong: Verified, weak: Verified) -> bool:
    """Whether two finds lie on one pack."""
    left, top, right, low = strong.bounds
    x0, y0, x1, y1 = weak.bounds
    if x0 >= right or x1 <= left or y0 >= low or y1 <= top:  # nothing of either is on the other
        return False
    return points_on(strong, weak) > _POINTS_ON or overlap(strong.quad, weak.quad) > OVERLAP


def overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Intersection of two convex outlines (4, 2) over the smaller one's area."""
    low, high = np.maximum(one.min(axis=0), other.min(axis=0)), np.minimum(one.max(axis=0), other.max(axis=0))
    if np.any(high <= low):
        return 0.0
    smaller = min(cv2.contourArea(one), cv2.contourArea(other))
    common, _ = cv2.intersectConvexConvex(one, other)
    return float(common) / smaller if smaller > 0 else 0.0


def points_on(strong: Verified, weak: Verified) -> float:
    """Part of the weaker find's points inside the stronger one's outline."""
    a, b = strong.quad, np.roll(strong.quad, -1, axis=0)
    edges = b - a
    offset = weak.frame_points[:, None] - a
    side = edges[:, 0] * offset[..., 1] - edges[:, 1] * offset[..., 0]
    return float(np.mean(np.all(side >= 0, axis=1)))
