"""Does a product really stand where the votes say? A homography through matches inside the voted region tells.

Only the frame's keypoints inside the region are matched (mutual nearest neighbours, Lowe's ratio against the next
DIFFERENT place of the picture), then USAC_MAGSAC (Barath et al. 2020) fits, and only plausible outlines pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scout_vision.decoys import Projection
from scout_vision.entries import Entries
from scout_vision.keypoints import DESCRIPTOR_BYTES, Features
from scout_vision.planar import (
    FEWEST_INLIERS,
    SAME_PLACE,
    corners,
    distinct_places,
    hull_share,
    other_parts,
    plausible_fit,
    project,
    tolerance_of,
)
from scout_vision.voting import Hypothesis, Pose

RATIO = 0.9
POSE_PLACE, POSE_OCTAVES, POSE_TURN_COSINE = 0.25, 1.0, 0.7  # how far a match may be from the voted pose
MARGIN, KNOWN_MARGIN = (
    0.25,
    0.08,
)  # of the picture's long side, beyond its outline, still belongs to the region; the other, where the place is known
MOST_REGION_POINTS, MOST_ROWS = 1000, 1200  # of the frame and of the picture: a close-up has more than it needs
_LEAST_SIZE_SHARE = 0.6  # a keypoint that would be smaller than this part of the frame's smallest is not looked for


@dataclass(frozen=True, eq=False)
class FrameView:
    """A frame's features in the catalogue's coordinates. coordinates: (M, D) float32; norms: (M,) squared lengths."""

    features: Features
    coordinates: NDArray[np.float32]
    norms: NDArray[np.float32]

    @staticmethod
    def of(features: Features, projection: Projection) -> FrameView:
        coordinates = projection.apply(features.descriptors)
        return FrameView(features, coordinates, np.einsum("ij,ij->i", coordinates, coordinates))

    @staticmethod
    def of_entry(entries: Entries, entry: int, most: int) -> FrameView:
        """A catalogue picture's `most` worthy keypoints as if they were a frame's, to lay one picture on another."""
        rows = entries.rows_of(entry)
        rows = slice(rows.start, min(rows.stop, rows.start + most))
        coordinates = entries.codes[rows].astype(np.float32)
        width, height = (int(v) for v in entries.shapes[entry])
        none = np.zeros((len(coordinates), DESCRIPTOR_BYTES), np.uint8)
        features = Features(entries.points[rows], entries.sizes[rows], entries.angles[rows], none, width, height)
        return FrameView(features, coordinates, np.einsum("ij,ij->i", coordinates, coordinates))


@dataclass(frozen=True, eq=False)
class Verified:
    """A product at a place, with the points that prove it.

    homography: (3, 3) float64, picture -> frame. quad: (4, 2) float32, the picture's corners in the frame, clockwise
    from its top left. product_points, frame_points: (N, 2) float32. keypoints: (N,) rows of the frame's features.
    inliers: distinct places on both sides. support: the same with the points of the pack's other faces and folds, which
    fit maps of their own. matches: pairs offered to the fit. area: part of the picture inside the hull of its support.
    closeness: mean of 1 - ratio over the inliers.
    """

    entry: int
    homography: NDArray[np.float64]
    quad: NDArray[np.float32]
    product_points: NDArray[np.float32]
    frame_points: NDArray[np.float32]
    keypoints: NDArray[np.intp]
    inliers: int
    support: int
    matches: int
    area: float
    closeness: float
    score: float

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and low end of the outline."""
        left, top = self.quad.min(axis=0).tolist()
        right, low = self.quad.max(axis=0).tolist()
        return left, top, right, low


def verify(entries: Entries, view: FrameView, hypothesis: Hypothesis, margin: float = MARGIN) -> Verified | None:
    """The product of a hypothesis at its place, or None where too little agrees. margin: how far off it may lie."""
    frame = view.features
    entry = hypothesis.entry
    inside = region(frame.points, hypothesis.pose, entries.shapes[entry], margin)
    rows = _visible_rows(entries, entry, hypothesis.pose.scale, frame, inside)
    if len(inside) < FEWEST_INLIERS or len(rows) < FEWEST_INLIERS:
        return None
    pairs = agreeing(entries, frame, ratio_matches(entries, rows, view, inside), hypothesis)
    pairs = mutual(entries, pairs, view, inside) if len(pairs.frame) else pairs
    if len(pairs.frame) < FEWEST_INLIERS:
        return None
    product_points, frame_points = entries.points[pairs.row], frame.points[pairs.frame]
    tolerance = tolerance_of(hypothesis.pose.scale * float(entries.sides[entry]), frame)
    fit = plausible_fit(product_points, frame_points, tolerance, entries.shapes[entry])
    if fit is None:
        return None
    homography, kept = fit
    bent = other_parts(product_points, frame_points, kept, tolerance, entries.shapes[entry])
    side = float(entries.sides[entry])
    quad = project(homography, corners(entries.shapes[entry]))
    p, f = product_points[kept], frame_points[kept]
    return Verified(
        entry=entry,
        homography=homography,
        quad=quad,
        product_points=p,
        frame_points=f,
        keypoints=pairs.frame[kept],
        inliers=distinct_places(p, f, side),
        support=distinct_places(product_points[bent], frame_points[bent], side),
        matches=len(pairs.frame),
        area=hull_share(product_points[bent], entries.shapes[entry]),
        closeness=float(1 - pairs.ratio[kept].mean()),
        score=hypothesis.score,
    )


