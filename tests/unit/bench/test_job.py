"""What a run of `scout match` tells."""

from pathlib import Path

from bench.job import JobRun


def run(**result: object) -> JobRun:
    return JobRun(1.0, 0.9, 2.0, result, Path("log"))


def test_ties_and_doubtful_sightings_are_no_claims() -> None:
    sightings = [
        {"sku": "A", "probability": 0.5},
        {"sku": None, "family": ["A", "B"], "probability": 0.9},
        {"sku": "B", "probability": 0.49},
    ]
    assert [s["sku"] for s in run(sightings=sightings).sightings] == ["A"]


def test_the_profile_tells_each_stages_share() -> None:
    lines = run(stages={"keypoint": {"units": 4, "cpu_s": 3.0}, "matcher": {"units": 2, "cpu_s": 1.0}}).stage_profile()
    assert "75.0 %" in lines[0]
    assert "25.0 %" in lines[1]


def test_a_job_that_tells_no_stages_has_no_profile() -> None:
    assert run().stage_profile() == []
