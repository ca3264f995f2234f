"""Draws the scene: every rectangle by its homography, far before near, from pre-shrunk pictures so that nothing
aliases."""

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .geometry import Camera, Vector
from .textures import Textures
from .visibility import Piece

Image = NDArray[np.uint8]


@lru_cache(maxsize=4)
def _blank(width: int, height: int, colour: tuple[int, int, int]) -> Image:
    return np.full((height, width, 4), (*colour, 255), np.uint8)


def paint(
    pieces: Sequence[Piece], camera: Camera, textures: Textures, background: tuple[int, int, int] = (52, 54, 60)
) -> Image:
    """The picture (H, W, 4) uint8, RGB and an unused fourth channel, of pieces in painter's order."""
    image = _blank(camera.width, camera.height, background).copy()
    for piece in pieces:
        _paint_piece(image, piece, textures)
    return image


def texture_map(piece: Piece, picture: Image, x0: float, y0: float) -> Vector:
    """(3, 3) from pixels of the box that starts at (x0, y0) to pixels of `picture`, both with centres at whole
    numbers."""
    scaled = piece.inverse * np.array([[picture.shape[1]], [picture.shape[0]], [1.0]])
    scaled[:2] -= 0.5 * scaled[2]
    scaled[:, 2] += scaled[:, 0] * (x0 + 0.5) + scaled[:, 1] * (y0 + 0.5)
    return np.asarray(scaled, np.float64)


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
        _copy_inside(target, np.asarray(patch, np.uint8), piece.outline - (x0, y0))
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
    full = cv2.inRange(mask, np.array(255), np.array(255))
    rim = cv2.findNonZero(cv2.bitwise_and(mask, cv2.bitwise_not(full)))
    if rim is not None:
        x, y = rim.reshape(-1, 2).T
        below = target[y, x].astype(np.float32)
        mixed = below + (patch[y, x] - below) * (mask[y, x, None].astype(np.float32) / 255)
    cv2.copyTo(patch, full, target)
    if rim is not None:
        target[y, x] = (mixed + 0.5).astype(np.uint8)


def _steps(piece: Piece, width: int, height: int) -> tuple[int, int]:
    """Half-octaves to shrink the picture across and down, from the texels a pixel covers in the visible part's
    middle."""
    x0, y0, x1, y1 = piece.box
    middle = piece.outline.mean(0)
    x, y = min(max(float(middle[0]), x0), x1), min(max(float(middle[1]), y0), y1)
    (a, b, c), (d, e, f), (g, h, i) = piece.inverse.tolist()
    w = g * x + h * y + i
    p, q = a * x + b * y + c, d * x + e * y + f
    du = math.hypot(a * w - p * g, b * w - p * h) / (w * w) * width
    dv = math.hypot(d * w - q * g, e * w - q * h) / (w * w) * height
    top = 2 * int(math.log2(max(width, height)))
    return (
        min(max(0, math.floor(2 * math.log2(max(du, 1e-6)) + 0.3)), top),
        min(max(0, math.floor(2 * math.log2(max(dv, 1e-6)) + 0.3)), top),
    )


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
    cover = cv2.warpPerspective(
        np.ascontiguousarray(picture[..., 3]), warp, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    buffer[y0:y1, x0:x1][cover > 127] = 0
