"""What the review API takes and gives."""

import math
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.review.verdicts import Action, State

Reason = Literal["confidence", "doubt", "contradiction", "failed", "sample"]
PLAIN = r"^[^\x00]*$"
"""Without the NUL that no database text holds."""
_DEEPEST = 4
_LARGEST = 20_000


def _storable(value: Any, depth: int = 0) -> Any:
    """A JSON value that the database takes: no NUL, no lone surrogate, no Infinity or NaN, not deep, not huge."""
    if isinstance(value, str):
        if "\x00" in value or len(value) > _LARGEST:
            raise ValueError(f"a text holds a NUL character or more than {_LARGEST} characters")
        value.encode()
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("Infinity and NaN are no JSON numbers")
    elif isinstance(value, dict | list):
        if depth == _DEEPEST or len(value) > 500:
            raise ValueError(f"an array or object is deeper than {_DEEPEST} or longer than 500")
        for part in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            _storable(part, depth + 1)
    return value


Value = Annotated[Any, AfterValidator(_storable)]
Words = Annotated[str, AfterValidator(_storable)]

EXAMPLE_ITEM: dict[str, Any] = {
    "id": "0a4f1a34-6a53-5c80-9d23-6f5b6e1a7c11",
    "source": "1" * 64,
    "source_name": "receipt-17.jpg",
    "picture": "/api/v1/review/0a4f1a34-6a53-5c80-9d23-6f5b6e1a7c11/picture",
    "job": None,
    "reason": "confidence",
    "kind": "receipt",
    "field": "total",
    "page": 1,
    "box": [310.0, 700.5, 402.0, 731.0],
    "value": "12.50",
    "raw": "12,5O",
    "confidence": 0.41,
    "reader": "routing",
    "engine": "rapidocr",
    "version": "3.10",
    "rule": "total: keyword",
    "doubts": [],
    "state": "open",
    "truth": None,
    "revision": 1,
    "created_at": "2026-11-21T18:00:00Z",
    "decided_at": None,
    "decided_by": None,
}


class Item(BaseModel):
    """A value to look at, or a file that could not be read (`field` is empty then)."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE_ITEM})

    id: UUID
    source: str = Field(description="sha256 of the file.")
    source_name: str
    picture: str = Field(description="Where the value is to be seen: its place cut out of the page, or the page.")
    job: UUID | None = None
    reason: Reason
    kind: str
    field: str
    page: int
    box: list[float] | None = Field(description="Left, top, right, bottom in pixels of the page.")
    value: Any = Field(description="As it was read; null where nothing was.")
    raw: str | None = Field(description="The words it came from.")
    confidence: float
    reader: str
    engine: str
    version: str
    rule: str
    doubts: list[str]
    state: State
    truth: Any = None
    revision: int = Field(description="Send it with a decision; it tells whether somebody else was faster.")
    created_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None


class Made(BaseModel):
    """One decision of the past."""

    revision: int
    action: Action
    value: Any
    note: str
    decided_by: str
    at: datetime


class ItemDetail(Item):
    """An item with everything that was decided about it."""

    model_config = ConfigDict(json_schema_extra={"example": {**EXAMPLE_ITEM, "history": []}})

    history: list[Made]


class ItemPage(BaseModel):
    """A page of the queue."""

    items: list[Item]
    next: str | None


class Deciding(BaseModel):
    """What every decision says."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"by": "Ana", "revision": 1, "note": ""}})

    by: Words = Field(min_length=1, max_length=200, pattern=PLAIN, description="Who decides.")
    revision: int = Field(ge=1, lt=2**31, description="Of the item as it was seen.")
    note: Words = Field("", max_length=2000, pattern=PLAIN)


class Giving(Deciding):
    """A decision that says what is right."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"by": "Ana", "revision": 1, "value": "12.80", "printed": "12,80"}},
    )

    value: Value = Field(description="For a file that could not be read an object of field -> value.")
    printed: Words | None = Field(None, max_length=2000, description="The words as they stand there, for training.")


EXAMPLE_ROW: dict[str, Any] = {
    "week": "2026-11-16", "field": "total", "reader": "routing", "engine": "rapidocr", "version": "3.10",
    "role": "champion", "judged": 40, "right": 36, "wrong": 3, "missed": 1, "invented": 0, "accuracy": 0.9,
}  # fmt: skip
EXAMPLE_PAIR: dict[str, Any] = {
    "field": "total", "champion": "routing", "shadow": "tesseract", "judged": 12, "champion_right": 11,
    "shadow_right": 9,
}  # fmt: skip


class AccuracyRow(BaseModel):
    """How one engine in one version read one field in one week, by what people said of those files."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE_ROW})

    week: date = Field(description="Its Monday.")
    field: str
    reader: str
    engine: str
    version: str
    role: str
    judged: int
    right: int
    wrong: int = Field(description="Another value than the truth.")
    missed: int = Field(description="The field is there, and was not read.")
    invented: int = Field(description="The field is not there, and was read.")
    accuracy: float = Field(description="right / judged")


class Comparison(BaseModel):
    """Two readers on the very same fields of the same files."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE_PAIR})

    field: str
    champion: str
    shadow: str
    judged: int
    champion_right: int
    shadow_right: int


class Accuracy(BaseModel):
    """The accuracy report. Files come to people because something was doubtful in them, so this is a lower bound for
    all files, unless SCOUT_REVIEW_SAMPLE sends others as well."""

    model_config = ConfigDict(json_schema_extra={"example": {"rows": [EXAMPLE_ROW], "comparisons": [EXAMPLE_PAIR]}})

    rows: list[AccuracyRow]
    comparisons: list[Comparison]


class Chosen(BaseModel):
    """Which reader answers, and which reads in its shadow."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"champion": "routing", "shadow": "tesseract", "share": 0.1, "by": "Ana"}},
    )

    champion: str = Field("routing", pattern="^[a-z0-9_-]{1,40}$")
    shadow: str = Field("", pattern="^[a-z0-9_-]{0,40}$", description="Empty: none.")
    share: float = Field(0.0, ge=0, le=1)
    by: Words = Field(min_length=1, max_length=200, pattern=PLAIN)
    force: bool = Field(False, description="Take engines that this machine lacks: others read.")


class Earlier(BaseModel):
    """A choice of the past; an empty champion is the routing."""

    champion: str
    shadow: str
    share: float
    chosen_by: str
    at: datetime


EXAMPLE_CHOICE: dict[str, Any] = {"champion": "routing", "shadow": "tesseract", "share": 0.1}


class Choosing(BaseModel):
    """Which reader answers, which reads in its shadow, and the latest choices, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **EXAMPLE_CHOICE,
                "history": [{**EXAMPLE_CHOICE, "champion": "", "chosen_by": "Ana", "at": "2026-11-21T18:00:00Z"}],
            }
        }
    )

    champion: str
    shadow: str = Field(description="Empty: none.")
    share: float = Field(description="Of the files, that the shadow reads.")
    history: list[Earlier]
