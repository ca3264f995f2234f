"""What the API answers with: response models, each with an example from a real job."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

JobState = Literal["submitted", "running", "done", "partial", "failed", "cancelled"]
MatchState = Literal["new", "accepted", "rejected"]
Probability = Field(ge=0, le=1, description="Calibrated: of claims at 0.9, nine in ten are right.")

STAGE = {
    "stage": "matcher",
    "title": "Matching",
    "total": 12,
    "waiting": 0,
    "pending": 3,
    "running": 2,
    "done": 7,
    "failed": 0,
    "eta_s": 14.2,
}
JOB = {
    "id": "0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
    "title": "Sample hall",
    "state": "done",
    "incomplete": False,
    "show": "Sample Fair",
    "products": 30,
    "media": 5,
    "sightings": 61,
    "failed_units": 0,
    "created_at": "2026-11-21T11:40:00Z",
    "finished_at": "2026-11-21T11:41:12Z",
}
PRODUCT = {
    "id": "5f7bfa2c-9c35-5b7f-8c8e-6f6f7f1f9a11",
    "sku": "CK-375",
    "title": "Choco Krave",
    "brand": "Krave",
    "category": "Cereals",
}
MEDIUM = {
    "id": "2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77",
    "name": "hall.mp4",
    "kind": "video",
    "captured_at": "2026-11-20T10:12:00Z",
    "url": "/api/v1/videos/2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77/media#t=12.5",
}
EXPECTED = {
    "sightings": 61,
    "min_probability": 0.5,
    "by_chance": 0.4,
    "siblings": 1.1,
    "text": "61 sightings at p >= 0.5; expected false: 0.4 by chance, 1.1 siblings",
}


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
    text: str


class JobSummary(BaseModel):
    """A job in the list."""

    model_config = example(**JOB)

    id: UUID
    title: str
    state: JobState
    incomplete: bool = Field(description="Some input failed, so sightings may be missing.")
    show: str | None
    products: int
    media: int
    sightings: int
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

    progress: float = Field(description="Part of the known work that has ended, 0 to 1.")
    eta_s: float | None
    stages: list[Stage]
    expected_false: ExpectedFalse
    failures: list[Failure] = Field(description="Latest failed units, at most 200.")
    issues: list[Issue] = Field(description="Errors first, at most 200; `issue_count` says how many there are.")
    issue_count: int
    error: dict[str, Any] | None
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


class Match(BaseModel):
    """A sighting: this product, in this medium, from start to end, with what probability."""

    model_config = example(
        id="7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55",
        job="0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
        product=PRODUCT,
        family=[],
        medium=MEDIUM,
        show="Sample Fair",
        start_s=11.2,
        end_s=15.8,
        best_s=12.5,
        probability=0.97,
        sibling_risk=0.01,
        state="new",
        facings=2,
        frames=3,
        frame="/api/v1/assets/" + "0" * 64,
        packshot="/api/v1/assets/" + "1" * 64,
        evidence="/api/v1/matches/7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55/evidence",
        proof="/api/v1/matches/7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55/proof",
        created_at="2026-11-21T11:41:00Z",
    )

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
    created_at: datetime


class MatchDetail(Match):
    """A sighting with its best detection, the box in every keyframe and the signals behind the probability."""

    detection: dict[str, Any] = Field(description="quad and homography (product picture -> frame), inlier points.")
    boxes: list[dict[str, Any]] = Field(description="time_s, frame, quad, inliers, probability of each keyframe.")
    signals: dict[str, Any]


class Verdict(BaseModel):
    """An analyst's word on a sighting; `new` takes it back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"state": "accepted"}})

    state: MatchState


class Page(BaseModel):
    next: str | None = Field(None, description="Send it as `cursor` for the next page; null on the last.")


class JobPage(Page):
    """Jobs, newest first."""

    items: list[JobSummary]


class MatchPage(Page):
    """Sightings."""

    items: list[Match]


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
