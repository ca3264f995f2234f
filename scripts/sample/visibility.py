"""Which rectangles a camera sees, in which order they must be painted, and which of them are hidden anyway."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .geometry import Camera, Quad, Vector, clip_near

Box = tuple[int, int, int, int]


EPSILON = 1e-3  # metres: how far a corner may stand out of a plane and still count as lying in it


@dataclass(frozen=True, eq=False)
class Piece:
    """A quad as one camera sees it: its clipped outline in pixels (N, 2), its box in the picture, and the (3, 3)
    map from
    pixels to the quad's own 0..1 coordinates; `clipped` where it reaches behind the camera."""

    quad: Quad
    outline: NDArray[np.float64]
    box: Box
    inverse: NDArray[np.float64]
    clipped: bool


def visible_pieces(quads: Sequence[Quad], camera: Camera, stacked: Vector | None = None) -> list[Piece]:
    """Quads that face the camera and touch the picture, in the order given. `stacked`: their corners (N, 4, 3), if
    at hand."""
    corners = np.stack([q.corners for q in quads]) if stacked is None else stacked
    pixels, depths = camera.project(corners)
    u, v, arm = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0], corners[:, 0] - camera.position
    facing = np.einsum("ij,ij->i", np.cross(v, u), arm) < -1e-9
    seen = np.flatnonzero(facing & (depths.max(1) > 0.08))
    inverses = np.linalg.inv(camera.matrix() @ np.stack([u[seen], v[seen], arm[seen]], 2))
    pixels = np.clip(pixels, -60000, 60000)
    lows, highs = np.floor(pixels.min(1)).astype(int) - 1, np.ceil(pixels.max(1)).astype(int) + 2
    pieces: list[Piece] = []
    for k, inverse in zip(seen, inverses, strict=True):
        outline, low, high = pixels[k], lows[k], highs[k]
        if depths[k].min() <= 0.08:
            clipped = clip_near(corners[k], camera)
            if len(clipped) < 3:
                continue
            outline = np.clip(camera.project(clipped)[0], -60000, 60000)
            low, high = np.floor(outline.min(0)).astype(int) - 1, np.ceil(outline.max(0)).astype(int) + 2
        x0, y0, x1, y1 = (
            max(0, int(low[0])),
            max(0, int(low[1])),
            min(camera.width, int(high[0])),
            min(camera.height, int(high[1])),
        )
        if x1 > x0 and y1 > y0:
            pieces.append(
                Piece(
                    quads[int(k)],
                    outline,
                    (x0, y0, x1, y1),
                    inverse,
                    len(outline) != 4 or bool(depths[k].min() <= 0.08),
                )
            )
    return pieces


def within(box: Box, limit: Box) -> Box:
    """The common part of two boxes (x0, y0, x1, y1)."""
    return (max(box[0], limit[0]), max(box[1], limit[1]), min(box[2], limit[2]), min(box[3], limit[3]))


