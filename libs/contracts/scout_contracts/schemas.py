"""JSON Schema (2020-12) of each event's data: the committed files, and how they follow from the classes.

`python -m scout_contracts.schemas` writes the files of new events; a published file is never changed (a test compares).
"""

import dataclasses
import json
import types
import typing
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from scout_contracts.events import EARLIER_EVENTS, OBSERVED_EVENTS, WORK_EVENTS, Event

FOLDER = Path(__file__).parent / "schemas"
_NAMES: dict[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def name_of(event: type[Event]) -> str:
    """File name of an event's schema, as CloudEvents' `dataschema` gives it."""
    return f"{event.type}.v{event.version}.json"


def describe(event: type[Event]) -> dict[str, Any]:
    """The schema of an event class: every field, no other; fields without a default are required."""
    hints = typing.get_type_hints(event)
    fields = dataclasses.fields(event)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name_of(event),
        "title": event.__name__.removesuffix(f"V{event.version}"),
        "description": (event.__doc__ or "").strip(),
        "type": "object",
        "properties": {field.name: _of(hints[field.name]) | field.metadata.get("schema", {}) for field in fields},
        "required": [field.name for field in fields if field.default is dataclasses.MISSING],
        "additionalProperties": False,
    }


def problem(event: type[Event], data: Any) -> str | None:
    """What is wrong with an event's data, by its committed schema; None where it is right."""
    found = next(iter(_validator(name_of(event)).iter_errors(data)), None)
    return None if found is None else f"{found.json_path}: {found.message}"


@cache
def _validator(name: str) -> Any:
    return Draft202012Validator(json.loads((FOLDER / name).read_text(encoding="utf-8")))


def _of(hint: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return {}
    if origin is types.UnionType:
        return {"type": [_NAMES[argument] for argument in arguments]}
    if origin is list:
        return {"type": "array", "items": _of(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1])}
    return {"type": _NAMES[hint]}


def write_new() -> None:
    """Write the schema files that are not there."""
    FOLDER.mkdir(exist_ok=True)
    for event in (*WORK_EVENTS, *EARLIER_EVENTS, *set(OBSERVED_EVENTS.values())):
        place = FOLDER / name_of(event)
        if not place.exists():
            place.write_text(json.dumps(describe(event), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_new()