def region(
    points: NDArray[np.float32], pose: Pose, shape: NDArray[np.float32], margin: float = MARGIN
) -> NDArray[np.intp]:
    """Rows of the frame's points that fall on the picture (with a margin) under a pose."""
    offset = points - np.array([pose.x, pose.y], np.float32)
    cos, sin = np.cos(pose.turn) / pose.scale, np.sin(pose.turn) / pose.scale
    across = offset[:, 0] * cos + offset[:, 1] * sin
    down = offset[:, 1] * cos - offset[:, 0] * sin
    reach = shape / 2 + margin * shape.max()
    inside = np.flatnonzero((np.abs(across) <= reach[0]) & (np.abs(down) <= reach[1]))
    return inside[:MOST_REGION_POINTS]  # features come strongest first


def _visible_rows(
    entries: Entries, entry: int, scale: float, frame: Features, inside: NDArray[np.intp]
) -> NDArray[np.intp]:
    """The picture's keypoints that can be seen at this scale, the worthiest where they are many, view by view."""
    rows = entries.rows_of(entry)
    if not len(inside):
        return np.zeros(0, np.intp)
    sizes = entries.sizes[rows] * scale
    low, high = float(frame.sizes[inside].min()), float(frame.sizes[inside].max())
    seen = np.flatnonzero((sizes >= _LEAST_SIZE_SHARE * low) & (sizes <= high / _LEAST_SIZE_SHARE))[:MOST_ROWS]
    return np.asarray(rows.start + seen[np.argsort(entries.views[rows][seen], kind="stable")], np.intp)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Matches: frame rows, entry rows, and the ratio of the best distance to the next place's."""

    frame: NDArray[np.intp]
    row: NDArray[np.intp]
    ratio: NDArray[np.float32]


def ratio_matches(entries: Entries, rows: NDArray[np.intp], view: FrameView, inside: NDArray[np.intp]) -> Pairs:
    """The nearest of `rows` to each keypoint inside, where it passes the ratio test against another place."""
    near, where = _two_best_per_view(entries, rows, view, inside)
    lines = np.arange(len(inside))
    first = near.argmin(axis=1)
    best, d_best = where[lines, first], near[lines, first]
    places = entries.points[rows]
    apart = np.square(places[where] - places[best][:, None]).sum(axis=2)
    near[apart < (SAME_PLACE * entries.sides[entries.owner[rows[0]]]) ** 2] = np.inf
    ratio = np.sqrt(np.maximum(d_best, 0) / np.maximum(near.min(axis=1), 1e-6))
    kept = np.flatnonzero(ratio < RATIO)
    kept = kept[np.argsort(ratio[kept], kind="stable")]  # USAC's PROSAC takes the surest first
    return Pairs(inside[kept], rows[best[kept]], ratio[kept].astype(np.float32))


def _two_best_per_view(
    entries: Entries, rows: NDArray[np.intp], view: FrameView, inside: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """(F, 2 V) squared distances of each keypoint to its two nearest rows in each view, and their positions."""
    codes = entries.codes[rows].astype(np.float32)
    half = np.einsum("ij,ij->i", codes, codes) / 2
    coordinates, lines = view.coordinates[inside], np.arange(len(inside))
    values, columns = [], []
    views = entries.views[rows]
    starts = np.flatnonzero(np.r_[True, views[1:] != views[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(views)], strict=True):
        closeness = coordinates @ codes[start:end].T
        closeness -= half[start:end]
        for _ in range(2):
            at = closeness.argmax(axis=1)
            values.append(view.norms[inside] - 2 * closeness[lines, at])
            columns.append(at + start)
            closeness[lines, at] = -np.inf
    return np.stack(values, axis=1), np.stack(columns, axis=1)


def mutual(entries: Entries, pairs: Pairs, view: FrameView, inside: NDArray[np.intp]) -> Pairs:
    """The pairs whose picture keypoint has no nearer keypoint inside the region."""
    codes = entries.codes[pairs.row].astype(np.float32)
    closeness = codes @ view.coordinates[inside].T
    closeness -= view.norms[inside] / 2
    both = inside[closeness.argmax(axis=1)] == pairs.frame
    return Pairs(pairs.frame[both], pairs.row[both], pairs.ratio[both])


def agreeing(entries: Entries, frame: Features, pairs: Pairs, hypothesis: Hypothesis) -> Pairs:
    """The pairs that fit the voted pose roughly: in place, size and turn."""
    pose, entry = hypothesis.pose, hypothesis.entry
    offset = entries.points[pairs.row] - entries.centres[entry]
    cos, sin = np.cos(pose.turn) * pose.scale, np.sin(pose.turn) * pose.scale
    expected = np.column_stack(
        [pose.x + cos * offset[:, 0] - sin * offset[:, 1], pose.y + sin * offset[:, 0] + cos * offset[:, 1]]
    )
    miss = np.linalg.norm(frame.points[pairs.frame] - expected, axis=1)
    octaves = np.log2(frame.sizes[pairs.frame] / (entries.sizes[pairs.row] * pose.scale))
    turn = np.cos(frame.angles[pairs.frame] - entries.angles[pairs.row] - pose.turn)
    fits = (miss < POSE_PLACE * entries.sides[entry] * pose.scale) & (np.abs(octaves) < POSE_OCTAVES)
    fits &= turn > POSE_TURN_COSINE
    return Pairs(pairs.frame[fits], pairs.row[fits], pairs.ratio[fits])
