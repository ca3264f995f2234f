"""The committed schemas are the published contract; the classes must not drift from them."""

import json

import pytest
from scout_contracts.events import EARLIER_EVENTS, OBSERVED_EVENTS, WORK_EVENTS, Event
from scout_contracts.schemas import FOLDER, describe, name_of

ALL = sorted({*WORK_EVENTS, *EARLIER_EVENTS, *OBSERVED_EVENTS.values()}, key=name_of)


@pytest.mark.parametrize("event", ALL, ids=name_of)
def test_class_and_committed_schema_agree(event: type[Event]) -> None:
    assert json.loads((FOLDER / name_of(event)).read_text()) == describe(event)


def test_every_file_belongs_to_an_event() -> None:
    assert {place.name for place in FOLDER.iterdir()} == {name_of(event) for event in ALL}


def test_fields_without_default_are_required_and_no_other_is_allowed() -> None:
    schema = describe(next(event for event in ALL if event.type == "videos.search.request"))
    assert schema["required"] == ["uri", "name"]
    assert schema["properties"]["start_s"]["type"] == ["number", "null"]
    assert schema["additionalProperties"] is False
