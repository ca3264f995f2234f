"""The ends of sightings are found between keyframes, by following the product's points."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scout_vision import following
from scout_vision.following import FollowOptions, follow, refine_ends, share_inside
from scout_vision.frames import GreyFrame
from scout_vision.matching import Detection
from scout_vision.tracking import Track

from tests.unit.vision.conftest import texture

WIDTH, HEIGHT = 320, 240
PACK = cv2.cvtColor(texture(11, 100, 70), cv2.COLOR_RGB2GRAY)
GROUND = cv2.cvtColor(texture(12, HEIGHT, 3 * WIDTH), cv2.COLOR_RGB2GRAY)


class Camera:
    """A pack at `left(time)` before a shelf that moves with it; counts the passes over the film."""

    def __init__(self, speed: float = 0.0, start: float = 100.0, hidden: Sequence[tuple[float, float]] = ()) -> None:
        self.speed, self.start, self.hidden = speed, start, hidden
        self.passes = 0

    def left(self, time_s: float) -> float:
        return self.start + self.speed * time_s

    def grey(self, time_s: float) -> GreyFrame:
        x = round(self.left(time_s))
        picture = np.ascontiguousarray(np.roll(GROUND, x, axis=1)[:, WIDTH : 2 * WIDTH])
        low, high = max(0, x), min(WIDTH, x + 70)
        if high > low:
            picture[70:170, low:high] = PACK[:, low - x : high - x]
        if any(a <= time_s <= b for a, b in self.hidden):
            picture[50:200, max(0, x - 20) : max(0, x + 90)] = 30
        return GreyFrame(time_s, picture, 1.0)

    def look(self, times: Sequence[float]) -> Iterator[GreyFrame]:
        self.passes += 1
        assert list(times) == sorted(set(times))
        return (self.grey(t) for t in times)

    def detection(self, time_s: float) -> Detection:
        x = self.left(time_s)
        points = np.random.default_rng(0).uniform((2, 2), (68, 98), (25, 2)).astype(np.float32)
        quad = np.array([(x, 70), (x + 70, 70), (x + 70, 170), (x, 170)], np.float32)
        return Detection(
            "a", "a.jpg", False, quad, np.eye(3), points, points + np.array((x, 70), np.float32), {}, (), 0.9, 0.0
        )

    def sighting(self, *times: float) -> Track:
        found = tuple((t, self.detection(t)) for t in times)
        return Track(
            product="a", family=(), decoy=False, start_s=times[0], end_s=times[-1], best_s=times[0],
            best_frame="f", best=found[0][1], boxes=(), facings=1, frames=len(times), probability=0.9, signals={},
            sibling_risk=0.0, detections=found,
        )  # fmt: skip


def test_the_ends_are_where_the_pack_enters_and_leaves_the_frame() -> None:
    camera = Camera(speed=-100.0, start=400.0)
    # The pack is 70 wide: 60 % of it is inside from left = 278 (1.22 s) to left = -28 (4.28 s).
    (found,) = refine_ends([camera.sighting(2.0, 3.5)], [0.0, 2.0, 3.5, 5.5], camera.look)
    assert found.start_s == pytest.approx(1.22, abs=0.15)
    assert found.end_s == pytest.approx(4.28, abs=0.15)
    assert camera.passes == 1


def test_something_that_hides_the_pack_ends_the_sighting() -> None:
    camera = Camera(hidden=[(0.0, 0.9), (3.1, 9.0)])
    (found,) = refine_ends([camera.sighting(1.5, 2.5)], [0.1, 1.5, 2.5, 4.5], camera.look)
    assert found.start_s == pytest.approx(0.95, abs=0.15)
    assert found.end_s == pytest.approx(3.05, abs=0.15)


def test_a_pack_that_stays_is_followed_to_the_next_keyframe() -> None:
    camera = Camera()
    (found,) = refine_ends([camera.sighting(2.0)], [0.0, 2.0, 4.0], camera.look)
    assert found.start_s == pytest.approx(0.0, abs=0.13)
    assert found.end_s == pytest.approx(4.0, abs=0.13)


def test_without_neighbours_it_is_followed_within_reach() -> None:
    camera = Camera()
    (found,) = refine_ends([camera.sighting(1.0)], [1.0], camera.look, FollowOptions(reach_s=2.0))
    assert found.start_s == pytest.approx(0.0, abs=0.13)
    assert found.end_s == pytest.approx(3.0, abs=0.13)


def test_many_sightings_share_one_pass() -> None:
    camera = Camera(speed=-60.0, start=300.0)
    tracks = [camera.sighting(2.0), camera.sighting(2.0, 4.0), camera.sighting(4.0)]
    found = refine_ends(tracks, [0.0, 2.0, 4.0, 6.0], camera.look)
    assert camera.passes == 1
    assert len(found) == 3
    assert found[1].start_s == pytest.approx(found[0].start_s)
    assert found[1].end_s == pytest.approx(found[2].end_s)
    assert all(f.start_s <= t.start_s and f.end_s >= t.end_s for f, t in zip(found, tracks, strict=True))


def test_nothing_to_follow_leaves_the_ends() -> None:
    camera = Camera()
    track = camera.sighting(2.0)
    flat = replace(track.best, frame_points=np.zeros((0, 2), np.float32), quad=track.best.quad + 5000)
    lost = replace(track, detections=((2.0, flat),))
    (found,) = refine_ends([lost], [0.0, 2.0, 4.0], camera.look)
    assert (found.start_s, found.end_s) == (2.0, 2.0)
    assert refine_ends([], [0.0], camera.look) == []
    assert follow(track.best, [camera.grey(2.0)], FollowOptions()) is None


def test_of_several_instances_one_that_is_seen_to_the_limit_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, followed = Camera(), []
    track = camera.sighting(2.0)
    beyond = replace(track.best, quad=track.best.quad + 5000, probability=0.6)
    several = replace(track, detections=((2.0, beyond), (2.0, track.best), (2.0, track.best)))
    monkeypatch.setattr(following, "follow", lambda d, *more: followed.append(d) or follow(d, *more))
    (found,) = refine_ends([several], [1.5, 2.0, 2.3], camera.look)
    assert found.end_s == pytest.approx(2.3) and [d is track.best for d in followed] == [True, True]
    (alone,) = refine_ends([track], [1.5, 2.0, 2.3], camera.look)
    assert (alone.start_s, alone.end_s) == (found.start_s, found.end_s)


def test_a_film_that_ends_early_is_no_error() -> None:
    camera = Camera()
    found = refine_ends([camera.sighting(2.0)], [2.0], lambda times: (camera.grey(t) for t in times if t < 2.5))
    assert found[0].end_s == pytest.approx(2.4, abs=0.13)


def test_share_inside() -> None:
    square = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], np.float32)
    assert share_inside(square, 100, 100) == pytest.approx(1.0)
    assert share_inside(square - (5, 0), 100, 100) == pytest.approx(0.5)
    assert share_inside(square + 200, 100, 100) == 0.0
    assert share_inside(square * 0, 100, 100) == 0.0


def named(track: Track, product: str, **how: object) -> Track:
    """The same track, of another product."""
    found = tuple((t, replace(d, product=product)) for t, d in track.detections)
    return replace(track, product=product, detections=found, best=found[0][1], **how)  # type: ignore[arg-type]


def test_a_thing_that_most_frames_call_otherwise_is_outvoted() -> None:
    camera = Camera(speed=-20.0, start=150.0)
    keyframe_times = [1.0, 2.0, 3.0, 4.0]
    right = named(camera.sighting(1.0, 3.0, 4.0), "cherry")
    wrong = named(camera.sighting(2.0), "vanilla")
    assert [t.product for t in refine_ends([right, wrong], keyframe_times, camera.look)] == ["cherry"]
    decoy = replace(wrong, decoy=True)
    assert len(refine_ends([right, decoy], keyframe_times, camera.look)) == 2


def test_an_equal_vote_and_another_place_leave_both() -> None:
    camera = Camera(speed=-20.0, start=150.0)
    one, two = named(camera.sighting(1.0), "cherry"), named(camera.sighting(2.0), "vanilla")
    assert len(refine_ends([one, two], [1.0, 2.0], camera.look)) == 2
    elsewhere = tuple(
        (t, replace(d, quad=d.quad + np.float32((90, 0)))) for t, d in camera.sighting(1.0, 3.0, 4.0).detections
    )
    other = replace(named(camera.sighting(1.0, 3.0, 4.0), "cherry"), detections=elsewhere)
    assert len(refine_ends([other, two], [1.0, 2.0, 3.0, 4.0], camera.look)) == 2
