"""Draws the scene: every rectangle by its homography, far before near, from pre-shrunk pictures so that nothing aliases."""

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .geometry import Camera, Quad, Vector, clip_near

Image = NDArray[np.uint8]
Box = tuple[int, int, int, int]
EPSILON = 1e-3  # metres: how far a corner may stand out of a plane and still count as lying in it


class Textures:
    """Pictures by name with lazily made smaller versions in half-octave steps, per axis (rip-maps, McReynolds & Blythe).

    All are kept as premultiplied RGBA: warping four channels is faster than warping three.
    """

    def __init__(self, pictures: Mapping[str, Image]) -> None:
        self.pictures = dict(pictures)
        self._levels: dict[tuple[str, int, int, int], Image] = {}

    def size(self, name: str) -> tuple[int, int]:
        picture = self.pictures[name]
        return picture.shape[1], picture.shape[0]

    def level(self, name: str, light: float, i: int, j: int) -> Image:
        """`name` shrunk by 2^(i/2) across and 2^(j/2) down and lit (in steps of 0.04), premultiplied RGBA."""
        key = (name, round(light * 25), i, j)
        found = self._levels.get(key)
        if found is None:
            plain = self._shrunk(name, i, j)
            found = plain if key[1] == 25 else cv2.convertScaleAbs(plain, alpha=key[1] / 25)
            found[..., 3] = plain[..., 3]
            self._levels[key] = found
        return found

    def _shrunk(self, name: str, i: int, j: int) -> Image:
        """The unlit level, made from the one an octave larger."""
        key = (name, 25, i, j)
        found = self._levels.get(key)
        if found is None:
            if (i, j) == (0, 0):
                found = _premultiplied(self.pictures[name])
            else:
                width, height = self.size(name)
                size = (max(1, round(width / 2 ** (i / 2))), max(1, round(height / 2 ** (j / 2))))
                found = cv2.resize(self._shrunk(name, max(0, i - 2), max(0, j - 2)), size, interpolation=cv2.INTER_AREA)
            self._levels[key] = found
        return found


def _premultiplied(picture: Image) -> Image:
    """RGB or straight RGBA as premultiplied RGBA."""
    if picture.shape[2] == 3:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)
    cover = picture[..., 3]
    return np.asarray(cv2.merge([*(cv2.multiply(picture[..., k], cover, scale=1 / 255.0) for k in range(3)), cover]), np.uint8)


@dataclass(frozen=True, eq=False)
class Piece:
    """A quad as one camera sees it: its clipped outline in pixels (N, 2), its box in the picture, and the (3, 3) map from
    pixels to the quad's own 0..1 coordinates; `clipped` where it reaches behind the camera."""
    quad: Quad
    outline: NDArray[np.float64]
    box: Box
    inverse: NDArray[np.float64]
    clipped: bool


def visible_pieces(quads: Sequence[Quad], camera: Camera, stacked: Vector | None = None) -> list[Piece]:
    """Quads that face the camera and touch the picture, in the order given. `stacked`: their corners (N, 4, 3), if at hand."""
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
        x0, y0, x1, y1 = max(0, int(low[0])), max(0, int(low[1])), min(camera.width, int(high[0])), min(camera.height, int(high[1]))
        if x1 > x0 and y1 > y0:
            pieces.append(Piece(quads[k], outline, (x0, y0, x1, y1), inverse, len(outline) != 4 or bool(depths[k].min() <= 0.08)))
    return pieces


def within(box: Box, limit: Box) -> Box:
    """The common part of two boxes (x0, y0, x1, y1)."""
    return (max(box[0], limit[0]), max(box[1], limit[1]), min(box[2], limit[2]), min(box[3], limit[3]))


