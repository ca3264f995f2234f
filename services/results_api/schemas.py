"""What the API answers with: response models, each with an example from a real job."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.results_api.examples import EXPECTED, JOB, MATCH, MEDIUM, PRODUCT, STAGE

JobKind = Literal["match", "ocr", "any"]
JobState = Literal["submitted", "running", "done", "partial", "failed", "cancelled"]
MatchState = Literal["new", "accepted", "rejected"]
Probability = Field(ge=0, le=1, description="Calibrated: of claims at 0.9, nine in ten are right.")


def example(**fields: Any) -> ConfigDict:
    """Config with one example for the OpenAPI document."""
    return ConfigDict(from_attributes=True, json_schema_extra={"example": fields})


class Stage(BaseModel):
    """Units of one stage by state."""

    model_config = example(**STAGE)

    stage: str
    title: str
    total: int
    waiting: int
    pending: int
    running: int
    done: int
    failed: int
    skipped: int = 0
    cancelled: int = 0
    eta_s: float | None = Field(
        None, description="Seconds left at the stage's pace so far; null: none left, or unknown."
    )


class ExpectedFalse(BaseModel):
    """How many of the claims are probably false: estimated by this job's own decoys and sibling margins."""

    model_config = example(**EXPECTED)

    sightings: int
    min_probability: float
    by_chance: float = Field(description="Decoys that reached the threshold, times what one decoy stands for.")
    siblings: float = Field(description="Sum of the claims' risk that a sibling pack was the right one.")
    by_probability: float = Field(description="Sum of 1 - p over the claims: how many their own probabilities doubt.")
    text: str


class JobSummary(BaseModel):
    """A job in the list."""

    model_config = example(**JOB)

    id: UUID
    kind: str = "match"
    title: str
    state: JobState
    incomplete: bool = Field(description="Some input failed, so sightings may be missing.")
    show: str | None
    products: int
    media: int
    sightings: int = Field(description="Claims: from the job's minimum probability on.")
    kept: int = Field(description="Claims and the weaker sightings that were kept beside them.")
    failed_units: int
    created_at: datetime
    picked_up_at: datetime | None = None
    finished_at: datetime | None = None


class Failure(BaseModel):
    """A unit of work that failed, and why."""

    model_config = example(
        stage="media_ingestion",
        key="/films/booth.mp4",
        attempt=1,
        kind="BadMedia",
        message="/films/booth.mp4: the file is cut off after 12.4 s",
        hint="Copy it from the camera again, then POST /api/v1/jobs/{id}/retry.",
        finished_at="2026-11-21T11:41:00Z",
    )

    stage: str
    key: str
    attempt: int
    kind: str
    message: str
    hint: str
    finished_at: datetime | None


class Issue(BaseModel):
    """Something wrong with the input that cost only itself."""

    model_config = example(
        severity="warning", subject="products.csv, line 7", message="the price is no number", hint="Write 12.50."
    )

    severity: Literal["warning", "error"]
    subject: str
    message: str
    hint: str


class Job(JobSummary):
    """A job with its progress, its problems and how far to trust it."""

    model_config = example(
        **JOB,
        progress=1.0,
        eta_s=None,
        stages=[STAGE],
        expected_false=EXPECTED,
        failures=[],
        issues=[],
        issue_count=0,
        error=None,
        request={"catalogue": "products.csv", "media": ["hall.mp4"]},
    )

    progress: float = Field(description="How far the stages are on average, 0 to 1.")
    still_reading: bool = Field(False, description="The job is done, but signs are still being read: booths follow.")
    eta_s: float | None = Field(None, description="Of the slowest stage at work; stages yet to begin may add to it.")
    stages: list[Stage]
    expected_false: ExpectedFalse
    failures: list[Failure] = Field(description="Latest failed units, at most 200.")
    issues: list[Issue] = Field(description="Errors first, at most 200; `issue_count` says how many there are.")
    issue_count: int
    error: dict[str, Any] | None = None
    request: dict[str, Any] = Field(description="The request the job was started with.")


class ProductRef(BaseModel):
    """A product as a sighting names it."""

    model_config = example(**PRODUCT)

    id: UUID
    sku: str
    title: str
    brand: str | None = None
    category: str | None = None


