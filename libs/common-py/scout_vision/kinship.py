"""Which pictures of a catalogue show sibling packs, and how one lies on the other: found once, when the index is built.

At match time the siblings of whatever wins a place are verified there too: the votes alone may have named only one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_vision import voting
from scout_vision.entries import Entries
from scout_vision.planar import corners, project
from scout_vision.verification import FrameView, verify
from scout_vision.voting import Hypothesis, Pose

Nearest = Callable[[NDArray[np.float32], int], tuple[NDArray[np.float32], NDArray[np.int64]]]
MOST_SIBLINGS, FEWEST_INLIERS = 4, 10
_ROWS, _NEIGHBOURS, _TRIED = 400, 12, 5
_LEAST_VOTES = 8  # as fewer cannot make the inliers that are asked for


@dataclass(frozen=True, eq=False)
class Kinship:
    """pairs: (R, 2) int32, picture and sibling. maps: (R, 3, 3) float64, sibling's pixels -> picture's pixels."""

    pairs: NDArray[np.int32]
    maps: NDArray[np.float64]

    @staticmethod
    def none() -> Kinship:
        return Kinship(np.zeros((0, 2), np.int32), np.zeros((0, 3, 3)))

    def of(self, picture: int) -> list[tuple[int, NDArray[np.float64]]]:
        """(sibling, map to this picture) of every sibling of a picture."""
        start, end = np.searchsorted(self.pairs[:, 0], [picture, picture + 1])
        return [(int(self.pairs[i, 1]), self.maps[i]) for i in range(start, end)]


def kinship(entries: Entries, products: Sequence[str], nearest: Nearest) -> Kinship:
    """Siblings of every picture: those of other products that verify against it, strongest first.

    products: the product of each picture.
    """
    pairs, maps = [], []
    for picture in range(len(products)):
        for sibling, to_picture in _siblings(entries, products, nearest, picture):
            pairs.append((picture, sibling))
            maps.append(to_picture)
    if not pairs:
        return Kinship.none()
    return Kinship(np.array(pairs, np.int32), np.array(maps))


def _siblings(
    entries: Entries, products: Sequence[str], nearest: Nearest, picture: int
) -> list[tuple[int, NDArray[np.float64]]]:
    view = FrameView.of_entry(entries, picture, _ROWS)
    f = view.features
    distances, rows = nearest(view.coordinates, _NEIGHBOURS + 1)
    rows = np.where((rows >= 0) & (entries.owner[rows] == picture), -1, rows)
    distances[:, -1] = np.where(np.isfinite(distances[:, -1]), distances[:, -1], distances[:, :-1].max(axis=1))
    votes = voting.cast(entries, f.points, f.sizes, f.angles, rows, distances)
    found = voting.hypotheses(entries, votes, float(f.width * f.height), products=8, instances=1, minimum=_LEAST_VOTES)
    others = [h for h in found if h.entry < len(products) and products[h.entry] != products[picture]][:_TRIED]
    good = [v for h in others if (v := verify(entries, view, h)) is not None and v.inliers >= FEWEST_INLIERS]
    good.sort(key=lambda v: (-v.inliers, v.entry))
    return [(v.entry, v.homography) for v in good[:MOST_SIBLINGS]]


def imitates(entries: Entries, nearest: Nearest, view: FrameView, most: int) -> bool:
    """Whether a mirrored picture, seen as a frame, verifies with more than `most` inliers against any picture."""
    f = view.features
    distances, rows = nearest(view.coordinates, _NEIGHBOURS + 1)
    votes = voting.cast(entries, f.points, f.sizes, f.angles, rows, distances)
    found = voting.hypotheses(entries, votes, float(f.width * f.height), products=8, instances=1, minimum=_LEAST_VOTES)[
        :_TRIED
    ]
    return any((v := verify(entries, view, h)) is not None and v.inliers > most for h in found)


def placed(entries: Entries, sibling: int, to_frame: NDArray[np.float64]) -> Hypothesis:
    """The hypothesis that a sibling's picture lies where a homography puts it."""
    quad = project(to_frame, corners(entries.shapes[sibling]))
    x, y = quad.mean(axis=0)
    right = quad[1] + quad[2] - quad[0] - quad[3]
    area = 0.5 * abs(float(np.dot(quad[:, 0], np.roll(quad[:, 1], -1)) - np.dot(quad[:, 1], np.roll(quad[:, 0], -1))))
    scale = float(np.sqrt(max(area, 1.0) / max(float(entries.shapes[sibling].prod()), 1.0)))
    return Hypothesis(sibling, Pose(float(x), float(y), scale, float(np.arctan2(right[1], right[0]))), 0.0, 0)
