"""How a flat picture can lie in a frame: fitting a homography to matches, and what no camera could see."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scout_vision.keypoints import Features

FEWEST_INLIERS = 5
MOST_PARTS = 3
SAME_PLACE = 0.03  # of the long side: two keypoints this near are one place
Fit = tuple[NDArray[np.float64], NDArray[np.intp]]
"""(3, 3) map picture -> frame, and the rows that it explains."""


def plausible_fit(
    product: NDArray[np.float32], frame: NDArray[np.float32], tolerance: float, shape: NDArray[np.float32]
) -> Fit | None:
    """A homography, or an affine map where points on a small or bent part leave the perspective open."""
    for fit in (_homography, _affine):
        found = fit(product, frame, tolerance)
        if found is not None and plausible(project(found[0], corners(shape)), shape, found[0]):
            return found
    return None


def other_parts(
    product: NDArray[np.float32],
    frame: NDArray[np.float32],
    kept: NDArray[np.intp],
    tolerance: float,
    shape: NDArray[np.float32],
) -> NDArray[np.intp]:
    """Rows of `kept` and of further faces of the pack: a carton shows two sides, a bag has folds, a jar is round."""
    support = kept
    for _ in range(MOST_PARTS - 1):
        left = np.setdiff1d(np.arange(len(product)), support)
        found = plausible_fit(product[left], frame[left], tolerance, shape) if len(left) >= FEWEST_INLIERS else None
        if found is None:
            break
        support = np.sort(np.concatenate([support, left[found[1]]]))
    return support


def tolerance_of(size: float, frame: Features) -> float:
    """Reprojection tolerance in pixels: 3 at 700 pixels, less for small products, where 3 would fit anything."""
    return float(np.clip(0.03 * size, 1.5, 3 * max(frame.width, frame.height) / 700))


def _homography(product: NDArray[np.float32], frame: NDArray[np.float32], tolerance: float) -> Fit | None:
    cv2.setRNGSeed(len(product))
    found, mask = cv2.findHomography(product, frame, cv2.USAC_MAGSAC, tolerance, None, 2000, 0.999)
    if found is None or mask is None or abs(found[2, 2]) < 1e-12:
        return None
    kept = np.flatnonzero(mask.ravel())
    return (np.asarray(found / found[2, 2], np.float64), kept) if len(kept) >= FEWEST_INLIERS else None


def _affine(product: NDArray[np.float32], frame: NDArray[np.float32], tolerance: float) -> Fit | None:
    cv2.setRNGSeed(len(product))
    found, mask = cv2.estimateAffine2D(product, frame, None, cv2.RANSAC, tolerance, 1000, 0.999)
    if found is None or mask is None:
        return None
    kept = np.flatnonzero(mask.ravel())
    return (np.vstack([found, (0, 0, 1)]), kept) if len(kept) >= FEWEST_INLIERS else None


def corners(shape: NDArray[np.float32]) -> NDArray[np.float32]:
    """(4, 2) corners of a picture of (width, height), clockwise from the top left."""
    right, low = float(shape[0]) - 1, float(shape[1]) - 1
    return np.array([(0, 0), (right, 0), (right, low), (0, low)], np.float32)


def project(homography: NDArray[np.float64], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 2) points through a homography; points at infinity come out very far."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    depth = np.where(np.abs(mapped[:, 2:]) < 1e-9, 1e-9, mapped[:, 2:])
    return np.asarray(mapped[:, :2] / depth, np.float32)


def plausible(quad: NDArray[np.float32], shape: NDArray[np.float32], homography: NDArray[np.float64]) -> bool:
    """Whether a camera could see the picture so: not folded, not mirrored, not absurdly foreshortened or stretched."""
    edges = np.roll(quad, -1, axis=0) - quad
    turns = edges[:, 0] * np.roll(edges, -1, axis=0)[:, 1] - edges[:, 1] * np.roll(edges, -1, axis=0)[:, 0]
    depths = np.column_stack([corners(shape), np.ones(4)]) @ homography[2]
    if not np.all(np.isfinite(quad)) or np.any(turns <= 0) or np.any(depths <= 0):
        return False
    top, right, low, left = np.linalg.norm(edges, axis=1)
    if min(top, right, low, left) < 8 or max(top / low, low / top, left / right, right / left) > 2.5:
        return False
    aspect = (top + low) / (left + right) * float(shape[1] / shape[0])
    return bool(1 / 3 < aspect < 3)


def distinct_places(product: NDArray[np.float32], frame: NDArray[np.float32], side: float) -> int:
    """Inliers counted as distinct places on both sides: the smaller number of occupied cells."""
    cell = max(SAME_PLACE / 2 * side, 1e-6)
    spread = max(float(np.ptp(frame, axis=0).max()), 1.0)
    seen = max(SAME_PLACE / 2 * spread, 1.5)
    return min(_occupied(product / cell), _occupied(frame / seen))


def _occupied(points: NDArray[np.float32]) -> int:
    """How many cells of size 1 the points (N, 2) fall into."""
    return len(set(map(tuple, np.rint(points).tolist())))


def hull_share(points: NDArray[np.float32], shape: NDArray[np.float32]) -> float:
    hull = cv2.convexHull(np.ascontiguousarray(points))
    return float(np.clip(cv2.contourArea(hull) / max(float(shape[0] * shape[1]), 1.0), 0, 1))


def share_inside(quad: NDArray[np.float32], width: int, height: int) -> tuple[float, float]:
    """Of a convex outline (4, 2): the part of it inside the frame, and the part of the frame that it fills."""
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    common = float(cv2.intersectConvexConvex(np.ascontiguousarray(quad, np.float32), frame)[0])
    whole = abs(cv2.contourArea(np.ascontiguousarray(quad, np.float32)))
    return common / max(whole, 1.0), common / max(float(width * height), 1.0)
