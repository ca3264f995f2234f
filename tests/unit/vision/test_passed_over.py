"""Frames are passed over only where that changes none of the others."""

import numpy as np
import pytest
from scout_vision.frames import VideoFile
from scout_vision.passed_over import skippable

from tests.unit.vision.conftest import Film, texture

ONE_REFERENCE = {"preset": "medium", "bf": "3", "refs": "1", "b-pyramid": "normal"}
FOUR_REFERENCES = {**ONE_REFERENCE, "refs": "4"}
LONG_PAUSES = {**ONE_REFERENCE, "bf": "7", "b_strategy": "0"}


def walk(count: int = 100) -> list[np.ndarray]:
    """A camera that moves past print, with people's flicker and grain: what later frames may want from any before."""
    ground, noise = texture(3, 240, 640), np.random.default_rng(5)
    pictures = []
    for number in range(count):
        view = ground[:, 2 * number : 2 * number + 320].astype(np.int16)
        if number % 4 == 2:
            view = np.clip(view + 25, 0, 255)
        pictures.append(np.clip(view + noise.integers(-6, 7, view.shape), 0, 255).astype(np.uint8))
    return pictures


@pytest.mark.parametrize("options", [ONE_REFERENCE, FOUR_REFERENCES, LONG_PAUSES, {"preset": "ultrafast"}])
def test_what_is_left_is_as_it_was(film: Film, options: dict[str, str]) -> None:
    path = film(walk(), "walk.mp4", options=options)
    with VideoFile(path) as video:
        whole = {time_s: video.rgb(frame) for time_s, frame in video.frames()}
    with VideoFile(path) as video:
        left = [(time_s, video.rgb(frame)) for time_s, frame in video.frames(all_frames=False)]
    assert left
    assert all(np.array_equal(whole[time_s], picture) for time_s, picture in left)


def test_bidirectional_frames_are_passed_over_where_none_needs_them(film: Film) -> None:
    assert skippable(film(walk(), "one.mp4", options=ONE_REFERENCE), 0.0, 4.0) == "BIDIR"
    assert skippable(film(walk(), "four.mp4", options=FOUR_REFERENCES), 0.0, 4.0) == "NONREF"


def test_they_are_passed_over_in_the_middle_of_a_video_as_at_its_start(film: Film) -> None:
    path = film(walk(150), "walk.mp4", options={**ONE_REFERENCE, "g": "25"})
    with VideoFile(path) as video:
        whole = [time_s for time_s, _ in video.frames(all_frames=False)]
    with VideoFile(path) as video:
        rest = [time_s for time_s, _ in video.frames(3.0, all_frames=False)]
    assert len(whole) < 80
    assert rest == [time_s for time_s in whole if time_s >= 3.0]


def test_not_where_frames_would_be_far_apart(film: Film) -> None:
    assert skippable(film(walk(), "long.mp4", options=LONG_PAUSES), 0.0, 4.0) == "NONREF"


def test_a_damaged_span_is_decoded_with_care(film: Film) -> None:
    path = film(walk(), "cut.mp4", options=ONE_REFERENCE)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 4000] = bytes(4000)
    path.write_bytes(data)
    assert skippable(path, 0.0, 4.0) in ("BIDIR", "NONREF")
