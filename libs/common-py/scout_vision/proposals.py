"""Products that a frame's vectors propose join the voting's: named with a region, and verified there by their points.

Votes find what shows enough print; a vector sees the whole pack. A proposal has only to say which product and about
where: it is worth nothing until `verify` has found the product's points at the place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_vision import voting
from scout_vision.catalogue import CatalogueIndex
from scout_vision.verification import FrameView, Verified, verify
from scout_vision.voting import Hypothesis, Pose, Votes

MOST = 12  # proposals of a frame that are verified
FEWEST = 10  # inliers: no decoy is ever proposed, so chance must be out of the question
_FEWEST_VOTES = 2  # that tell where in its region a proposed product lies, and how large it is
_BEYOND = 0.25  # of the region's side: a product that is nearest to a region may stick out of it


@dataclass(frozen=True)
class Proposal:
    """A product picture may be in a part of the frame. box: left, top, right, bottom as fractions of the frame."""

    picture: str
    box: tuple[float, float, float, float]
    similarity: float


def verified_proposals(
    index: CatalogueIndex, proposed: Sequence[Proposal], votes: Votes, view: FrameView, found: Sequence[Verified]
) -> list[Verified]:
    """What the best proposals hold, but for those that the voting has found already."""
    entry_of = {index.labels[entry][1]: entry for entry in range(index.pictures)}
    asked = [(entry_of[p.picture], _pixels(p.box, view)) for p in _ranked(proposed) if p.picture in entry_of]
    more: list[Verified] = []
    for entry, box in asked[:MOST]:
        if any(f.entry == entry and _within(f.quad.mean(axis=0), box) for f in found):
            continue
        for place in _places(index, entry, box, votes, view):
            find = verify(index.entries, view, place)
            if find is not None and find.inliers >= FEWEST:
                more.append(find)
                break
    return more


def _ranked(proposed: Sequence[Proposal]) -> list[Proposal]:
    return sorted(proposed, key=lambda p: (-p.similarity, p.picture, p.box))


def _places(
    index: CatalogueIndex, entry: int, box: NDArray[np.float32], votes: Votes, view: FrameView
) -> list[Hypothesis]:
    """Where the few votes of the product agree within the region; and upright, as large as the region."""
    rows = np.flatnonzero((votes.entry == entry) & _within(votes.centre, box))
    own = Votes(*(getattr(votes, name)[rows] for name in _COLUMNS))
    area = float(view.features.width * view.features.height)
    agreed = voting.hypotheses(index.entries, own, area, products=1, instances=1, minimum=_FEWEST_VOTES)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    scale = float(box[3] - box[1]) / float(index.entries.sides[entry])
    return [*agreed, Hypothesis(entry, Pose(float(x), float(y), scale, 0.0), 0.0, 0)]


_COLUMNS = ("entry", "keypoint", "weight", "centre", "scale", "turn")


def _pixels(box: tuple[float, float, float, float], view: FrameView) -> NDArray[np.float32]:
    width, height = view.features.width, view.features.height
    return np.array(box, np.float32) * np.array([width, height, width, height], np.float32)


def _within(points: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which points (..., 2) lie in a box with its margin."""
    margin = _BEYOND * (box[2:] - box[:2])
    return np.asarray(np.all((points >= box[:2] - margin) & (points <= box[2:] + margin), axis=-1), np.bool_)
