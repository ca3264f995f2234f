"""Who walks where and when."""

from dataclasses import dataclass

import numpy as np

from .camera import Path
from .stand import DEPTH, WIDTH, Stand


@dataclass(frozen=True)
class Walker:
    """A person on a straight way: from `start` to `end` (x, y) between two times, `kind` chooses the figure."""

    kind: int
    begin_s: float
    end_s: float
    start: tuple[float, float]
    end: tuple[float, float]


def crowd(places: list[Stand], path: Path, length: float, seed: int, density: float) -> list[Walker]:
    """People: some walk the aisle, some cross a booth between the camera and the shelf while it films, staff stand
    about."""
    rng = np.random.default_rng([seed, 71])
    people: list[Walker] = []
    seconds = float(path.times[-1])
    for _ in range(round(seconds / 7 * density)):
        begin, speed, y = (
            float(rng.uniform(-4, seconds)),
            float(rng.uniform(0.8, 1.3)),
            float(rng.choice([-1.0, 0.95])) * float(rng.uniform(0.7, 1.2)),
        )
        forth = rng.random() < 0.5
        a, b = (-5.0, length + 6.0) if forth else (length + 6.0, -5.0)
        people.append(Walker(int(rng.integers(8)), begin, begin + abs(b - a) / speed, (a, y), (b, y)))
    for begin, end, index in path.visits:
        stand = places[index]
        for _ in range(int(rng.poisson(1.1 * density))):
            start, deep = (
                float(rng.uniform(begin, max(begin + 0.1, end - 1.5))),
                DEPTH - 0.42 - float(rng.uniform(0.5, 0.75)),
            )
            left, right = stand.point(-0.6, deep, 0), stand.point(WIDTH + 0.6, deep, 0)
            if rng.random() < 0.5:
                left, right = right, left
            people.append(
                Walker(
                    int(rng.integers(8)),
                    start,
                    start + float(rng.uniform(3.4, 5.0)),
                    (left[0], left[1]),
                    (right[0], right[1]),
                )
            )
    for stand in places:
        if rng.random() < 0.75 * density:
            foot = stand.point(float(rng.uniform(0.35, 0.6)), float(rng.uniform(1.5, 2.2)), 0)
            people.append(
                Walker(
                    int(rng.integers(8)), -1.0, seconds + 1e6, (foot[0], foot[1]), (foot[0] + 0.2 * stand.side, foot[1])
                )
            )
    return people
