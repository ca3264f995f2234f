"""Probabilities: more evidence is never less sure, weak evidence is never a claim."""

from collections.abc import Sequence

import numpy as np
import pytest
from scout_vision import probability
from scout_vision.matching import Detection

STRONG = {
    "inliers": 60.0, "support": 70.0, "inlier_ratio": 0.8, "area": 0.4, "margin": 9.0, "lean": 0.0, "lean_area": 0.0,
    "rival": 0.0, "visible": 1.0, "inside": 1.0, "filled": 0.1, "print": 0.75, "colour": 0.08,
}  # fmt: skip


def said(**changes: float) -> float:
    return probability.frame_probability(STRONG | changes)


def detections(values: Sequence[float]) -> list[Detection]:
    none = np.zeros((0, 2), np.float32)
    quad = np.zeros((4, 2), np.float32)
    return [Detection("p", "i", False, quad, np.eye(3), none, none, STRONG, (), p, 0.0) for p in values]


def test_strong_evidence_is_sure_and_weak_evidence_no_claim() -> None:
    assert said() > 0.85
    assert said(support=7, inliers=7) < 0.3
    assert said(support=0, inliers=0) < 0.01


@pytest.mark.parametrize("support", range(1, 60, 7))
def test_more_places_are_never_less_sure(support: int) -> None:
    assert said(support=support + 5.0, inliers=support + 5.0) >= said(support=float(support), inliers=float(support))


def test_a_place_that_looks_otherwise_is_less_sure() -> None:
    weak = {"support": 16.0, "inliers": 16.0}
    assert said(**weak, print=0.2, colour=0.5) < said(**weak)


def test_a_cut_off_pack_is_less_sure_unless_it_fills_the_picture() -> None:
    weak = {"support": 16.0, "inliers": 16.0}
    assert said(**weak, inside=0.3) < said(**weak)
    assert said(**weak, inside=0.3, filled=0.6) == pytest.approx(said(**weak))


def test_a_logo_alone_needs_more_places() -> None:
    assert said(support=14, inliers=14, area=0.02) < 0.5 < said(support=14, inliers=14, area=0.2)


def test_the_sibling_lead_is_symmetric() -> None:
    one, other = probability.sibling_lead(30, 20, 0.4, 0.2), probability.sibling_lead(20, 30, -0.4, 0.2)
    assert one == pytest.approx(-other)
    assert one > 0
    assert probability.sibling_risk(one, 0.2) < 0.5 < probability.sibling_risk(other, 0.2)


def test_frames_that_agree_raise_a_sighting() -> None:
    alone, thrice = probability.combine(detections([0.7])), probability.combine(detections([0.7, 0.6, 0.6]))
    assert alone == pytest.approx(0.7)
    assert 0.7 < thrice < 0.95
    assert probability.combine([]) == 0.0
    assert probability.combine(detections([0.02] * 30)) < 0.5


def test_the_coefficients_say_where_they_come_from() -> None:
    assert probability.coefficients()["made_by"] == "bench/calibrate.py"


def test_where_the_difference_of_siblings_is_hidden_the_risk_is_higher() -> None:
    assert probability.sibling_risk(2.0, 0.0) > 2 * probability.sibling_risk(2.0, 0.1)