def without_hidden(pieces: Sequence[Piece], camera: Camera, shrink: int = 8) -> list[Piece]:
    """Drop what nearer opaque pieces cover completely and cut boxes to what they leave free; pieces in painter's order, coverage kept on a coarse grid."""
    covered = np.zeros((camera.height // shrink + 1, camera.width // shrink + 1), np.uint8)
    kept: list[Piece] = []
    for piece in reversed(pieces):
        x0, y0, x1, y1 = piece.box
        window = covered[y0 // shrink:(y1 - 1) // shrink + 1, x0 // shrink:(x1 - 1) // shrink + 1]
        free = cv2.boundingRect(cv2.bitwise_not(window))
        if free[2] == 0:
            continue
        left, top = (x0 // shrink + free[0]) * shrink, (y0 // shrink + free[1]) * shrink
        kept.append(replace(piece, box=within(piece.box, (left, top, left + free[2] * shrink, top + free[3] * shrink))))
        if piece.quad.mode == "opaque" and min(x1 - x0, y1 - y0) > 3 * shrink:
            points = np.round((piece.outline / shrink - 0.5 - (x0 // shrink, y0 // shrink)) * 16).astype(np.int32).reshape(-1, 1, 2)
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
    touch = ((boxes[:, None, 0] < boxes[None, :, 2]) & (boxes[None, :, 0] < boxes[:, None, 2])
             & (boxes[:, None, 1] < boxes[None, :, 3]) & (boxes[None, :, 1] < boxes[:, None, 3]))
    first = (behind.T | before) & touch  # first[i, j]: i may be drawn before j
    edge = _overlapping(first & ~first.T, pieces)
    distance = np.linalg.norm(corners.mean(1) - eye, axis=1)
    return [pieces[k] for k in _topological(edge, distance)]


def _overlapping(edge: NDArray[np.bool_], pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    """Keep the edges between outlines that really meet on the picture (separating axis test of convex polygons)."""
    most = max(len(p.outline) for p in pieces)
    outlines = np.stack([np.concatenate([p.outline, np.repeat(p.outline[-1:], most - len(p.outline), 0)]) for p in pieces])
    edges = np.roll(outlines, -1, 1) - outlines
    x, y = outlines[..., 0], outlines[..., 1]
    turn = np.sign((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1))
    inward = np.stack([-edges[..., 1], edges[..., 0]], 2) * turn[:, None, None]
    lengths = np.hypot(edges[..., 0], edges[..., 1])
    a, b = np.nonzero(edge)
    apart = np.zeros(len(a), bool)
    for i, j in ((a, b), (b, a)):
        inside = np.einsum("pek,pqk->peq", inward[i], outlines[j]) - np.einsum("pek,pek->pe", inward[i], outlines[i])[..., None]
        apart |= ((inside < 0.25 * lengths[i][..., None]).all(2) & (lengths[i] > 1)).any(1)
    result = np.zeros_like(edge)
    result[a[~apart], b[~apart]] = True
    return result


def _topological(edge: NDArray[np.bool_], distance: Vector) -> list[int]:
    """Order nodes so that edges point forward, far ones first; cycles are broken where the fewest edges are hurt."""
    waiting = edge.sum(0).astype(int)
    ready = [(-distance[k], int(k)) for k in np.flatnonzero(waiting == 0)]
    heapq.heapify(ready)
    done, order = np.zeros(len(distance), bool), []
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


@lru_cache(maxsize=4)
def _blank(width: int, height: int, colour: tuple[int, int, int]) -> Image:
    return np.full((height, width, 4), (*colour, 255), np.uint8)


def paint(pieces: Sequence[Piece], camera: Camera, textures: Textures, background: tuple[int, int, int] = (52, 54, 60)) -> Image:
    """The picture (H, W, 4) uint8, RGB and an unused fourth channel, of pieces in painter's order."""
    image = _blank(camera.width, camera.height, background).copy()
    for piece in pieces:
        _paint_piece(image, piece, textures)
    return image


def texture_map(piece: Piece, picture: Image, x0: float, y0: float) -> Vector:
    """(3, 3) from pixels of the box that starts at (x0, y0) to pixels of `picture`, both with centres at whole numbers."""
    scaled = piece.inverse * np.array([[picture.shape[1]], [picture.shape[0]], [1.0]])
    scaled[:2] -= 0.5 * scaled[2]
    scaled[:, 2] += scaled[:, 0] * (x0 + 0.5) + scaled[:, 1] * (y0 + 0.5)
    return scaled


def _paint_piece(image: Image, piece: Piece, textures: Textures) -> None:
    q = piece.quad
    x0, y0, x1, y1 = piece.box
    i, j = _steps(piece, *textures.size(q.texture))
    picture = textures.level(q.texture, q.light, i, j)
    warp = texture_map(piece, picture, x0, y0)
    size, flags = (x1 - x0, y1 - y0), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    target = image[y0:y1, x0:x1]
    if piece.clipped:  # beyond the horizon the map would repeat the picture: only the outline may be filled
        patch = cv2.warpPerspective(picture, warp, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        _copy_inside(target, patch, piece.outline - (x0, y0))
        return
    patch = cv2.warpPerspective(picture, warp, size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    rest = np.empty_like(patch)
    cv2.mixChannels([patch], [rest], [3, 0, 3, 1, 3, 2, 3, 3])
    cv2.multiply(target, cv2.bitwise_not(rest), target, 1 / 255.0)
    cv2.add(target, patch, target)


def _copy_inside(target: Image, patch: Image, outline: Vector) -> None:
    """Put `patch` over `target` inside the outline; only the rim, a few pixels, is blended."""
    mask = np.zeros(target.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(outline * 16).astype(np.int32).reshape(-1, 1, 2), 255, cv2.LINE_AA, 4)
    full = cv2.compare(mask, 255, cv2.CMP_EQ)
    rim = cv2.findNonZero(cv2.bitwise_and(mask, cv2.bitwise_not(full)))
    if rim is not None:
        x, y = rim.reshape(-1, 2).T
        below = target[y, x].astype(np.float32)
        mixed = below + (patch[y, x] - below) * (mask[y, x, None].astype(np.float32) / 255)
    cv2.copyTo(patch, full, target)
    if rim is not None:
        target[y, x] = (mixed + 0.5).astype(np.uint8)


def _steps(piece: Piece, width: int, height: int) -> tuple[int, int]:
    """Half-octaves to shrink the picture across and down, from the texels a pixel covers in the visible part's middle."""
    x0, y0, x1, y1 = piece.box
    middle = piece.outline.mean(0)
    x, y = min(max(float(middle[0]), x0), x1), min(max(float(middle[1]), y0), y1)
    (a, b, c), (d, e, f), (g, h, i) = piece.inverse.tolist()
    w = g * x + h * y + i
    p, q = a * x + b * y + c, d * x + e * y + f
    du = math.hypot(a * w - p * g, b * w - p * h) / (w * w) * width
    dv = math.hypot(d * w - q * g, e * w - q * h) / (w * w) * height
    top = 2 * int(math.log2(max(width, height)))
    return (min(max(0, math.floor(2 * math.log2(max(du, 1e-6)) + 0.3)), top), min(max(0, math.floor(2 * math.log2(max(dv, 1e-6)) + 0.3)), top))


def item_buffer(pieces: Sequence[Piece], camera: Camera, textures: Textures, shrink: int = 2) -> NDArray[np.int16]:
    """Which placement each pixel shows (0 = none), at 1/shrink of the picture's size; pieces in painter's order."""
    small = camera.resized(camera.width // shrink, camera.height // shrink)
    buffer = np.zeros((small.height, small.width), np.int16)
    for piece in pieces:
        if piece.quad.mode == "alpha" and piece.quad.item == 0:
            _erase(buffer, piece, small, textures, shrink)
        else:
            points = np.round(piece.outline / shrink * 16).astype(np.int32).reshape(-1, 1, 2)
            cv2.fillConvexPoly(buffer, points, piece.quad.item, cv2.LINE_8, 4)
    return buffer


def _erase(buffer: NDArray[np.int16], piece: Piece, camera: Camera, textures: Textures, shrink: int) -> None:
    """Clear what an alpha picture (a person, a plant) really covers."""
    x0, y0, x1, y1 = (v // shrink for v in piece.box)
    if x1 <= x0 or y1 <= y0:
        return
    picture = textures.level(piece.quad.texture, piece.quad.light, 4, 4)
    warp = texture_map(piece, picture, x0 * shrink, y0 * shrink) @ np.diag([shrink, shrink, 1.0])
    cover = cv2.warpPerspective(np.ascontiguousarray(picture[..., 3]), warp, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    buffer[y0:y1, x0:x1][cover > 127] = 0
