"""Local features of frames and product pictures.

RootSIFT: SIFT (Lowe 2004), L1-normalised and square-rooted (Arandjelovic and Zisserman 2012), so that the Euclidean
distance of two descriptors is the Hellinger distance of the histograms. Descriptors are kept as bytes (x 512).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

DESCRIPTOR_BYTES = 128
DESCRIPTOR_SCALE = 512.0  # a RootSIFT component seldom passes 0.45; 0.498 is the largest a byte can hold
_HEADER = struct.Struct("<4sHHIIB")
_ROW_BYTES = 2 * 2 + 2 + 2 + DESCRIPTOR_BYTES
_MAX_POINTS = 1_000_000


@dataclass(frozen=True, eq=False)
class Features:
    """One image's local features. Raises ValueError where the arrays do not belong together.

    points: (N, 2) float32, x and y in pixels of an image of (width, height). sizes: (N,) float32, diameter in pixels.
    angles: (N,) float32, radians in [0, 2 pi). descriptors: (N, 128) uint8, RootSIFT x 512.
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    width: int
    height: int

    def __post_init__(self) -> None:
        n = len(self.points)
        shapes = (self.points.shape, self.sizes.shape, self.angles.shape, self.descriptors.shape)
        if shapes != ((n, 2), (n,), (n,), (n, DESCRIPTOR_BYTES)):
            raise ValueError(f"feature arrays of shapes {shapes} do not belong together")

    def __len__(self) -> int:
        return len(self.points)

    def to_bytes(self) -> bytes:
        """136 bytes a keypoint, exact for what an extractor returned (which is rounded to this grid)."""
        return _pack(self, b"SKF1", np.zeros(0, np.uint8))

    @staticmethod
    def from_bytes(data: bytes) -> Features:
        """Raises ValueError where data is not what to_bytes wrote."""
        return _unpack(data, b"SKF1")[0]


@dataclass(frozen=True, eq=False)
class ProductFeatures:
    """Local features of several scales of one product picture, in pixels of the picture itself.

    Rows stand in order of worth: any prefix is a fair choice over all views, so a large catalogue keeps a shorter one.
    views: (N,) uint8, the scale each row was seen at (0 is the largest).
    """

    features: Features
    views: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.views.shape != (len(self.features),):
            raise ValueError("views must name one scale for every keypoint")

    def __len__(self) -> int:
        return len(self.views)

    def to_bytes(self) -> bytes:
        return _pack(self.features, b"SKP1", self.views)

    @staticmethod
    def from_bytes(data: bytes) -> ProductFeatures:
        """Raises ValueError where data is not what to_bytes wrote."""
        return ProductFeatures(*_unpack(data, b"SKP1"))


