"""How a picture can lie in a frame."""

import numpy as np
import pytest
from scout_vision.planar import corners, distinct_places, hull_share, other_parts, plausible, plausible_fit, project

from tests.unit.vision.packs import placed

SHAPE = np.array([200, 280], np.float32)


def points(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 1, (count, 2)).astype(np.float32) * SHAPE


def test_a_homography_is_recovered_among_wrong_matches() -> None:
    where = placed(0.3, 0.8, 300, 200, 5e-4)
    product = points(60)
    frame = project(where, product)
    frame[40:] = points(20, 1) + 100
    fit = plausible_fit(product, frame, 2.0, SHAPE)
    assert fit is not None
    assert set(range(40)) <= set(fit[1].tolist())
    assert np.abs(project(fit[0], corners(SHAPE)) - project(where, corners(SHAPE))).max() < 2


def test_a_second_face_is_counted_in_the_support() -> None:
    product = points(40)
    frame = project(placed(), product)
    frame[25:] = project(placed(0.2, 0.9, 340, 250), product[25:])
    kept = np.arange(25)
    assert len(other_parts(product, frame, kept, 2.0, SHAPE)) >= 38


@pytest.mark.parametrize(
    "homography",
    [
        np.diag([-1.0, 1.0, 1.0]),  # mirrored
        np.diag([8.0, 1.0, 1.0]),  # stretched
        np.diag([0.01, 0.01, 1.0]),  # a speck
        np.array([[1, 0, 0], [0, 1, 0], [-0.01, 0, 1.0]]),  # folded through infinity
        np.full((3, 3), np.nan),
    ],
)
def test_outlines_that_no_camera_sees_are_implausible(homography: np.ndarray) -> None:
    assert not plausible(project(homography, corners(SHAPE)), SHAPE, homography)


def test_a_turned_and_leaning_pack_is_plausible() -> None:
    where = placed(2.0, 0.5, 200, 200, 1e-3)
    assert plausible(project(where, corners(SHAPE)), SHAPE, where)


def test_places_are_counted_once_on_both_sides() -> None:
    spread = points(30)
    assert distinct_places(spread, spread * 2, 280) >= 25
    heap = np.zeros((30, 2), np.float32) + 5
    assert distinct_places(heap, spread, 280) == 1
    assert distinct_places(spread, heap, 280) == 1


def test_the_share_of_the_picture_inside_the_hull() -> None:
    assert hull_share(corners(SHAPE), SHAPE) == pytest.approx(1.0, abs=0.02)
    assert hull_share(corners(SHAPE) * 0.5, SHAPE) == pytest.approx(0.25, abs=0.02)
