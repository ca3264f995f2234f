"""Which products may be where: local features vote for a product, a place, a size and a turn.

Local naive-Bayes nearest neighbour weights (McCann and Lowe 2012), squared, and a Hough-style vote for the pose
(Lowe 2004), both over ONE index of all products: the cost hardly grows with the catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_vision.entries import Entries

PLACE = 0.25  # votes agree within this part of the predicted size,
OCTAVES = 0.7  # this difference of scale,
TURN_COSINE = 0.85  # and this cosine of the difference of turn
_TURN_SHARE = np.arccos(TURN_COSINE) / np.pi
_SCALE_SHARE = 0.3


@dataclass(frozen=True, eq=False)
class Votes:
    """One row per (keypoint, entry) that is nearer than chance. All arrays (V,), `centre` (V, 2); pixels, radians."""

    entry: NDArray[np.int32]
    keypoint: NDArray[np.int32]
    weight: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    turn: NDArray[np.float32]


@dataclass(frozen=True)
class Pose:
    """A similarity: picture -> frame. `centre` is where the picture's centre falls."""

    x: float
    y: float
    scale: float
    turn: float


@dataclass(frozen=True)
class Hypothesis:
    """A product may be at a pose. score: evidence beyond chance; votes: how many keypoints agree."""

    entry: int
    pose: Pose
    score: float
    votes: int


def cast(
    entries: Entries,
    points: NDArray[np.float32],
    sizes: NDArray[np.float32],
    angles: NDArray[np.float32],
    rows: NDArray[np.int64],
    distances: NDArray[np.float32],
    nearness: float = 0.95,
) -> Votes:
    """Votes from the neighbours of a frame's keypoints.

    rows: (M, K + 1) index rows, nearest first, -1 where missing. distances: (M, K + 1), the last is the reference.
    """
    reference = distances[:, -1:]
    near = (rows[:, :-1] >= 0) & (distances[:, :-1] < nearness * reference)
    keypoint, column = np.nonzero(near)
    row = rows[keypoint, column]
    weight = ((1 - distances[keypoint, column] / reference[keypoint, 0]) ** 2).astype(np.float32)
    entry = entries.owner[row]
    first = _first_of_each(keypoint.astype(np.int64) * (len(entries) + 1) + entry)
    keypoint, row, weight, entry = keypoint[first], row[first], weight[first], entry[first]
    scale = sizes[keypoint] / entries.sizes[row]
    turn = angles[keypoint] - entries.angles[row]
    offset = entries.centres[entry] - entries.points[row]
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    centre = points[keypoint] + np.stack(
        [cos * offset[:, 0] - sin * offset[:, 1], sin * offset[:, 0] + cos * offset[:, 1]], axis=1
    )
    return Votes(entry.astype(np.int32), keypoint.astype(np.int32), weight, centre.astype(np.float32), scale, turn)


def _first_of_each(keys: NDArray[np.int64]) -> NDArray[np.intp]:
    """Positions of the first row of each key (rows come nearest first within a keypoint)."""
    return np.sort(np.unique(keys, return_index=True)[1])


def totals(votes: Votes, count: int) -> NDArray[np.float64]:
    """(count,) summed weight of each entry, whatever the pose: the weakest evidence there is."""
    return np.bincount(votes.entry, votes.weight.astype(np.float64), minlength=count).astype(np.float64)


def totals_within(
    votes: Votes, points: NDArray[np.float32], quad: NDArray[np.float32], entries: Sequence[int]
) -> dict[int, float]:
    """Summed weight of each of these entries' votes whose keypoints lie in the bounds of an outline (4, 2).

    points: (M, 2), all the frame's keypoints.
    """
    own = np.flatnonzero(np.isin(votes.entry, entries))
    at = points[votes.keypoint[own]]
    own = own[((at >= quad.min(axis=0)) & (at <= quad.max(axis=0))).all(axis=1)]
    return {entry: float(votes.weight[own][votes.entry[own] == entry].sum()) for entry in entries}


def hypotheses(
    entries: Entries,
    votes: Votes,
    frame_area: float,
    *,
    products: int = 80,
    per_product: int = 200,
    instances: int = 6,
    minimum: int = 3,
) -> list[Hypothesis]:
    """Places where votes agree, best first; several per product, as packs stand side by side on shelves."""
    total = totals(votes, len(entries))
    chosen = np.argsort(-total, kind="stable")[:products]
    chosen = chosen[total[chosen] > 0]
    order = np.lexsort((-votes.weight, votes.entry))
    starts = np.searchsorted(votes.entry[order], np.arange(len(entries) + 1))
    found: list[Hypothesis] = []
    for entry in chosen:
        rows = order[starts[entry] : starts[entry + 1]]
        if len(rows) >= minimum:
            found += _clusters(entries, votes, rows[:per_product], len(rows), frame_area, instances, minimum)
    return sorted(found, key=lambda h: (-h.score, h.entry, h.pose.x, h.pose.y))


def _clusters(
    entries: Entries,
    votes: Votes,
    rows: NDArray[np.intp],
    cast_in_all: int,
    frame_area: float,
    instances: int,
    minimum: int,
) -> list[Hypothesis]:
    """Groups of agreeing votes of one entry, taken greedily, strongest first."""
    entry = int(votes.entry[rows[0]])
    side = float(entries.sides[entry])
    agree = _agreement(votes, rows, side)
    weight = votes.weight[rows]
    alive = np.ones(len(rows), bool)
    found = []
    for _ in range(instances):
        support = agree @ (weight * alive) * alive
        best = int(support.argmax())
        members = np.flatnonzero(agree[best] & alive)
        if len(members) < minimum:
            break
        size = float(votes.scale[rows[best]]) * side
        window = min(1.0, np.pi * (PLACE * size) ** 2 / frame_area)
        expected = max(cast_in_all * window * _TURN_SHARE * _SCALE_SHARE, 1e-3)
        n = len(members)
        surprise = n * np.log(n / expected) - (n - expected) if n > expected else 0.0
        score = float(weight[members].sum() * surprise)
        found.append(Hypothesis(entry, _pose(votes, rows[members]), score, n))
        alive[members] = False
    return found


def _agreement(votes: Votes, rows: NDArray[np.intp], side: float) -> NDArray[np.bool_]:
    """(V, V): whether vote j lies within the window of vote i."""
    x, y = votes.centre[rows, 0], votes.centre[rows, 1]
    octave, turn = np.log2(votes.scale[rows]), votes.turn[rows]
    reach = (PLACE * side * votes.scale[rows]) ** 2
    near = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2 < reach[:, None]
    near &= np.abs(octave[:, None] - octave) < OCTAVES
    cos, sin = np.cos(turn), np.sin(turn)
    near &= np.outer(cos, cos) + np.outer(sin, sin) > TURN_COSINE
    return np.asarray(near, np.bool_)


def _pose(votes: Votes, rows: NDArray[np.intp]) -> Pose:
    turn = votes.turn[rows]
    middle = len(rows) // 2  # medians by sorting: np.median costs more than the rest of the vote
    x, y = np.sort(votes.centre[rows], axis=0)[middle]
    scale = float(np.sort(votes.scale[rows])[middle])
    weight = votes.weight[rows]
    return Pose(float(x), float(y), scale, float(np.arctan2(weight @ np.sin(turn), weight @ np.cos(turn))))
