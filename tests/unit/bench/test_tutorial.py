"""The peer does what tutorials teach: it finds a picture in itself, and joins seconds to intervals."""

import numpy as np

from bench import tutorial


def test_a_picture_is_found_in_itself_and_not_in_nothing() -> None:
    image = np.random.default_rng(1).integers(0, 255, (24, 24, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    features = tutorial.sift(image)
    assert tutorial.inliers(features, features) >= tutorial.ENOUGH
    assert tutorial.inliers(features, tutorial.sift(np.zeros((90, 90, 3), np.uint8))) == 0


def test_seconds_near_each_other_are_one_sighting_with_the_best_probability() -> None:
    looks = [(0.5, {"A": 12}), (1.5, {"A": 5}), (2.5, {"A": 30}), (9.5, {"A": 10})]
    sightings = tutorial.joined("m.mp4", looks)
    assert [(s["start_s"], s["end_s"], s["probability"]) for s in sightings] == [(0.5, 2.5, 1.0), (9.5, 9.5, 0.5)]
