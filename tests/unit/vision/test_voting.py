"""Votes: agreement in place, size and turn is worth more than many votes that disagree."""

import numpy as np
import pytest
from scout_vision import voting
from scout_vision.verification import FrameView

from tests.unit.vision.packs import EXTRACTOR, index_of, pack, placed, shelf

CATALOGUE = tuple((design, 0) for design in range(10, 18))


def hypotheses_in(frame: np.ndarray) -> list[voting.Hypothesis]:
    index = index_of(*CATALOGUE)
    features = EXTRACTOR.frame(frame)
    view = FrameView.of(features, index.projection)
    distances, rows = index.nearest(view.coordinates, 11)
    votes = voting.cast(index.entries, features.points, features.sizes, features.angles, rows, distances)
    assert np.all(votes.weight > 0)
    return voting.hypotheses(index.entries, votes, float(features.width * features.height))


def test_the_strongest_hypothesis_is_the_pack_at_its_pose() -> None:
    first, *_ = hypotheses_in(shelf((pack(13), placed(0.5, 0.7, 250, 200))))
    assert index_of(*CATALOGUE).source(first.entry) == ("p13-0", "p13-0.jpg", False)
    assert (first.pose.x, first.pose.y) == pytest.approx((250, 200), abs=12)
    assert first.pose.scale == pytest.approx(0.7, rel=0.15)
    assert first.pose.turn == pytest.approx(0.5, abs=0.1)


def test_two_facings_are_two_hypotheses() -> None:
    index = index_of(*CATALOGUE)
    found = hypotheses_in(shelf((pack(13), placed(0, 0.6, 150, 240)), (pack(13), placed(0, 0.6, 480, 240))))
    mine = [h for h in found[:6] if index.source(h.entry) == ("p13-0", "p13-0.jpg", False)]
    assert {round(h.pose.x / 100) for h in mine[:2]} == {2, 5} or {round(h.pose.x / 100) for h in mine[:2]} == {1, 5}


def test_one_keypoint_votes_once_for_a_product() -> None:
    entries = index_of(*CATALOGUE).entries
    rows = np.array([[0, 1, 2, 3]])
    distances = np.array([[1.0, 1.1, 1.2, 9.0]], np.float32)
    one = np.ones(1, np.float32)
    votes = voting.cast(entries, np.ones((1, 2), np.float32), one, one, rows, distances)
    assert votes.entry.tolist() == [0]


def test_without_neighbours_there_are_no_votes() -> None:
    entries = index_of(*CATALOGUE).entries
    none = np.zeros(0, np.float32)
    votes = voting.cast(
        entries, np.zeros((0, 2), np.float32), none, none, np.zeros((0, 11), np.int64), np.zeros((0, 11), np.float32)
    )
    assert voting.hypotheses(entries, votes, 1e5) == []
    assert voting.totals(votes, len(entries)).sum() == 0
