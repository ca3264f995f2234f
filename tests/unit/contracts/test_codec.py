"""What is encoded comes back; what is not one of our events is refused with a typed error, whatever it is."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_contracts.codec import BadMessage, UnitRef, decode, encode, from_data, to_data
from scout_contracts.events import (
    JobChanged,
    ProductsCollectRequest,
    ProductsCollectRequestV1,
    ProductsImagesReady,
    VideosKeyframesReady,
    VideosSearchRequest,
)

UNIT = UnitRef(job_id="j", stage="keypoint", key="k/ü", generation=2, attempt=1)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVENT = VideosKeyframesReady(medium_id="m", frames=[[1.5, "a" * 64]])


def message(**changes: Any) -> bytes:
    body = json.loads(encode(EVENT, unit=UNIT, id="1", source="scout/test", time=NOW))
    body |= changes
    return json.dumps({name: value for name, value in body.items() if value is not ...}).encode()


def test_round_trip() -> None:
    got = decode(encode(EVENT, unit=UNIT, id="1", source="scout/test", time=NOW))
    assert (got.event, got.unit, got.id, got.source, got.time) == (EVENT, UNIT, "1", "scout/test", NOW)
    assert got.type == "videos.keyframes.ready"


def test_a_message_of_an_earlier_release_is_read_and_its_data_do_for_the_event_of_today() -> None:
    old = ProductsCollectRequestV1(source="/c.csv", strict=True)
    assert decode(encode(old, unit=UNIT, id="1", source="scout/test", time=NOW)).event == old
    assert from_data(ProductsCollectRequest, to_data(old)) == ProductsCollectRequest(source="/c.csv", strict=True)


def test_envelope_is_a_cloudevent() -> None:
    body = json.loads(message())
    assert body["specversion"] == "1.0"
    assert body["datacontenttype"] == "application/json"
    assert body["dataschema"] == "videos.keyframes.ready.v1.json"
    assert all(name.isalnum() and name.islower() for name in body)


def test_observers_event_names_no_unit_and_keeps_its_own_type() -> None:
    event = JobChanged(job_id="j", state="done", stages={"matcher": {"done": 2}})
    got = decode(encode(event, unit=None, id="1", source="s", time=NOW, type="job.completed"))
    assert (got.event, got.unit, got.type) == (event, None, "job.completed")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        message(specversion="0.3"),
        message(type="unknown.event"),
        message(dataschema="videos.keyframes.ready.v2.json"),
        message(data={"medium_id": "m"}),
        message(data={"medium_id": "m", "frames": [[1.0, "short"]]}),
        message(data={"medium_id": "m", "frames": [], "extra": 1}),
        message(data=None),
        message(time="yesterday"),
        message(generation="many"),
        message(stage=...),
        message(id=...),
    ],
)
def test_what_is_not_ours_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(body)


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_decoded_never_anything_else(body: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(json.loads(message()))), json_values, max_size=4))
def test_a_changed_envelope_is_refused_or_decoded(changes: dict[str, Any]) -> None:
    with contextlib.suppress(BadMessage):
        assert decode(message(**changes)).type == "videos.keyframes.ready"


def test_bad_data_cannot_be_sent() -> None:
    with pytest.raises(BadMessage, match="frames"):
        to_data(VideosKeyframesReady(medium_id="m", frames=[[0.0, "a" * 64]] * 33))
    with pytest.raises(BadMessage, match="product_id"):
        from_data(ProductsImagesReady, {"image_sha256": "x"})


def test_defaults_need_not_be_sent() -> None:
    event = from_data(VideosSearchRequest, {"uri": "/a.mp4", "name": "a.mp4"})
    assert event.start_s is None


@given(st.text(), st.text(), st.integers(), st.integers())
def test_a_message_id_names_its_unit(stage: str, key: str, generation: int, attempt: int) -> None:
    ref = UnitRef(job_id="j", stage=stage, key=key, generation=generation, attempt=attempt)
    assert UnitRef.from_id(ref.to_id()) == ref


@pytest.mark.parametrize("text", ["", "x", "[1, 2]", "{}", '["j", "s", "k", "many", 1]'])
def test_other_message_ids_are_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        UnitRef.from_id(text)
