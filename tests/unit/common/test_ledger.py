"""The ledger's decisions that need no database."""

import pytest
from scout_common.errors import PermanentError, StorageFull
from scout_common.ledger.barrier import verdict
from scout_common.ledger.commit import describe
from scout_common.ledger.control import _again
from scout_common.ledger.dispatch import _in_turn
from scout_vision.errors import BadMedia


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ({}, "done"),
        ({"catalog": {"done": 1}, "matcher": {"done": 4}}, "done"),
        ({"catalog": {"done": 1}, "evidence_builder": {"failed": 3}}, "partial"),
        ({"catalog": {"done": 1}, "media_ingestion": {"failed": 1, "done": 2}}, "partial"),
        ({"catalog": {"failed": 1}, "media_ingestion": {"done": 2}}, "failed"),
        ({"catalog": {"done": 1}, "media_ingestion": {"failed": 2}}, "failed"),
        ({"catalog": {"done": 1}, "media_ingestion": {"skipped": 2}}, "done"),
    ],
)
def test_verdict(stages: dict[str, dict[str, int]], expected: str) -> None:
    assert verdict(stages) == expected


def test_jobs_take_turns() -> None:
    assert "".join(_in_turn([["a"] * 4, ["b"] * 2, ["c"]], 6)) == "abcaba"
    assert _in_turn([], 5) == []


def test_a_failed_segment_joins_its_medium_again() -> None:
    again = _again([("media_ingestion", "medium:a")])
    joined = [("media_ingestion", "medium:a", False), ("sightings", "medium:a", True)]
    assert again == [*joined, ("booths", None, True)]  # a booth may have been told from what was missing


def test_a_failed_product_indexes_and_matches_everything_again() -> None:
    stages = [(stage, scope, done) for stage, scope, done in _again([("embedding", "catalogue")])]
    assert ("vector_index", "catalogue", True) in stages
    assert ("matcher", None, True) in stages
    assert ("sightings", None, True) in stages
    assert not any(stage == "media_ingestion" for stage, _, _ in stages)


def test_errors_are_kept_with_what_to_do() -> None:
    told = describe(PermanentError("no header", subject="a.csv", hint="add one"))
    assert told == {"kind": "permanent", "message": "no header", "hint": "add one", "subject": "a.csv"}
    assert describe(BadMedia("no video stream", hint="try ffmpeg"))["hint"] == "try ffmpeg"
    assert describe(StorageFull())["kind"] == "StorageFull"
    assert describe(ZeroDivisionError())["message"] == "ZeroDivisionError"
