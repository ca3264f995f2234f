"""What is cut off, hidden or faint in the background is no claim; what fills the picture is."""

import numpy as np
import pytest
from scout_vision.in_view import HIDDEN, in_view
from scout_vision.matching import Detection


def find(product, left, top, width, height, *, support=60.0, area=0.4, print_=0.7, probability=0.95):
    quad = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]], np.float32)
    signals = {"support": support, "area": area, "print": print_}
    none = np.zeros((0, 2), np.float32)
    return Detection(product, f"{product}-image", False, quad, np.eye(3), none, none, signals, (), probability, 0.0)


def probability_of(product, *found):
    return next(d for d in in_view(found, 1280, 720) if d.product == product).probability


def test_a_pack_in_full_view_keeps_its_probability():
    assert probability_of("tea", find("tea", 300, 200, 150, 200)) == pytest.approx(0.95)


def test_a_pack_cut_off_by_the_frame_is_a_candidate():
    assert probability_of("tea", find("tea", -90, 200, 150, 200)) == HIDDEN


def test_a_pack_behind_a_stronger_one_is_a_candidate():
    front, behind = find("front", 300, 200, 150, 200, support=90.0), find("behind", 340, 200, 150, 200)
    assert probability_of("behind", front, behind) == HIDDEN
    assert probability_of("front", front, behind) == pytest.approx(0.95)


def test_what_is_no_claim_hides_nothing():
    faint, behind = find("faint", 300, 200, 150, 200, support=90.0, probability=0.2), find("tea", 340, 200, 150, 200)
    assert probability_of("tea", faint, behind) == pytest.approx(0.95)


def test_a_close_up_that_the_frame_cuts_is_in_view():
    assert probability_of("tea", find("tea", -600, -300, 1600, 1600)) == pytest.approx(0.95)


SUBJECT = find("subject", 700, 50, 500, 600, support=200.0)


def test_faint_packs_behind_a_subject_are_worth_less_the_fainter_they_are():
    worth = [probability_of("tea", SUBJECT, find("tea", 300, 200, 90, 120, support=s)) for s in (8, 14, 20, 60)]
    assert worth == sorted(worth)
    assert worth[0] < 0.1 < 0.5 < worth[-1]


def test_on_a_shelf_without_a_subject_small_packs_are_what_the_picture_is_about():
    assert probability_of("tea", find("tea", 300, 200, 90, 120, support=8)) == pytest.approx(0.95)


def test_behind_a_subject_a_place_that_does_not_look_like_the_picture_needs_more():
    alike = probability_of("tea", SUBJECT, find("tea", 300, 200, 90, 120, support=20))
    assert probability_of("tea", SUBJECT, find("tea", 300, 200, 90, 120, support=20, print_=0.3)) < 0.5 < alike


def test_outlines_far_out_of_the_frame_do_no_harm():
    assert 0.0 <= probability_of("tea", find("tea", -1e7, -1e7, 3e7, 10.0)) <= 1.0
    assert in_view([], 1280, 720) == []
