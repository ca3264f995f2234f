"""All keypoints of a catalogue in flat arrays: the table that voting and verification read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scout_vision.decoys import Projection
from scout_vision.keypoints import ProductFeatures

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Entries:
    """All keypoints of all pictures and decoys. An entry is a picture (0 .. P-1) or a decoy (P .. P+Q-1).

    points (N, 2), sizes, angles, views (N,), codes (N, D) int8: one row per keypoint, entry by entry, in pixels of the
    picture. starts: (E + 1,) first row of each entry. shapes: (E, 2) width and height of each picture.
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    views: NDArray[np.uint8]
    codes: NDArray[np.int8]
    starts: NDArray[np.int64]
    shapes: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def owner(self) -> NDArray[np.int32]:
        """(N,) the entry of each row."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    @cached_property
    def centres(self) -> NDArray[np.float32]:
        return np.asarray((self.shapes - 1) / 2, np.float32)

    @cached_property
    def sides(self) -> NDArray[np.float32]:
        """(E,) long side of each picture."""
        return np.asarray(self.shapes.max(axis=1, initial=1), np.float32)

    def rows_of(self, entry: int) -> slice:
        return slice(int(self.starts[entry]), int(self.starts[entry + 1]))

    @staticmethod
    def of(products: Sequence[ProductFeatures], projection: Projection) -> Entries:
        """Entries of these pictures, each with all its rows."""
        features = [p.features for p in products]
        counts = [len(f) for f in features]
        return Entries(
            points=stacked([f.points for f in features], np.zeros((0, 2), np.float32)),
            sizes=stacked([f.sizes for f in features], np.zeros(0, np.float32)),
            angles=stacked([f.angles for f in features], np.zeros(0, np.float32)),
            views=stacked([p.views for p in products], np.zeros(0, np.uint8)),
            codes=stacked([projection.codes(f.descriptors) for f in features], np.zeros((0, projection.dims), np.int8)),
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            shapes=np.array([(f.width, f.height) for f in features], np.float32).reshape(-1, 2),
        )


def stacked(parts: list[NDArray[T]], nothing: NDArray[T]) -> NDArray[T]:
    return np.ascontiguousarray(np.concatenate([nothing, *parts]))
