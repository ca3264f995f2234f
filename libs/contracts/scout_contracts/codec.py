"""Events on the wire: CloudEvents 1.0 in structured JSON, their data validated by the event's JSON Schema.

The unit a message names travels in extension attributes (CloudEvents allows lower-case letters and digits only).
"""

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from scout_contracts.events import EARLIER_EVENTS, OBSERVED_EVENTS, WORK_EVENTS, Event
from scout_contracts.schemas import name_of, problem

E = TypeVar("E", bound=Event)
EVENTS: dict[str, type[Event]] = {event.type: event for event in WORK_EVENTS} | OBSERVED_EVENTS
_EARLIER: dict[tuple[str, str], type[Event]] = {(event.type, name_of(event)): event for event in EARLIER_EVENTS}


class BadMessage(ValueError):
    """The message is not one of our events, or its data does not follow the event's schema."""


@dataclass(frozen=True, kw_only=True)
class UnitRef:
    """Names one unit of the ledger as it was when its message was published."""

    job_id: str
    stage: str
    key: str
    generation: int = 1
    attempt: int = 0

    def to_id(self) -> str:
        """The id of its message: the same unit, generation and attempt always have the same one."""
        return json.dumps([self.job_id, self.stage, self.key, self.generation, self.attempt], separators=(",", ":"))

    @staticmethod
    def from_id(text: str) -> "UnitRef":
        """The unit of a message id. Raises BadMessage."""
        try:
            job_id, stage, key, generation, attempt = json.loads(text)
            return UnitRef(
                job_id=str(job_id), stage=str(stage), key=str(key), generation=int(generation), attempt=int(attempt)
            )
        except (ValueError, TypeError) as error:
            raise BadMessage(f"not a message id: {text[:200]!r}") from error


@dataclass(frozen=True, kw_only=True)
class Message:
    """A decoded event and what its envelope says; observers' events name no unit."""

    id: str
    type: str
    source: str
    time: datetime
    event: Event
    unit: UnitRef | None


def encode(
    event: Event, *, unit: UnitRef | None, id: str, source: str, time: datetime, type: str | None = None
) -> bytes:
    """Write an event. type: one of the job.* names, for JobChanged. Raises BadMessage where data breaks the schema."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type or event.type,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": name_of(event.__class__),
        "data": to_data(event),
    }
    if unit is not None:
        envelope |= {"jobid": unit.job_id, "stage": unit.stage, "subject": unit.key}
        envelope |= {"generation": unit.generation, "attempt": unit.attempt}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode(body: bytes) -> Message:
    """Read and validate a message. Raises BadMessage."""
    try:
        envelope = json.loads(body)
        if not isinstance(envelope, dict) or envelope.get("specversion") != "1.0":
            raise BadMessage("not a CloudEvents 1.0 message")
        kind = str(envelope["type"])
        schema = str(envelope.get("dataschema"))
        known = _EARLIER.get((kind, schema)) or EVENTS.get(kind)
        if known is None or schema != name_of(known):
            raise BadMessage(f"unknown event {kind!r} ({schema!r})")
        return Message(
            id=str(envelope["id"]),
            type=kind,
            source=str(envelope["source"]),
            time=datetime.fromisoformat(str(envelope["time"])),
            event=from_data(known, envelope.get("data")),
            unit=_unit(envelope),
        )
    except BadMessage:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadMessage(f"the message cannot be read: {error!r}"[:500]) from error


def to_data(event: Event) -> dict[str, Any]:
    """An event's data as plain values, validated. Raises BadMessage."""
    data = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    _check(event.__class__, data)
    return data


def from_data(event: type[E], data: Any) -> E:
    """An event of plain values, validated. Raises BadMessage."""
    _check(event, data)
    return event(**data)


def _check(event: type[Event], data: Any) -> None:
    wrong = problem(event, data)
    if wrong is not None:
        raise BadMessage(f"{event.type}: {wrong}"[:500])


def _unit(envelope: dict[str, Any]) -> UnitRef | None:
    if "jobid" not in envelope:
        return None
    return UnitRef(
        job_id=str(envelope["jobid"]),
        stage=str(envelope["stage"]),
        key=str(envelope["subject"]),
        generation=int(envelope["generation"]),
        attempt=int(envelope["attempt"]),
    )
