"""Decoys: mirrored copies of catalogue pictures, which compete in every search as if they were products.

No real pack is the mirror image of another, so what a decoy wins it wins by chance (target-decoy search, Elias and Gygi
2007). The SIFT descriptor of a mirrored patch is a permutation of the bins of the original's, so nothing is extracted
twice; and in a basis of vectors that this permutation keeps or negates, mirroring is a change of signs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scout_vision.keypoints import DESCRIPTOR_BYTES, Features, ProductFeatures


def _mirror_order() -> NDArray[np.intp]:
    """Bin order of a mirrored patch: along the keypoint's own direction nothing moves, across it all is reflected."""
    row, column, turn = np.unravel_index(np.arange(DESCRIPTOR_BYTES), (4, 4, 8))
    return np.ravel_multi_index((3 - row, column, (8 - turn) % 8), (4, 4, 8))


MIRROR_ORDER = _mirror_order()


def mirrored(product: ProductFeatures) -> ProductFeatures:
    """The features of the picture seen in a mirror (left and right exchanged)."""
    f = product.features
    points = np.stack([f.width - 1 - f.points[:, 0], f.points[:, 1]], axis=1)
    angles = np.mod(np.pi - f.angles, 2 * np.pi).astype(np.float32)
    descriptors = np.ascontiguousarray(f.descriptors[:, MIRROR_ORDER])
    return ProductFeatures(Features(points, f.sizes, angles, descriptors, f.width, f.height), product.views)


@dataclass(frozen=True, eq=False)
class Projection:
    """Principal axes of descriptors that are each kept or negated by mirroring.

    mean: (128,) float32. axes: (128, D) float32, orthonormal. signs: (D,) int8, what mirroring does to each axis.
    step: the width of one quantum of the stored int8 codes.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    signs: NDArray[np.int8]
    step: float

    @staticmethod
    def fit(descriptors: NDArray[np.uint8], dims: int) -> Projection:
        """Fit to (N, 128) descriptors; the sample is made symmetric by adding its own mirror images."""
        sample = descriptors.astype(np.float64)
        if len(sample) < 2:
            sample = np.vstack([np.zeros(DESCRIPTOR_BYTES), np.full(DESCRIPTOR_BYTES, 90.0)])
        mean = sample.mean(axis=0)
        mean = (mean + mean[MIRROR_ORDER]) / 2
        spread = np.cov(sample - mean, rowvar=False)
        swap = np.eye(DESCRIPTOR_BYTES)[MIRROR_ORDER]
        found = [_axes_within(spread, swap, sign) for sign in (1, -1)]
        values = np.concatenate([v for v, _ in found])
        axes = np.concatenate([a for _, a in found], axis=1)
        signs = np.repeat(np.array([1, -1], np.int8), [len(v) for v, _ in found])
        best = np.argsort(-values, kind="stable")[:dims]
        step = max(4.0 * float(np.sqrt(max(values[best[0]], 1.0))) / 127, 0.5)
        return Projection(mean.astype(np.float32), axes[:, best].astype(np.float32), signs[best], step)

    @property
    def dims(self) -> int:
        return int(self.axes.shape[1])

    def apply(self, descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 128) uint8 -> (N, D) float32 coordinates, in quanta."""
        centred = descriptors.astype(np.float32) - self.mean
        return np.ascontiguousarray(centred @ (self.axes / np.float32(self.step)))

    def codes(self, descriptors: NDArray[np.uint8]) -> NDArray[np.int8]:
        """(N, 128) uint8 -> (N, D) int8, the coordinates rounded."""
        return np.clip(np.rint(self.apply(descriptors)), -127, 127).astype(np.int8)


def _axes_within(
    spread: NDArray[np.float64], swap: NDArray[np.float64], sign: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Principal values and axes inside the subspace that mirroring maps to `sign` times itself."""
    projector = (np.eye(len(swap)) + sign * swap) / 2
    length, basis = np.linalg.eigh(projector)
    basis = basis[:, length > 0.5]
    values, axes = np.linalg.eigh(basis.T @ spread @ basis)
    axes = basis @ axes
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    return values, axes * np.where(largest < 0, -1.0, 1.0)
