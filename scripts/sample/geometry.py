"""Cameras and textured rectangles in space. World: metres, x along the aisle, y to the left, z up."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def vec(x: float, y: float, z: float) -> Vector:
    return np.array([x, y, z], np.float64)


@dataclass(frozen=True, eq=False)
class Quad:
    """A rectangle: corner `origin`, edges `u` (along the picture's width) and `v` (down its height).

    `mode` opaque | alpha; `item` 0 for scenery, else the placement number; `light` multiplies the picture. Seen
    from the side
    from which u runs right and v down.
    """

    origin: Vector
    u: Vector
    v: Vector
    texture: str
    mode: str = "opaque"
    item: int = 0
    light: float = 1.0

    @cached_property
    def corners(self) -> Vector:
        """(4, 3): left top, right top, right bottom, left bottom."""
        return np.stack([self.origin, self.origin + self.u, self.origin + self.u + self.v, self.origin + self.v])

    @cached_property
    def normal(self) -> Vector:
        """Unit vector towards the side from which the picture is seen."""
        n = np.cross(self.v, self.u)
        return np.asarray(n / float(np.linalg.norm(n)), np.float64)


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole: `position`, `axes` (3, 3) rows right, down, forward; `focal` in pixels; picture size."""

    position: Vector
    axes: Vector
    focal: float
    width: int
    height: int

    def matrix(self) -> Vector:
        """(3, 3) K R: world direction to homogeneous pixels."""
        k = np.array([[self.focal, 0, self.width / 2], [0, self.focal, self.height / 2], [0, 0, 1]])
        return k @ self.axes

    def project(self, points: Vector) -> tuple[Vector, Vector]:
        """Pixels (..., 2) and depths (...) of world points (..., 3); a depth <= 0 is behind the camera."""
        h = (points - self.position) @ self.matrix().T
        depth = h[..., 2]
        return h[..., :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)[..., None], depth

    def resized(self, width: int, height: int) -> "Camera":
        return Camera(self.position, self.axes, self.focal * width / self.width, width, height)


def look(position: Vector, target: Vector, roll: float, focal: float, width: int, height: int) -> Camera:
    """A camera at `position` facing `target`, rolled by `roll` radians."""
    forward = target - position
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, vec(0, 0, 1))
    right = right / np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = np.cos(roll), np.sin(roll)
    return Camera(position, np.stack([c * right + s * down, -s * right + c * down, forward]), focal, width, height)


def standing(
    foot: Vector, width: float, height: float, eye: Vector, texture: str, *, light: float = 1.0, flip: bool = False
) -> Quad:
    """An upright alpha picture at `foot` that turns towards the eye (people, plants, poles)."""
    to = eye[:2] - foot[:2]
    to = to / max(1e-6, float(np.hypot(to[0], to[1])))
    right = vec(-to[1], to[0], 0.0)
    u = right * width
    return Quad(foot - u / 2 + vec(0, 0, height), u, vec(0, 0, -height), texture, "alpha", 0, light)


def clip_near(corners: Vector, camera: Camera, near: float = 0.08) -> Vector:
    """The part of a polygon (N, 3) in front of the near plane (Sutherland-Hodgman against one plane)."""
    depth = (corners - camera.position) @ camera.axes[2] - near
    if (depth > 0).all():
        return corners
    kept = []
    for i in range(len(corners)):
        a, b, da, db = corners[i], corners[(i + 1) % len(corners)], depth[i], depth[(i + 1) % len(corners)]
        if da > 0:
            kept.append(a)
        if (da > 0) != (db > 0):
            kept.append(a + (b - a) * (da / (da - db)))
    return np.array(kept).reshape(-1, 3)
