"""What a person's decision means for an item and for the truth. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scout_common.errors import BadRequest
from scout_ocr.judging import same_value

Action = Literal["accept", "correct", "enter", "reject", "escalate"]
State = Literal["open", "accepted", "corrected", "entered", "rejected", "escalated"]


@dataclass(frozen=True, kw_only=True)
class Said:
    """A decision. value: what is right (correct, enter; for a file that could not be read an object of field -> value).
    printed: the words as they stand there. revision: of the item as the person saw it. key: of the request."""

    action: Action
    by: str
    revision: int
    value: Any = None
    printed: str | None = None
    note: str = ""
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A field of the page and what it really says; value None: it is not there. placed: it stands in the item's box."""

    field: str
    value: Any
    printed: str | None = None
    placed: bool = True


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The item's new state, the value that counts from now on, and what is true."""

    state: State
    truth: Any = None
    truths: tuple[Truth, ...] = ()


def judge(item: Mapping[str, Any], said: Said) -> Verdict:
    """What follows from a decision. Raises BadRequest where it does not fit the item."""
    decide = {"accept": _accept, "correct": _correct, "enter": _enter, "reject": _reject, "escalate": _escalate}
    return decide[said.action](item, said)


def _accept(item: Mapping[str, Any], said: Said) -> Verdict:
    if item["value"] is None:
        raise BadRequest("nothing was read that could be accepted", subject=str(item["id"]), hint="enter the value")
    truth = Truth(field=item["field"], value=item["value"], printed=item["raw"] or None)
    return Verdict(state="accepted", truth=item["value"], truths=(truth,))


def _correct(item: Mapping[str, Any], said: Said) -> Verdict:
    if item["value"] is None:
        raise BadRequest("nothing was read that could be corrected", subject=str(item["id"]), hint="enter the value")
    value = _given(item, said)
    if same_value(value, item["value"]):
        raise BadRequest("that is what was read", subject=str(item["id"]), hint="accept it")
    return Verdict(
        state="corrected", truth=value, truths=(Truth(field=item["field"], value=value, printed=said.printed),)
    )


def _enter(item: Mapping[str, Any], said: Said) -> Verdict:
    value = _given(item, said)
    if item["field"]:
        return Verdict(
            state="entered", truth=value, truths=(Truth(field=item["field"], value=value, printed=said.printed),)
        )
    if not isinstance(value, dict) or not value or not all(_named(name) for name in value):
        hint = 'send {"value": {"company": "...", "total": "12.50"}}'
        raise BadRequest("a file that could not be read takes an object of its fields", hint=hint)
    truths = tuple(Truth(field=name, value=entered, placed=False) for name, entered in sorted(value.items()))
    return Verdict(state="entered", truth=value, truths=truths)


def _reject(item: Mapping[str, Any], said: Said) -> Verdict:
    truths = (Truth(field=item["field"], value=None),) if item["field"] else ()
    return Verdict(state="rejected", truths=truths)


def _escalate(item: Mapping[str, Any], said: Said) -> Verdict:
    return Verdict(state="escalated")


def _given(item: Mapping[str, Any], said: Said) -> Any:
    if said.value in (None, "", {}, []):
        raise BadRequest("the right value is missing", subject=str(item["id"]), hint="reject it where there is none")
    return said.value


def _named(name: str) -> bool:
    return bool(name) and len(name) <= 60 and name.replace("_", "").isalnum() and name.isascii()
