"""The walk: along the aisle, a turn to each shelf, a few steps closer, a look along the boards, back again; held
by hand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .geometry import Camera, Vector, look, vec
from .stand import DEPTH, WIDTH, Stand

EYE = 1.56


@dataclass(frozen=True)
class Manner:
    """How somebody films: distance kept from the shelf (m), shake (degrees), shutter (part of the frame time)."""

    distance: float = 1.45
    shake: float = 0.35
    shutter: float = 0.5


@dataclass(frozen=True, eq=False)
class Path:
    """A smooth camera path. `times` (N,) s; `knots` (N, 6) position and target, metres; `visits` (start, stop,
    booth index)."""

    times: NDArray[np.float64]
    knots: NDArray[np.float64]
    visits: tuple[tuple[float, float, int], ...]
    manner: Manner
    seed: int

    def at(self, t: float, width: int, height: int, *, shaky: bool = True) -> Camera:
        """The camera at `t` seconds for a picture of that size (28 mm equivalent lens)."""
        state = self._state(t)
        position, target = state[:3], state[3:]
        speed = float(np.linalg.norm(self._state(t + 0.1)[:2] - self._state(t - 0.1)[:2])) / 0.2
        roll = 0.0
        if shaky:
            step = min(1.0, speed / 0.7)
            position = (
                position
                + vec(0, 0, 0.018 * step * np.sin(2 * np.pi * 1.9 * t))
                + 0.012 * step * np.sin(2 * np.pi * 0.95 * t) * vec(1, 0, 0)
            )
            target, roll = self._shaken(t, position, target, 1.0 + 1.2 * step)
        return look(position, target, roll, 0.76 * max(width, height), width, height)

    def _state(self, t: float) -> Vector:
        """Cubic Hermite between the knots, tangents limited so that a stop is a stop (Fritsch & Carlson, 1980)."""
        x = self.times
        t = float(np.clip(t, x[0], x[-1]))
        k = int(np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2))
        h = x[k + 1] - x[k]
        s = (t - x[k]) / h
        a, b = self.knots[k], self.knots[k + 1]
        ta, tb = self._tangent(k) * h, self._tangent(k + 1) * h
        return np.asarray(
            (2 * s**3 - 3 * s**2 + 1) * a + (s**3 - 2 * s**2 + s) * ta + (3 * s**2 - 2 * s**3) * b + (s**3 - s**2) * tb
        )

    def _tangent(self, k: int) -> Vector:
        if k == 0 or k == len(self.times) - 1:
            return np.zeros(6)
        left = (self.knots[k] - self.knots[k - 1]) / (self.times[k] - self.times[k - 1])
        right = (self.knots[k + 1] - self.knots[k]) / (self.times[k + 1] - self.times[k])
        same = left * right > 0
        return np.where(same, 2 * left * right / np.where(same, left + right, 1.0), 0.0)

    def _shaken(self, t: float, position: Vector, target: Vector, strength: float) -> tuple[Vector, float]:
        """Hand tremor as a sum of sines between 0.4 and 7 Hz, falling with frequency."""
        rng = np.random.default_rng([self.seed, 51])
        hz = np.array([0.43, 0.81, 1.37, 2.3, 3.9, 6.7])
        phase = rng.uniform(0, 2 * np.pi, (3, len(hz)))
        angles = np.deg2rad(self.manner.shake) * strength * (np.sin(2 * np.pi * hz * t + phase) / (0.6 + hz)).sum(1)
        ahead = target - position
        reach = float(np.linalg.norm(ahead))
        right = np.cross(ahead, vec(0, 0, 1)) / max(1e-6, float(np.hypot(ahead[0], ahead[1])))
        return target + right * reach * angles[0] + vec(0, 0, reach * angles[1]), float(angles[2]) * 0.7


def walk(places: list[Stand], seconds: float, seed: int, manner: Manner) -> Path:
    """Visit booths in turn, up the aisle and down again until `seconds` are filled (about 12.5 s a visit)."""
    rng = np.random.default_rng([seed, 52])
    count = max(1, round(seconds / 12.5))
    tour = [*range(len(places)), *range(len(places) - 2, 0, -1)] if len(places) > 2 else list(range(len(places)))
    span = seconds / count
    times, knots, visits = [], [], []
    for n in range(count):
        stand, start = places[tour[n % len(tour)]], n * span
        down = (n // len(places)) % 2 == 1
        for part, position, target in _visit(stand, manner, rng, down):
            times.append(start + part * span)
            knots.append(np.concatenate([position, target]))
        visits.append((start + 0.36 * span, start + 0.8 * span, stand.index))
    times.append(seconds)
    last = knots[-1].copy()
    last[[0, 3]] += 0.8
    knots.append(last)
    return Path(np.array(times), np.array(knots), tuple(visits), manner, seed)


def _visit(stand: Stand, manner: Manner, rng: np.random.Generator, down: bool) -> list[tuple[float, Vector, Vector]]:
    """(part of the visit, position, target) of one booth, mirrored for the side it stands on and the way we walk."""

    def p(along: float, deep: float, up: float) -> Vector:
        return stand.point(along if (stand.side > 0) != down else WIDTH - along, deep, up)

    near = DEPTH - 0.42 - manner.distance * float(rng.uniform(0.85, 1.1))
    shift = float(rng.uniform(-0.15, 0.15))
    return [
        (0.00, p(-1.5, -1.55, EYE), p(1.6, 0.4, 1.75)),
        (0.16, p(-0.2, -1.2, EYE), p(2.0, DEPTH, 1.7)),
        (0.34, p(1.45 + shift, near - 0.15, EYE), p(1.75, DEPTH - 0.4, 1.36)),
        (0.46, p(1.55 + shift, near, EYE), p(1.7, DEPTH - 0.4, 1.34)),
        (0.62, p(2.5 + shift, near - 0.03, EYE - 0.04), p(2.75, DEPTH - 0.4, 1.3)),
        (0.70, p(2.65 + shift, near + 0.05, EYE - 0.06), p(2.7, DEPTH - 0.4, 0.98)),
        (0.80, p(2.6 + shift, near - 0.05, EYE - 0.04), p(2.4, DEPTH - 0.4, 1.15)),
        (0.92, p(3.3, -0.9, EYE), p(4.6, DEPTH * 0.4, 1.5)),
    ]
