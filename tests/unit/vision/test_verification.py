"""Verification: the voted region decides, by points that agree with one another."""

import numpy as np
import pytest
from scout_vision.verification import FrameView, Verified, region, verify
from scout_vision.voting import Hypothesis, Pose

from tests.unit.vision.packs import EXTRACTOR, index_of, outline, pack, placed, shelf

INDEX = index_of((10, 0), (11, 0))


def verified(frame: np.ndarray, pose: Pose, entry: int = 0) -> Verified | None:
    view = FrameView.of(EXTRACTOR.frame(frame), INDEX.projection)
    return verify(INDEX.entries, view, Hypothesis(entry, pose, 1.0, 10))


def test_a_pack_verifies_at_its_place_even_from_a_rough_pose() -> None:
    where = placed(0.2, 0.8, 300, 220)
    found = verified(shelf((pack(10), where)), Pose(310, 212, 0.9, 0.1))
    assert found is not None
    assert found.inliers >= 30 and found.support >= found.inliers and 0.3 < found.area <= 1
    assert np.abs(found.quad - outline(where)).max() < 6
    assert found.matches >= len(found.keypoints) == len(found.frame_points)


def test_another_pack_does_not_verify_there() -> None:
    found = verified(shelf((pack(10), placed())), Pose(320, 240, 1.0, 0.0), entry=1)
    assert found is None or found.support < 10


def test_a_wrong_turn_does_not_verify() -> None:
    found = verified(shelf((pack(10), placed())), Pose(320, 240, 1.0, np.pi))
    assert found is None or found.support < 10


def test_outside_the_frame_nothing_verifies() -> None:
    assert verified(shelf((pack(10), placed())), Pose(-4000, 240, 1.0, 0.0)) is None


def test_the_region_turns_with_the_pose() -> None:
    points = np.array([[100, 100], [100, 160], [160, 100]], np.float32)
    shape = np.array([20, 100], np.float32)
    assert region(points, Pose(100, 100, 1.0, 0.0), shape).tolist() == [0, 1]
    assert region(points, Pose(100, 100, 1.0, np.pi / 2), shape).tolist() == [0, 2]


def test_a_catalogue_picture_can_be_a_frame() -> None:
    view = FrameView.of_entry(INDEX.entries, 0, 200)
    centre = INDEX.entries.centres[0]
    found = verify(INDEX.entries, view, Hypothesis(0, Pose(float(centre[0]), float(centre[1]), 1.0, 0.0), 0.0, 0))
    assert found is not None
    assert found.homography == pytest.approx(np.eye(3), abs=0.02)
