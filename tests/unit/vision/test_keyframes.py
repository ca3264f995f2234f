"""Keyframes: every shot, everything that comes into view, nothing twice, the same in every process."""

import cv2
import numpy as np
import pytest
from scout_vision.errors import BadMedia
from scout_vision.video import KeyframeOptions, keyframes

from tests.unit.vision.conftest import Film, texture

FPS = 25


def pan(seconds: float, speed: float, width: int = 320, height: int = 180, seed: int = 4) -> list[np.ndarray]:
    """A camera that passes a long shelf at `speed` frame widths a second."""
    count = round(seconds * FPS)
    shelf = texture(seed, height, width + int(speed * width * seconds) + 8)
    places = [round(i / FPS * speed * width) for i in range(count)]
    return [np.ascontiguousarray(shelf[:, x : x + width]) for x in places]


def still(seconds: float, seed: int) -> list[np.ndarray]:
    return [texture(seed, 180, 320)] * round(seconds * FPS)


def test_each_shot_has_a_keyframe(film: Film) -> None:
    path = film(still(0.8, 1) + still(0.8, 2) + still(0.4, 3))
    found = list(keyframes(path))
    assert [k.shot for k in found] == [0, 1, 2]
    assert [int(k.time_s / 0.8) for k in found] == [0, 1, 2]


def test_a_still_view_is_kept_once_until_something_appears(film: Film) -> None:
    ground = texture(1, 180, 320)
    with_product = ground.copy()
    with_product[60:120, 200:250] = texture(9, 60, 50)
    path = film([ground] * 125 + [with_product] * 50)
    times = [k.time_s for k in keyframes(path)]
    assert len(times) == 2
    assert 5.0 <= times[1] <= 7.0


def test_a_long_moving_shot_is_sampled_at_least_every_density(film: Film) -> None:
    times = [k.time_s for k in keyframes(film(pan(8, 0.1)))]
    assert max(np.diff([0.0, *times, 8.0])) <= 2.4
    assert len(times) <= 8


@pytest.mark.parametrize("speed", [0.5, 0.9, 1.3])
def test_whatever_is_in_view_for_a_second_is_in_a_keyframe(film: Film, speed: float) -> None:
    """A place on the shelf is in view for 1 / speed seconds: each is in a keyframe where that is long enough."""
    times = np.array([k.time_s for k in keyframes(film(pan(6, speed)))])
    for place in np.arange(1.0, 5.0 * speed, 0.05):
        enters, leaves = (place - 1.0) / speed, place / speed
        longer = max(leaves, enters + 1.0)
        assert np.any((times >= enters - 1e-6) & (times <= longer)), (place, times)


def test_the_sharp_frame_of_a_shaky_moment_is_taken(film: Film) -> None:
    frames = pan(3, 0.15)
    blurred = [f if i % 6 == 4 else np.asarray(cv2.GaussianBlur(f, (0, 0), 4)) for i, f in enumerate(frames)]
    found = list(keyframes(film(blurred), options=KeyframeOptions(analysed_fps=25)))
    assert found
    assert all(round(k.time_s * FPS) % 6 == 4 for k in found)


def test_the_same_span_gives_the_same_keyframes(film: Film) -> None:
    path = film(pan(6, 0.6), options={"preset": "medium", "bf": "3"})
    one, two = list(keyframes(path, 2.0, 5.0)), list(keyframes(path, 2.0, 5.0))
    assert [k.time_s for k in one] == [k.time_s for k in two]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one, two, strict=True))
    assert all(2.0 <= k.time_s < 5.0 for k in one)
    assert one[0].image.shape == (180, 320, 3)


def test_segments_together_cover_the_video(film: Film) -> None:
    path = film(pan(6, 0.3))
    times = [k.time_s for start, end in ((0, 2), (2, 4), (4, 6)) for k in keyframes(path, start, end)]
    assert times == sorted(set(times))
    assert max(np.diff([0.0, *times, 6.0])) <= 2.4


def test_a_very_short_video_has_its_keyframe(film: Film) -> None:
    assert len(list(keyframes(film(still(0.04, 1))))) == 1


def test_keyframes_before_the_damage_are_kept(film: Film) -> None:
    path = film(pan(8, 0.4), container={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    kept: list[float] = []
    with pytest.raises(BadMedia, match="cut off") as told:
        kept.extend(k.time_s for k in keyframes(path))
    assert len(kept) >= 2
    assert told.value.hint


def test_many_broken_frames_are_told_after_what_decodes(film: Film) -> None:
    path = film(pan(8, 0.4), container={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for at in range(len(data) // 3, len(data) // 3 + 60_000, 5):
        data[at] = int(rng.integers(256))
    path.write_bytes(data)
    kept: list[float] = []
    with pytest.raises(BadMedia, match="could not be decoded"):
        kept.extend(k.time_s for k in keyframes(path))
    assert kept
    assert kept[-1] > 5.0
