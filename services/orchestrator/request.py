"""What a user asks for: the body of POST /start-job, the same on the command line, with errors that help."""

import difflib
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from scout_common.errors import BadRequest, PermanentError
from scout_common.models import embedder_spec, extractor_spec
from scout_common.webhooks import checked_address
from scout_contracts.stages import MATCH_STAGES

READING_STAGES = ("product_text", "region_text", "signs", "booths", "caption")
LONGEST_SOURCE = 2000
"""Bytes. A source is the key of a unit, and an index row of PostgreSQL takes about 2700."""


def _fits(source: str) -> str:
    if len(source.encode()) > LONGEST_SOURCE:
        raise PydanticCustomError("source_length", "longer than {most} bytes", {"most": LONGEST_SOURCE})
    return source


def _webhook(url: str) -> str:
    try:
        return checked_address(url)
    except BadRequest as error:
        raise PydanticCustomError("webhook_url", "{told}", {"told": str(error)}) from None


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
Source = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_SOURCE, pattern=r"^[^\x00]+$"),
    AfterValidator(_fits),
]


class _Strict(BaseModel):
    """Unknown fields are refused, with the name that was probably meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name in data:
                if name not in cls.model_fields:
                    near = difflib.get_close_matches(str(name), cls.model_fields, 1)
                    advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(cls.model_fields)}"
                    raise PydanticCustomError(
                        "unknown_field", "unknown field {name}; {advice}", {"name": repr(name), "advice": advice}
                    )
        return data


class Show(_Strict):
    """The trade show a job belongs to; booth numbers recur at every fair."""

    name: Text
    place: Text | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Show":
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise PydanticCustomError("show_dates", "the show ends before it starts")
        return self


class Options(_Strict):
    """How to look; the defaults are good."""

    min_probability: float = Field(0.5, ge=0, le=1, description="sightings below this are not counted as claims")
    keyframe_density_s: float = Field(2.0, ge=0.1, le=60, description="at least one keyframe each so many seconds")
    stages: tuple[str, ...] = Field(MATCH_STAGES, description="stages wanted; the others are skipped")
    embedder: str = Field("appearance", description="appearance, or a learned model: onnx:NAME, open_clip:NAME")
    extractor: str = Field("rootsift", description="rootsift, or a learned model: kornia:NAME")
    evidence: bool = Field(True, description="draw an evidence picture for each sighting")
    reading: bool = Field(True, description="read labels and booth signs")
    sign_seconds: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="CPU seconds spent on signs per hour of media (at least 4 in each segment of about five minutes); "
        "0: none",
    )
    nearest: int | None = Field(
        None, ge=1, le=1000, description="with frames_of: match only the keyframes nearest to each product, by vectors"
    )

    @field_validator("embedder", "extractor")
    @classmethod
    def _known_model(cls, name: str, info: ValidationInfo) -> str:
        read = embedder_spec if info.field_name == "embedder" else extractor_spec
        try:
            read(name)
        except PermanentError as error:
            raise PydanticCustomError("unknown_model", "{told}", {"told": f"{error.message}. {error.hint}"}) from None
        return name

    @field_validator("stages")
    @classmethod
    def _known_stages(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in MATCH_STAGES:
                near = difflib.get_close_matches(name, MATCH_STAGES, 1)
                advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(MATCH_STAGES)}"
                raise PydanticCustomError(
                    "unknown_stage", "unknown stage {name}; {advice}", {"name": repr(name), "advice": advice}
                )
        if "catalog" not in names:
            raise PydanticCustomError("no_catalog", "the stage 'catalog' cannot be left out: nothing else could work")
        return tuple(name for name in MATCH_STAGES if name in names)


class JobRequest(_Strict):
    """A job: find the products of this catalogue in these media."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "catalogue": "/data/products.csv",
                    "media": ["/data/fair", "/data/booth-12.mp4", "https://example.org/walk.mp4"],
                    "title": "Spring fair",
                    "show": {"name": "Spring Fair", "place": "Cologne", "starts_on": "2026-03-02"},
                    "options": {"min_probability": 0.5},
                }
            ]
        },
    )

    catalogue: Source = Field(
        description="a CSV, JSON or JSONL file, a product feed, a folder of pictures, or a URL of a file, feed or page"
    )
    media: tuple[Source, ...] = Field(
        (),
        max_length=10_000,
        description="video and photo files, folders (searched through), globs, URLs of files and of pages with videos, "
        "searches like `ytsearch5:food expo`, uploads (`upload:<id>`)",
    )
    query: Text | None = Field(None, description="words that a product of the catalogue must hold to be looked for")
    title: Text | None = Field(None, description="how lists show the job")
    show: Show | None = None
    strict: bool = Field(False, description="one bad row of the catalogue refuses all of it")
    frames_of: UUID | None = Field(
        None, description="instead of media: the stored keyframes of this job are searched, and nothing is decoded"
    )
    webhook_url: Annotated[str, AfterValidator(_webhook)] | None = Field(
        None, description="told by a signed POST when the job has ended"
    )
    options: Options = Options()

    @model_validator(mode="after")
    def _media_or_frames(self) -> "JobRequest":
        if self.frames_of and self.media:
            raise PydanticCustomError("media_and_frames", "give media or frames_of, not both")
        if self.options.nearest and not self.frames_of:
            raise PydanticCustomError(
                "nearest", "options.nearest goes with frames_of: only stored keyframes have vectors"
            )
        return self

    @field_validator("media", mode="before")
    @classmethod
    def _one_is_a_list(cls, media: Any) -> Any:
        return (media,) if isinstance(media, str) else media

    @property
    def shown_title(self) -> str:
        """The title, or one made from the input."""
        if self.title:
            return self.title
        name = self.catalogue.rstrip("/").rsplit("/", 1)[-1] or self.catalogue
        name = f"{name} ({self.query})" if self.query else name
        if not self.media:
            return name
        first = self.media[0].rstrip("/").rsplit("/", 1)[-1]
        return f"{name} in {first}{' ...' if len(self.media) > 1 else ''}"

    def with_options(self, options: dict[str, Any]) -> "JobRequest":
        """The same request with other options."""
        return self.model_copy(update={"options": Options(**options)})

    def to_spec(self) -> dict[str, Any]:
        """The request as the job row keeps it: complete, with `evidence` already told in the stages."""
        spec = self.model_dump(mode="json")
        for name in ("query", "webhook_url"):
            if spec[name] is None:
                del spec[name]  # the same request as in the release before, for its idempotency key
        left_out = {
            *(() if self.options.evidence else ("evidence_builder", "caption")),
            *(() if self.options.reading else READING_STAGES),
        }
        spec["options"]["stages"] = [name for name in self.options.stages if name not in left_out]
        return spec


def parse(data: Any) -> JobRequest:
    """Read a request. Raises BadRequest that names every field that is wrong, and how."""
    try:
        return JobRequest.model_validate(data)
    except ValidationError as error:
        raise BadRequest(
            "; ".join(problems(error)), hint="`scout match --help`, or /docs of a running Scout, says what may be given"
        ) from None


def problems(error: ValidationError) -> list[str]:
    """One sentence per wrong field: `options.min_probability: Input should be less than or equal to 1`."""
    found = []
    for problem in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in problem["loc"])
        found.append(f"{place}: {problem['msg']}" if place else str(problem["msg"]))
    return found
