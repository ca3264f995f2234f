"""Decoys: the mirrored features of a picture are those of the mirrored picture."""

import numpy as np
from scout_vision.decoys import MIRROR_ORDER, Projection, mirrored

from tests.unit.vision.packs import EXTRACTOR, pack


def test_permuted_bins_are_the_descriptors_of_the_mirrored_picture() -> None:
    picture = pack(4)
    permuted = mirrored(EXTRACTOR.product(picture)).features
    real = EXTRACTOR.product(np.ascontiguousarray(picture[:, ::-1])).features
    distance = np.linalg.norm(permuted.points[:, None] - real.points[None], axis=2)
    turn = np.abs(np.angle(np.exp(1j * (permuted.angles[:, None] - real.angles[None]))))
    octaves = np.abs(np.log2(permuted.sizes[:, None] / real.sizes[None]))
    one, other = np.nonzero((distance < 0.7) & (turn < 0.1) & (octaves < 0.1))
    assert len(np.unique(one)) > 0.3 * len(permuted)  # the pixel grid is not mirrored with it
    apart = np.linalg.norm(permuted.descriptors[one].astype(float) - real.descriptors[other], axis=1)
    assert np.median(apart) < 60  # of 512; unrelated descriptors lie about 500 apart


def test_mirroring_twice_changes_nothing() -> None:
    product = EXTRACTOR.product(pack(5))
    again = mirrored(mirrored(product)).features
    assert np.array_equal(again.descriptors, product.features.descriptors)
    assert np.allclose(again.points, product.features.points, atol=1e-3)


def test_in_the_projection_mirroring_is_a_change_of_signs() -> None:
    descriptors = EXTRACTOR.product(pack(6)).features.descriptors
    projection = Projection.fit(descriptors, 64)
    straight, turned = projection.apply(descriptors), projection.apply(descriptors[:, MIRROR_ORDER])
    assert projection.dims == 64
    assert np.allclose(turned, straight * projection.signs, atol=1e-2)
    assert np.abs(projection.codes(descriptors)).max() <= 127


def test_the_projection_keeps_distances() -> None:
    descriptors = np.concatenate([EXTRACTOR.product(pack(d)).features.descriptors for d in (6, 7, 8)])
    projection = Projection.fit(descriptors, 64)
    a, b = descriptors[:200].astype(float), descriptors[-200:].astype(float)
    codes = projection.codes(descriptors).astype(float) * projection.step
    kept = np.linalg.norm(codes[:200] - codes[-200:], axis=1) / np.linalg.norm(a - b, axis=1)
    assert 0.8 < np.median(kept) <= 1.01


def test_a_projection_of_nothing_still_works() -> None:
    none = np.zeros((0, 128), np.uint8)
    assert Projection.fit(none, 64).apply(none).shape == (0, 64)
