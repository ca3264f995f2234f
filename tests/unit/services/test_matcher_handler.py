"""The matcher's decisions, on results made by hand."""

import numpy as np
import pytest
from scout_contracts.events import MatchFramesReady, MatchRequest
from scout_vision.matching import Candidate, Detection, FrameResult
from scout_vision.result_codec import decode_result, encode_result
from scout_vision.tracking import FrameDetections

from services.matcher.handler import (
    FrameInputs,
    FrameRow,
    MatchRow,
    MediumRow,
    SightingInputs,
    best_candidates,
    decoy_scale,
    handle,
)


def detection(product="tea", *, decoy=False, left=10.0, probability=0.9):
    quad = np.array([[left, 10], [left + 60, 10], [left + 60, 90], [left, 90]], np.float32)
    points = np.random.default_rng(0).uniform(0, 60, (20, 2)).astype(np.float32)
    matrix = np.array([[1, 0, left], [0, 1, 10], [0, 0, 1.0]])
    signals = {"inliers": 20.0, "inlier_ratio": 0.8, "area": 0.9, "margin": 20.0, "colour": 1.0, "similarity": 1.0}
    return Detection(
        product, f"{product}-image", decoy, quad, matrix, points, points + left, signals, (), probability, 0.01
    )


def result(*detections, candidates=()):
    return FrameResult(tuple(detections), tuple(candidates))


class OneResult:
    """A matcher that finds the same thing everywhere and counts how often it is asked."""

    def __init__(self, found):
        self.found, self.asked = found, 0

    def match(self, features, image, proposed=()):
        self.asked += 1
        return self.found


def frame_inputs(matcher, known=()):
    blank = np.zeros((4, 4, 3), np.uint8)
    return FrameInputs(known=frozenset(known), matcher=matcher, features=lambda sha: None, image=lambda sha: blank)


def test_only_frames_without_a_result_are_matched():
    matcher = OneResult(result(detection()))
    event = MatchRequest(medium_id="m", frames=[[0.0, "a"], [1.0, "b"], [2.0, "c"]])
    batches = list(handle(event, frame_inputs(matcher, known=["b"])))
    rows = [row for batch in batches for row in batch.rows]
    assert [row.image_sha256 for row in rows] == ["a", "c"]
    assert matcher.asked == 2
    assert all(isinstance(row, FrameRow) for row in rows)
    assert decode_result(rows[0].result).detections[0].product == "tea"


def test_a_picture_that_occurs_twice_is_matched_once():
    matcher = OneResult(result())
    list(handle(MatchRequest(medium_id="m", frames=[[0.0, "a"], [1.0, "a"]]), frame_inputs(matcher)))
    assert matcher.asked == 1


def test_long_chunks_commit_on_the_way():
    event = MatchRequest(medium_id="m", frames=[[float(i), f"{i:02}"] for i in range(20)])
    assert len(list(handle(event, frame_inputs(OneResult(result()))))) == 3


def sightings(frames, *, evidence=True, keep_from=0.2, refine=lambda tracks: tracks):
    inputs = SightingInputs(
        job_id="job", frames=frames, refine=refine, decoy_scale=1.5, keep_from=keep_from, evidence=evidence
    )
    (batch,) = handle(MatchFramesReady(medium_id="m"), inputs)
    return batch


def test_detections_in_successive_frames_become_one_sighting_with_its_evidence_asked_for():
    frames = [FrameDetections(float(t), f"frame{t}", result(detection())) for t in range(3)]
    batch = sightings(frames)
    matches = [row for row in batch.rows if isinstance(row, MatchRow)]
    assert [(m.product_id, m.start_s, m.end_s, m.frames) for m in matches] == [("tea", 0.0, 2.0, 3)]
    assert [child.stage for child in batch.children] == ["evidence_builder"]
    assert batch.children[0].event.match_ids == [matches[0].id]


def test_decoys_are_counted_and_never_shown():
    frames = [FrameDetections(0.0, "frame", result(detection(decoy=True)))]
    batch = sightings(frames)
    (summary,) = batch.rows
    assert isinstance(summary, MediumRow)
    assert len(summary.decoys) == 1
    assert summary.decoy_scale == 1.5
    assert batch.children == ()


def test_without_evidence_nothing_is_drawn():
    frames = [FrameDetections(0.0, "frame", result(detection()))]
    assert sightings(frames, evidence=False).children == ()


def test_the_same_detections_give_the_same_ids():
    frames = [FrameDetections(0.0, "frame", result(detection(), detection("milk", left=200.0)))]
    first, second = sightings(frames), sightings(frames)
    assert [row.id for row in first.rows[1:]] == [row.id for row in second.rows[1:]]
    assert len({row.id for row in first.rows[1:]}) == 2


def test_candidates_take_the_sightings_probability_where_there_is_one():
    weak = result(candidates=[Candidate("milk", 0.05, 3.0), Candidate("tea", 0.3, 9.0)])
    assert best_candidates([], [weak]) == [
        {"product_id": "tea", "probability": 0.3},
        {"product_id": "milk", "probability": 0.05},
    ]


def test_stored_results_come_back_as_they_were():
    found = result(detection(), candidates=[Candidate("tea", 0.9, 12.0)])
    again = decode_result(encode_result(found))
    assert encode_result(again) == encode_result(found)
    np.testing.assert_allclose(again.detections[0].quad, found.detections[0].quad, atol=0.01)
    np.testing.assert_array_equal(again.detections[0].homography, found.detections[0].homography)


@pytest.mark.parametrize("data", [b"", b"garbage", encode_result(result())[:-4]])
def test_damaged_results_are_refused(data):
    with pytest.raises(ValueError):
        decode_result(data)


def test_a_win_of_one_of_few_decoys_does_not_speak_for_the_whole_catalogue():
    assert decoy_scale(1000, 1000) == pytest.approx(1.0, abs=0.02)
    assert decoy_scale(38, 3) < 3
    assert decoy_scale(38, 0) < 4