def without_hidden(pieces: Sequence[Piece], camera: Camera, shrink: int = 8) -> list[Piece]:
    """Drop what nearer opaque pieces cover completely and cut boxes to what they leave free; pieces in painter's
    order, coverage kept on a coarse grid."""
    covered = np.zeros((camera.height // shrink + 1, camera.width // shrink + 1), np.uint8)
    kept: list[Piece] = []
    for piece in reversed(pieces):
        x0, y0, x1, y1 = piece.box
        window = covered[y0 // shrink : (y1 - 1) // shrink + 1, x0 // shrink : (x1 - 1) // shrink + 1]
        free = cv2.boundingRect(cv2.bitwise_not(window))
        if free[2] == 0:
            continue
        left, top = (x0 // shrink + free[0]) * shrink, (y0 // shrink + free[1]) * shrink
        kept.append(replace(piece, box=within(piece.box, (left, top, left + free[2] * shrink, top + free[3] * shrink))))
        if piece.quad.mode == "opaque" and min(x1 - x0, y1 - y0) > 3 * shrink:
            points = (
                np.round((piece.outline / shrink - 0.5 - (x0 // shrink, y0 // shrink)) * 16)
                .astype(np.int32)
                .reshape(-1, 1, 2)
            )
            full = np.zeros(window.shape, np.uint8)
            cv2.fillConvexPoly(full, points, 255, cv2.LINE_8, 4)
            cv2.polylines(full, [points], True, 0, 2, cv2.LINE_8, 4)
            cv2.bitwise_or(window, full, window)
    return kept[::-1]


def ordered(pieces: Sequence[Piece], eye: Vector) -> list[Piece]:
    """Painter's order: A before B where B is not behind A's plane (pairwise tests of Newell, Newell & Sancha, 1972)."""
    n = len(pieces)
    if n < 2:
        return list(pieces)
    corners = np.stack([p.quad.corners for p in pieces])
    normals = np.stack([p.quad.normal for p in pieces])
    offsets = np.einsum("ij,ij->i", normals, corners[:, 0])
    side = np.einsum("ik,jck->ijc", normals, corners) - offsets[:, None, None]  # > 0: on the eye's side of plane i
    behind, before = (side <= EPSILON).all(2), (side >= -EPSILON).all(2)
    boxes = np.array([p.box for p in pieces])
    touch = (
        (boxes[:, None, 0] < boxes[None, :, 2])
        & (boxes[None, :, 0] < boxes[:, None, 2])
        & (boxes[:, None, 1] < boxes[None, :, 3])
        & (boxes[None, :, 1] < boxes[:, None, 3])
    )
    first = (behind.T | before) & touch  # first[i, j]: i may be drawn before j
    edge = _overlapping(first & ~first.T, pieces)
    distance = np.linalg.norm(corners.mean(1) - eye, axis=1)
    return [pieces[k] for k in _topological(edge, distance)]


def _overlapping(edge: NDArray[np.bool_], pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    """Keep the edges between outlines that really meet on the picture (separating axis test of convex polygons)."""
    most = max(len(p.outline) for p in pieces)
    outlines = np.stack(
        [np.concatenate([p.outline, np.repeat(p.outline[-1:], most - len(p.outline), 0)]) for p in pieces]
    )
    edges = np.roll(outlines, -1, 1) - outlines
    x, y = outlines[..., 0], outlines[..., 1]
    turn = np.sign((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1))
    inward = np.stack([-edges[..., 1], edges[..., 0]], 2) * turn[:, None, None]
    lengths = np.hypot(edges[..., 0], edges[..., 1])
    a, b = np.nonzero(edge)
    apart = np.zeros(len(a), bool)
    for i, j in ((a, b), (b, a)):
        inside = (
            np.einsum("pek,pqk->peq", inward[i], outlines[j])
            - np.einsum("pek,pek->pe", inward[i], outlines[i])[..., None]
        )
        apart |= ((inside < 0.25 * lengths[i][..., None]).all(2) & (lengths[i] > 1)).any(1)
    result = np.zeros_like(edge)
    result[a[~apart], b[~apart]] = True
    return result


def _topological(edge: NDArray[np.bool_], distance: Vector) -> list[int]:
    """Order nodes so that edges point forward, far ones first; cycles are broken where the fewest edges are hurt."""
    waiting = edge.sum(0).astype(int)
    ready = [(-distance[k], int(k)) for k in np.flatnonzero(waiting == 0)]
    heapq.heapify(ready)
    done = np.zeros(len(distance), bool)
    order: list[int] = []
    while len(order) < len(distance):
        if not ready:
            rest = np.flatnonzero(~done)
            ready = [(0.0, int(rest[np.lexsort((-distance[rest], waiting[rest]))[0]]))]
        _, k = heapq.heappop(ready)
        if done[k]:
            continue
        done[k] = True
        order.append(k)
        for j in np.flatnonzero(edge[k] & ~done):
            waiting[j] -= 1
            if waiting[j] == 0:
                heapq.heappush(ready, (-distance[j], int(j)))
    return order
