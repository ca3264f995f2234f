"""One winner per place."""

from dataclasses import replace

import numpy as np
import pytest
from scout_vision.competition import contests, overlap, points_on
from scout_vision.verification import Verified


def find(entry: int, x: float, side: float, support: int, points: np.ndarray | None = None) -> Verified:
    quad = np.array([(x, 0), (x + side, 0), (x + side, side), (x, side)], np.float32)
    inside = quad.mean(axis=0) + np.random.default_rng(entry).uniform(-side / 3, side / 3, (support, 2))
    frame = np.asarray(inside if points is None else points, np.float32)
    rows = np.arange(len(frame))
    return Verified(entry, np.eye(3), quad, frame, frame, rows, support, support, support, 0.5, 0.3, 1.0)


def test_the_stronger_of_two_packs_at_one_place_wins() -> None:
    (place,) = contests([find(1, 0, 100, 20), find(2, 5, 100, 50)])
    assert place.winner.entry == 2 and [r.entry for r in place.rivals] == [1]


def test_packs_side_by_side_do_not_compete() -> None:
    assert [p.winner.entry for p in contests([find(1, 0, 100, 20), find(1, 102, 100, 50)])] == [1, 1]


def test_a_picture_found_twice_at_one_place_counts_once() -> None:
    (place,) = contests([find(1, 0, 100, 20), find(1, 3, 100, 18), find(2, 0, 100, 9), find(2, 1, 100, 8)])
    assert [r.entry for r in place.rivals] == [2]


def test_a_logo_on_the_winners_pack_makes_no_second_claim() -> None:
    logo = np.array([(40 + i, 50 + i % 3) for i in range(12)], np.float32)
    sibling = find(2, 30, 400, 12, logo)
    sibling = replace(sibling, quad=sibling.quad - 150)
    (place,) = contests([find(1, 0, 100, 60), sibling])
    assert place.winner.entry == 1


def test_overlap_is_part_of_the_smaller() -> None:
    large, small = find(1, 0, 100, 5).quad, find(2, 90, 20, 5).quad
    assert overlap(large, small) == pytest.approx(0.5, abs=0.01)
    assert overlap(large, small + 500) == 0.0
    assert overlap(large, large[:1].repeat(4, axis=0)) == 0.0


def test_points_on_counts_the_weaker_finds_points() -> None:
    assert points_on(find(1, 0, 100, 5), find(2, 500, 100, 5)) == 0.0
    assert points_on(find(1, 0, 100, 5), find(2, 0, 100, 9)) == 1.0
