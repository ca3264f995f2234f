"""Detections over keyframes become sightings a viewer would agree with."""

from collections.abc import Sequence

import numpy as np
import pytest
from scout_vision import probability
from scout_vision.matching import Detection, FrameResult
from scout_vision.tracking import FrameDetections, Track, track


def seen(
    product: str,
    x: float = 100.0,
    *,
    p: float = 0.9,
    family: Sequence[str] = (),
    decoy: bool = False,
    inliers: int = 30,
    risk: float = 0.1,
) -> Detection:
    quad = np.array([(x, 50), (x + 60, 50), (x + 60, 150), (x, 150)], np.float32)
    return Detection(
        product=product,
        image=f"{product}.jpg",
        decoy=decoy,
        quad=quad,
        homography=np.eye(3),
        product_points=np.zeros((inliers, 2), np.float32),
        frame_points=np.zeros((inliers, 2), np.float32),
        signals={
            "inliers": float(inliers),
            "support": float(inliers),
            "inlier_ratio": 0.8,
            "area": 0.5,
            "margin": float(inliers),
        },
        family=tuple(family),
        probability=p,
        sibling_risk=risk,
    )


def film_of(*frames: Sequence[Detection], every_s: float = 2.0) -> list[FrameDetections]:
    return [FrameDetections(i * every_s, f"frame{i}", FrameResult(tuple(f), ())) for i, f in enumerate(frames)]


def spans(tracks: Sequence[Track]) -> list[tuple[str | None, float, float]]:
    return [(t.product, t.start_s, t.end_s) for t in tracks]


@pytest.fixture(autouse=True)
def _plain_combination(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the calibrated model says is its own tests' matter."""
    monkeypatch.setattr(probability, "combine", lambda found: max(d.probability for d in found))


def test_successive_detections_are_one_sighting() -> None:
    (found,) = track(film_of([], [seen("a", 10)], [seen("a", 40, p=0.97)], [seen("a", 70)], []))
    assert (found.start_s, found.end_s, found.frames, found.facings) == (2.0, 6.0, 3, 1)
    assert (found.best_s, found.best_frame) == (4.0, "frame2")
    assert [b.time_s for b in found.boxes] == [2.0, 4.0, 6.0]
    assert found.signals["frames"] == 3.0
    assert found.probability == 0.97
    assert found.boxes[0].inliers == 30


def test_one_missed_keyframe_does_not_break_a_sighting_two_do() -> None:
    assert spans(track(film_of([seen("a")], [], [seen("a")]))) == [("a", 0.0, 4.0)]
    assert spans(track(film_of([seen("a")], [], [], [seen("a")]))) == [("a", 0.0, 0.0), ("a", 6.0, 6.0)]


def test_a_missed_keyframe_over_a_long_time_breaks_it() -> None:
    assert len(track(film_of([seen("a")], [], [seen("a")], every_s=10.0))) == 2
    assert len(track(film_of([seen("a")], [seen("a")], every_s=10.0))) == 1


def test_a_photo_is_a_sighting_of_no_length() -> None:
    (found,) = track(film_of([seen("a", 10), seen("a", 200), seen("a", 400)]))
    assert (found.start_s, found.end_s, found.facings, found.frames) == (0.0, 0.0, 3, 1)
    assert len(found.boxes) == 3
    assert len(found.detections) == 3


def test_facings_are_the_most_seen_at_once() -> None:
    (found,) = track(film_of([seen("a", 10)], [seen("a", 10), seen("a", 200)], [seen("a", 10)]))
    assert found.facings == 2


def test_different_products_and_decoys_stay_apart() -> None:
    tracks = track(film_of([seen("a"), seen("b", 300), seen("a", decoy=True)], [seen("a"), seen("b", 300)]))
    assert [(t.product, t.decoy, t.frames) for t in tracks] == [("a", False, 2), ("b", False, 2), ("a", True, 1)]


def test_a_tie_is_decided_by_another_frame_of_the_sighting() -> None:
    tie = seen("a", p=0.95, family=("a", "b"))
    for frames in ([tie], [tie], [seen("b", p=0.9)]), ([seen("b", p=0.9)], [tie], [tie]):
        (found,) = track(film_of(*frames))
        assert (found.product, found.family, found.frames) == ("b", (), 3)
        assert found.best.product == "b"


def test_a_tie_that_nobody_decides_stays_a_tie() -> None:
    (found,) = track(film_of([seen("a", family=("b", "a"))], [seen("b", family=("a", "b"))]))
    assert (found.product, found.family) == (None, ("a", "b"))


def test_ties_narrow_each_other() -> None:
    (found,) = track(film_of([seen("a", family=("a", "b"))], [seen("b", family=("b", "c"))]))
    assert (found.product, found.family) == ("b", ())


def test_a_tie_beside_two_decided_siblings_joins_the_nearer() -> None:
    frames = film_of([seen("a", 0), seen("b", 500)], [seen("a", 0), seen("x", 480, family=("a", "b"))])
    assert {t.product: t.frames for t in track(frames)} == {"a": 2, "b": 2}


def test_sibling_risk_is_that_of_the_frame_that_tells_most() -> None:
    (found,) = track(film_of([seen("a", risk=0.3)], [seen("a", risk=0.05)]))
    assert found.sibling_risk == 0.05


def test_hopeless_detections_are_not_followed() -> None:
    assert track(film_of([seen("a", p=0.001)])) == []
    assert track([]) == []


def test_the_order_of_input_does_not_matter() -> None:
    frames = film_of([seen("a"), seen("b", 300)], [seen("b", 310), seen("a")], [seen("c", 5)])
    one, two = track(frames), track(frames[::-1])
    assert spans(one) == spans(two)
    shuffled = [FrameDetections(f.time_s, f.frame, FrameResult(f.result.detections[::-1], ())) for f in frames]
    assert spans(track(shuffled)) == spans(one)
    assert [b.quad.tolist() for t in track(shuffled) for b in t.boxes] == [
        b.quad.tolist() for t in one for b in t.boxes
    ]
