"""Requests: good defaults, and errors that say which field is wrong and what was probably meant."""

from typing import Any

import pytest
from scout_common.errors import BadRequest
from scout_contracts.stages import MATCH_STAGES

from services.orchestrator.request import JobRequest, parse


def test_the_smallest_request() -> None:
    request = parse({"catalogue": "/data/products.csv", "media": "/data/a.mp4"})
    assert request.media == ("/data/a.mp4",)
    assert request.shown_title == "products.csv in a.mp4"
    spec = request.to_spec()
    assert spec["options"]["stages"] == list(MATCH_STAGES)
    assert spec["options"]["min_probability"] == 0.5


def test_zero_media_is_a_request() -> None:
    assert parse({"catalogue": "c", "media": []}).shown_title == "c"


def test_no_evidence_leaves_its_stage_out() -> None:
    spec = parse({"catalogue": "c", "options": {"evidence": False}}).to_spec()
    assert "evidence_builder" not in spec["options"]["stages"]
    assert "sightings" in spec["options"]["stages"]


def test_stages_are_kept_in_the_order_of_the_work() -> None:
    assert parse({"catalogue": "c", "options": {"stages": ["matcher", "catalog"]}}).options.stages == (
        "catalog",
        "matcher",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"catalogue": " "}, "catalogue: String should have at least 1 character"),
        ({"media": ["é" * 1500]}, "media.0: longer than 2000 bytes"),
        ({"title": "a\0b"}, "title: String should match pattern"),
        ({"catalog": "c"}, "unknown field 'catalog'; did you mean 'catalogue'?"),
        ({"colour": 1}, "unknown field 'colour'; known are catalogue, media"),
        ({"media": ["a", ""]}, "media.1: String should have at least 1 character"),
        ({"options": {"min_probability": 2}}, "options.min_probability: Input should be less than or equal to 1"),
        ({"options": {"keyframe_density": 1}}, "options: unknown field 'keyframe_density'; did you mean 'keyframe_den"),
        (
            {"options": {"stages": ["catalog", "match"]}},
            "options.stages: unknown stage 'match'; did you mean 'matcher'?",
        ),
        ({"options": {"stages": ["matcher"]}}, "'catalog' cannot be left out"),
        ({"options": {"embedder": "clip"}}, "options.embedder: there is no embedder named 'clip'"),
        ({"show": {"name": "F", "starts_on": "2026-03-02", "ends_on": "2026-03-01"}}, "show: the show ends before it"),
        ({"show": {"name": "F", "starts_on": "spring"}}, "show.starts_on: Input should be a valid date"),
        ({"strict": "perhaps"}, "strict: Input should be a valid boolean"),
    ],
)
def test_what_is_wrong_is_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse({"catalogue": "c", "media": []} | change)
    assert told in caught.value.message


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(BadRequest) as caught:
        parse({"catalogue": "", "media": [""]})
    assert "catalogue:" in caught.value.message
    assert "media.0:" in caught.value.message


@pytest.mark.parametrize("data", [None, 3, [], "x"])
def test_other_things_are_no_request(data: Any) -> None:
    with pytest.raises(BadRequest):
        parse(data)


def test_the_spec_is_a_request_again() -> None:
    request = JobRequest(catalogue="c", media=("m",), title="T")
    assert parse(request.to_spec()) == request
