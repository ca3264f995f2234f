"""What the OCR endpoints take and answer, with the examples of the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError
from scout_common.errors import BadRequest
from scout_common.webhooks import checked_address
from scout_ocr.reading import Kind, Quality, ReadOptions

from services.ocr.examples import FILE, JOB, READING

LAST_PAGE = 1_000_000
FILES_AT_ONCE = 200


def example(**fields: Any) -> ConfigDict:
    """A model's configuration with one example."""
    return ConfigDict(json_schema_extra={"example": fields})


def _address(url: str) -> str:
    try:
        return checked_address(url)
    except BadRequest as error:
        raise PydanticCustomError("address", "{told}", {"told": str(error)}) from None


Address = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_address)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,8})?$")]
Locale = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|\d{3}))?)?$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]+$")]


class Wanted(BaseModel):
    """How to read; the defaults are good. In a form, fields of these names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,40}$")] = Field(
        "", description="One engine alone: rapidocr, tesseract, vlm, trocr. Empty: the routing chooses."
    )
    languages: tuple[Language, ...] = Field(
        (),
        max_length=10,
        description="ISO 639-1 codes expected, most likely first; empty: it finds out. Form: `en,bn`.",
    )
    quality: Quality = Field("balanced", description="How much time a good result is worth.")
    min_confidence: float = Field(0.0, ge=0, le=1, description="Words below it are left out.")
    kind: Kind = Field("auto", description="What the file shows; `line`: one cropped line, read without detection.")
    barcodes: bool = Field(True, description="Whether bar codes are wanted.")
    fields: bool = Field(True, description="Whether fields (price, date, company ...) are wanted.")
    first_page: int = Field(1, ge=1, le=LAST_PAGE)
    last_page: int | None = Field(None, ge=1, le=LAST_PAGE, description="Null: to the end.")
    locale: Locale = Field(
        "", description="Of the document, e.g. en-US: is 03/04 March or April, whose is `kr`. Empty: it finds out."
    )
    title: Title | None = Field(None, description="How lists show the task; the file's name where it is left out.")
    webhook_url: Address | None = Field(None, description="Told by a signed POST when the task has ended.")

    @field_validator("languages", mode="before")
    @classmethod
    def _from_form(cls, value: Any) -> Any:
        return tuple(code for code in value.replace(",", " ").split()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> "Wanted":
        if self.last_page is not None and self.last_page < self.first_page:
            raise PydanticCustomError("pages", "last_page lies before first_page")
        return self

    @property
    def options(self) -> ReadOptions:
        """As the reader takes them."""
        return ReadOptions(
            engine=self.engine,
            languages=self.languages,
            quality=self.quality,
            minimum_confidence=self.min_confidence,
            kind=self.kind,
            barcodes=self.barcodes,
            fields=self.fields,
            first_page=self.first_page,
            last_page=self.last_page,
            locale=self.locale,
        )


class OcrRequestBody(Wanted):
    """The file of an address, and how to read it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"example": {"url": "https://example.org/label.png", "kind": "label", "quality": "fast"}},
    )

    url: Address = Field(description="Where the file is fetched from: a public http(s) address.")


class OcrBatchBody(Wanted):
    """The files of several addresses, and how to read them."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"example": {"urls": ["https://example.org/a.pdf", "https://example.org/b.png"]}},
    )

    urls: tuple[Address, ...] = Field(min_length=1, max_length=FILES_AT_ONCE)


class OcrFile(BaseModel):
    """A file of a task."""

    model_config = example(**FILE)

    position: int
    name: str
    sha256: str | None = Field(description="Null until it is fetched.")
    media_type: str = Field(description="Found by content.")
    bytes: int
    url: str | None = None


class OcrResult(BaseModel):
    """A file that was read at once."""

    model_config = example(id=JOB, state="done", cached=False, took_s=0.057, file=FILE, result=READING)

    id: UUID
    state: Literal["done"]
    cached: bool = Field(description="It was read before, with the same options, by the same version of the reader.")
    took_s: float = Field(description="Seconds the reading took, when it was read.")
    file: OcrFile
    result: dict[str, Any] = Field(description="scout_ocr.reading.Reading: text, pages with words, fields, barcodes.")


class OcrStarted(BaseModel):
    """A task that goes on by itself, and where to watch it."""

    model_config = example(
        id=JOB,
        created=True,
        files=1,
        status=f"/api/v1/ocr/status/{JOB}",
        result=f"/api/v1/ocr/result/{JOB}",
        events=f"/api/v1/ocr/events/{JOB}",
        websocket=f"/api/v1/ocr/ws/{JOB}",
    )

    id: UUID
    created: bool
    files: int
    status: str
    result: str
    events: str
    websocket: str

    @staticmethod
    def of(job: str, *, created: bool, files: int) -> "OcrStarted":
        """Of a task's id."""
        places = {name: f"/api/v1/ocr/{name}/{job}" for name in ("status", "result", "events")}
        return OcrStarted(id=UUID(job), created=created, files=files, websocket=f"/api/v1/ocr/ws/{job}", **places)


TaskState = Literal["submitted", "running", "done", "partial", "failed", "cancelled"]


class OcrTask(BaseModel):
    """A task in the list."""

    model_config = example(
        id=JOB,
        title="label.png",
        state="done",
        files=1,
        read=1,
        failed=0,
        created_at="2026-11-21T11:40:00Z",
        finished_at="2026-11-21T11:40:01Z",
    )

    id: UUID
    title: str
    state: TaskState
    files: int
    read: int
    failed: int
    created_at: datetime
    finished_at: datetime | None


class OcrTaskPage(BaseModel):
    """A page of tasks, newest first; send `next` back as `cursor`."""

    items: list[OcrTask]
    next: str | None


class OcrError(BaseModel):
    """Why a file could not be read."""

    model_config = example(kind="Encrypted", message="the file opens with a password only", hint="remove it")

    kind: str
    message: str
    hint: str


class OcrStatus(OcrTask):
    """A task, how far it is, and its files."""

    model_config = example(
        id=JOB,
        title="label.png",
        state="done",
        files=1,
        read=1,
        failed=0,
        created_at="2026-11-21T11:40:00Z",
        finished_at="2026-11-21T11:40:01Z",
        progress=1.0,
        items=[{**FILE, "state": "done", "error": None}],
        result=f"/api/v1/ocr/result/{JOB}",
    )

    progress: float
    items: list["OcrFileState"]
    result: str


class OcrFileState(OcrFile):
    """A file of a task and what has become of it."""

    model_config = example(**FILE, state="done", error=None)

    state: str
    error: OcrError | None = None


class OcrFileResult(OcrFileState):
    """A file of a task and what was read of it; `result` is null where it could not be read."""

    model_config = example(**FILE, state="done", error=None, result=READING)

    result: dict[str, Any] | None = None


class OcrTaskResult(BaseModel):
    """Everything that a task read, file by file."""

    model_config = example(
        id=JOB,
        state="done",
        files=1,
        read=1,
        failed=0,
        items=[{**FILE, "state": "done", "error": None, "result": READING}],
    )

    id: UUID
    state: TaskState
    files: int
    read: int
    failed: int
    items: list[OcrFileResult]


class OcrLanguages(BaseModel):
    """Languages that can be read here and now, by engine (ISO 639-1)."""

    model_config = example(
        languages=["bn", "de", "en"], engines={"rapidocr": ["de", "en"], "tesseract": ["bn", "en"]}, version="reader-1"
    )

    languages: list[str]
    engines: dict[str, list[str]]
    version: str = Field(description="Of the reader: results are remembered for it.")