class Extractor(Protocol):
    """Finds local features; name and version are part of the key under which they are remembered."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    def frame(self, image: NDArray[np.uint8]) -> Features: ...
    def product(self, image: NDArray[np.uint8]) -> ProductFeatures: ...


@dataclass(frozen=True)
class RootSift:
    """The default extractor. Images are RGB uint8 (H, W, 3); one without texture gives no keypoints, not an error.

    A frame is seen with its long side at frame_side: larger ones are shrunk, a small photo is enlarged, at most twice.
    Enlarged print is soft, so there small_contrast is enough; others are seen at frame_layers scales an octave, which
    finds as much as SIFT's usual three for a third less work. A product is seen at each of view_sides with a grey
    border, so that keypoints on the edge of the pack do not depend on what the picture's background was.
    """

    frame_side: int = 960
    frame_keypoints: int = 4000
    frame_contrast: float = 0.024
    small_contrast: float = 0.016
    frame_layers: int = 2
    product_contrast: float = 0.012
    view_sides: tuple[int, ...] = (640, 320, 160, 80)
    view_keypoints: tuple[int, ...] = (1200, 500, 250, 120)
    padding: int = 16
    name: str = "rootsift"

    @property
    def version(self) -> str:
        """Changes with every setting, so that features of different settings never meet."""
        settings = repr(self).encode()
        return f"1-{zlib.crc32(settings):08x}"

    def frame(self, image: NDArray[np.uint8]) -> Features:
        """Features of a keyframe or photo, in pixels of `image`."""
        height, width = image.shape[:2]
        scale = min(2.0, self.frame_side / max(height, width))
        soft = scale > 1
        contrast, layers = (self.small_contrast, 3) if soft else (self.frame_contrast, self.frame_layers)
        found = _detect(_resized(_grey(image), scale), contrast, self.frame_keypoints, layers)
        return _snapped(_in_pixels_of(found, scale, 0, width, height))

    def product(self, image: NDArray[np.uint8]) -> ProductFeatures:
        """Features of one product picture at several scales, in pixels of `image`, in order of worth."""
        height, width = image.shape[:2]
        grey = _grey(image)
        rows, views, worth = [], [], []
        for view, (side, budget) in enumerate(zip(self.view_sides, self.view_keypoints, strict=True)):
            scale = side / max(height, width)
            if scale > 2.0 and view < len(self.view_sides) - 1:
                continue  # an enlargement beyond twice adds blur, not detail
            part = self._view(grey, scale, budget)
            rows.append(part)
            views.append(np.full(len(part), view, np.uint8))
            worth.append(np.arange(len(part)) / budget)
        order = np.lexsort((np.concatenate(views), np.concatenate(worth)))
        return ProductFeatures(_snapped(_take(_joined(rows), order)), np.concatenate(views)[order])

    def _view(self, grey: NDArray[np.uint8], scale: float, budget: int) -> Features:
        height, width = grey.shape
        small = _resized(grey, scale)
        padded = np.pad(small, self.padding, constant_values=128)
        found = _in_pixels_of(_detect(padded, self.product_contrast, 0), scale, self.padding, width, height)
        inside = np.all((found.points >= 0) & (found.points < (width, height)), axis=1)
        found = _take(found, np.flatnonzero(inside))
        return _take(found, _by_worth(len(found))[:budget])


def _by_worth(count: int) -> NDArray[np.intp]:
    """Row order that takes turns: the strongest left, then one at random, so that quiet parts are seen as well."""
    shuffled = np.random.default_rng(count).permutation(count)
    turn = np.empty(count)
    turn[:] = np.arange(count)
    lottery = np.empty(count)
    lottery[shuffled] = np.arange(count)
    return np.argsort(np.minimum(turn, lottery), kind="stable")


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def _resized(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)


def _detect(grey: NDArray[np.uint8], contrast: float, limit: int, layers: int = 3) -> Features:
    """SIFT on one grey image, strongest first (ties by place, so that the order never depends on threads)."""
    height, width = grey.shape
    if min(height, width) < 8:
        return _empty(width, height)
    sift = cv2.SIFT.create(limit, nOctaveLayers=layers, contrastThreshold=contrast, edgeThreshold=12)
    keypoints, descriptors = sift.detectAndCompute(grey, None)
    if not keypoints:
        return _empty(width, height)
    rows = np.array([(k.pt[0], k.pt[1], k.size, np.deg2rad(k.angle), k.response) for k in keypoints], np.float32)
    order = np.lexsort((rows[:, 3], rows[:, 0], rows[:, 1], -rows[:, 4]))
    rows = rows[order]
    return Features(
        rows[:, :2], rows[:, 2], rows[:, 3], _root(np.asarray(descriptors[order], np.float32)), width, height
    )


def _root(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    scaled: NDArray[np.float32] = np.sqrt(descriptors / total) * np.float32(DESCRIPTOR_SCALE)
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _empty(width: int, height: int) -> Features:
    none = np.zeros(0, np.float32)
    return Features(np.zeros((0, 2), np.float32), none, none, np.zeros((0, DESCRIPTOR_BYTES), np.uint8), width, height)


def _in_pixels_of(found: Features, scale: float, border: int, width: int, height: int) -> Features:
    points = (found.points + 0.5 - border) / np.float32(scale) - 0.5
    sizes = found.sizes / np.float32(scale)
    return Features(points.astype(np.float32), sizes, found.angles, found.descriptors, width, height)


def _take(f: Features, rows: NDArray[np.intp]) -> Features:
    return Features(f.points[rows], f.sizes[rows], f.angles[rows], f.descriptors[rows], f.width, f.height)


def _joined(parts: list[Features]) -> Features:
    points, sizes, angles, descriptors = (
        np.concatenate([getattr(p, name) for p in parts]) for name in ("points", "sizes", "angles", "descriptors")
    )
    return Features(points, sizes, angles, descriptors, parts[0].width, parts[0].height)


def _snapped(features: Features) -> Features:
    """Rounded to the stored grid, so that fresh features and remembered ones give the same result."""
    return Features.from_bytes(features.to_bytes())


def _unit(width: int, height: int) -> float:
    return (max(width, height) + 2) / 65535


def _pack(f: Features, magic: bytes, views: NDArray[np.uint8]) -> bytes:
    points = np.rint((f.points + 1) / _unit(f.width, f.height)).clip(0, 65535).astype("<u2")
    angles = np.rint(np.mod(f.angles, 2 * np.pi) * (65536 / (2 * np.pi))).astype(np.int64) % 65536
    head = _HEADER.pack(magic, 1, 0, len(f), (f.width << 16) | f.height, int(len(views) > 0))
    body = (points, f.sizes.astype("<f2"), angles.astype("<u2"), f.descriptors, views)
    return head + b"".join(part.tobytes() for part in body)


def _unpack(data: bytes, magic: bytes) -> tuple[Features, NDArray[np.uint8]]:
    if len(data) < _HEADER.size:
        raise ValueError("feature data is cut short")
    found, version, _, count, size, has_views = _HEADER.unpack_from(data)
    row = _ROW_BYTES + (1 if magic == b"SKP1" else 0)
    if found != magic or version != 1 or count > _MAX_POINTS or len(data) != _HEADER.size + count * row:
        raise ValueError(f"feature data is not of the kind {magic.decode()} version 1, or is damaged")
    if bool(has_views) != (magic == b"SKP1" and count > 0):
        raise ValueError("feature data is damaged")
    width, height = size >> 16, size & 0xFFFF
    at = _HEADER.size

    def column(kind: str, columns: int) -> NDArray[np.float32]:
        nonlocal at
        values = np.frombuffer(data, kind, count * columns, at)
        at += values.nbytes
        return values.astype(np.float32)

    points = column("<u2", 2).reshape(-1, 2) * np.float32(_unit(width, height)) - 1
    sizes = column("<f2", 1)
    angles = column("<u2", 1) * np.float32(2 * np.pi / 65536)
    descriptors = np.frombuffer(data, np.uint8, count * DESCRIPTOR_BYTES, at).reshape(-1, DESCRIPTOR_BYTES)
    views = np.frombuffer(data, np.uint8, count, at + descriptors.nbytes) if has_views else np.zeros(0, np.uint8)
    return Features(points, sizes, angles, descriptors, width, height), views
