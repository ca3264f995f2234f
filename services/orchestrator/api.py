"""Starting and steering jobs over HTTP: POST /start-job, cancel, retry."""

from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict
from scout_common.http import Database, need_job, problems

from services.orchestrator.request import JobRequest

router = APIRouter(tags=["jobs"])


class JobControl(Protocol):
    """What the API asks of the orchestrator; scout_app gives it to create_app."""

    def start_job(self, request: JobRequest, idempotency_key: str | None) -> tuple[str, bool]:
        """Insert the job. Returns its id, and False where the key was seen before. Raises ScoutError."""

    def cancel(self, job_id: str) -> str:
        """Stop the job; returns its state. A finished job stays as it is."""

    def retry(self, job_id: str) -> int:
        """Queue again what failed; returns how many units. Raises Conflict while it runs, or where nothing failed."""


class Started(BaseModel):
    """The job that does the work, and where to watch it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "job_id": "0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
                "created": True,
                "url": "/api/v1/jobs/0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
                "events": "/api/v1/jobs/0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10/events",
                "page": "/?job=0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
            }
        }
    )

    job_id: UUID
    created: bool
    url: str
    events: str
    page: str


class Cancelled(BaseModel):
    """The job's state after cancelling."""

    model_config = ConfigDict(json_schema_extra={"example": {"state": "cancelled"}})

    state: str


class Retried(BaseModel):
    """How many units of work were queued again."""

    model_config = ConfigDict(json_schema_extra={"example": {"units": 3}})

    units: int


def job_control(request: Request) -> JobControl:
    """The control given to create_app."""
    control: JobControl = request.app.state.control
    return control


Control = Annotated[JobControl, Depends(job_control)]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e ]+$", description="The same key returns the same job."),
]


@router.post("/api/v1/jobs", status_code=201, summary="Start a job, the same", responses=problems(403))
@router.post("/start-job", status_code=201, summary="Start a job", responses=problems(403))
def start_job(control: Control, job: JobRequest, response: Response, idempotency_key: IdempotencyKey = None) -> Started:
    """Find the catalogue's products in the media. 200 instead of 201 where the Idempotency-Key was seen before."""
    job_id, created = control.start_job(job, idempotency_key)
    url = f"/api/v1/jobs/{job_id}"
    response.headers["Location"] = url
    response.status_code = 201 if created else 200
    return Started(job_id=UUID(job_id), created=created, url=url, events=f"{url}/events", page=f"/?job={job_id}")


@router.post("/api/v1/jobs/{job}/cancel", summary="Stop a job", responses=problems(403, 404))
def cancel_job(control: Control, database: Database, job: UUID) -> Cancelled:
    """What was found so far stays. A job that has finished stays as it is."""
    need_job(database, job)
    return Cancelled(state=control.cancel(str(job)))


@router.post("/api/v1/jobs/{job}/retry", summary="Try again what failed", responses=problems(403, 404, 409))
def retry_job(control: Control, database: Database, job: UUID) -> Retried:
    """Failed units and what depends on them run again; sightings keep their ids."""
    need_job(database, job)
    return Retried(units=control.retry(str(job)))