class MediumRef(BaseModel):
    """The video or photo of a sighting."""

    model_config = example(**MEDIUM)

    id: UUID
    name: str
    kind: Literal["video", "photo"]
    captured_at: datetime | None = None
    url: str = Field(description="Opens the video at the sighting's best second.")


class SignRef(BaseModel):
    """The sign that says which booth it was."""

    frame: str = Field(description="The keyframe that shows it.")
    medium: UUID | None
    time_s: float
    text: str = Field(description="Voted on, character by character, over `frames`.")
    quad: list[list[float]] = Field(description="Corners in the keyframe, pixels.")
    frames: list[str] = Field([], description="The keyframes in which it was read, `frame` first.")


class BoothRef(BaseModel):
    """Where a sighting stood."""

    id: UUID
    number: str
    hall: str
    company: str | None
    company_id: UUID | None
    confidence: float = Field(ge=0, le=1)
    how: Literal["sign", "near", "products"] = Field(
        description="sign: one is read while the product is in view; near: before or after it; products: no sign, but "
        "the same products stand there elsewhere in the job."
    )
    sign: SignRef | None


class LabelRef(BaseModel):
    """What its label says in the frame."""

    text: str
    verdict: Literal["silent", "agrees", "contradicts"] = Field(description="Beside the catalogue's own picture.")
    reasons: list[str]
    barcodes: list[dict[str, Any]]


class Match(BaseModel):
    """A sighting: this product, in this medium, from start to end, with what probability."""

    model_config = example(**MATCH)

    id: UUID
    job: UUID
    product: ProductRef | None = Field(description="null: an honest tie between the products of `family`.")
    family: list[ProductRef]
    medium: MediumRef
    show: str | None
    start_s: float = Field(description="Seconds from the first frame; 0 in a photo.")
    end_s: float
    best_s: float
    probability: float = Probability
    sibling_risk: float = Field(description="Probability that a sibling pack was the right one.")
    state: MatchState
    facings: int = Field(description="Most instances of the product seen in one frame.")
    frames: int = Field(description="Keyframes that agree.")
    frame: str = Field(description="The best keyframe.")
    packshot: str = Field(description="The product picture that matched.")
    evidence: str | None = Field(description="The picture that proves it; null until it is drawn.")
    proof: str | None = Field(description="The JSON that `scout evidence verify` recomputes.")
    booth: BoothRef | None = Field(None, description="null: no sign says where, or signs are still being read.")
    label: LabelRef | None = Field(None, description="null: it was not read.")
    created_at: datetime


class MatchDetail(Match):
    """A sighting with its best detection, the box in every keyframe and the signals behind the probability."""

    model_config = example(
        **MATCH,
        detection={"quad": [[411, 120], [540, 118], [544, 320], [409, 322]], "image": "1" * 64},
        boxes=[{"time_s": 12.5, "frame": "0" * 64, "inliers": 84, "probability": 0.96}],
        signals={"inliers": 84, "inlier_ratio": 0.71, "area": 0.9, "colour": 0.88},
    )

    detection: dict[str, Any] = Field(description="quad and homography (product picture -> frame), inlier points.")
    boxes: list[dict[str, Any]] = Field(description="time_s, frame, quad, inliers, probability of each keyframe.")
    signals: dict[str, Any]


class Verdict(BaseModel):
    """An analyst's word on a sighting; `new` takes it back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"state": "accepted"}})

    state: MatchState


NextPage = Annotated[str | None, Field(description="Send it as `cursor` for the next page; null on the last.")]


class JobPage(BaseModel):
    """Jobs, newest first."""

    items: list[JobSummary]
    next: NextPage = None


class MatchPage(BaseModel):
    """Sightings."""

    items: list[Match]
    next: NextPage = None


class Health(BaseModel):
    """The process answers."""

    model_config = example(status="ok")

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What this process needs is there."""

    model_config = example(status="ready", database="reachable", migrations="current")

    status: Literal["ready"] = "ready"
    database: Literal["reachable"] = "reachable"
    migrations: Literal["current"] = "current"
