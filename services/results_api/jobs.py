"""Jobs: the list, one job with progress and trust."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from scout_common.http import DEFAULT_PAGE, LARGEST_PAGE, TENANT, Database, Problem, not_found, problems
from scout_common.paging import BadCursor
from scout_common.progress import JobProgress, expected_false, job_progress
from scout_contracts.stages import STAGES
from sqlalchemy import Connection

from services.results_api.schemas import (
    ExpectedFalse,
    Failure,
    Issue,
    Job,
    JobKind,
    JobPage,
    JobState,
    JobSummary,
    Stage,
)
from services.results_api.store import Row, job_failures, job_issues, job_row, jobs_page

router = APIRouter(prefix="/api/v1", tags=["jobs"])

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items per page.")]
BACKGROUND = {stage.name for stage in STAGES if stage.background}
After = Annotated[str | None, Query(alias="cursor", description="`next` of the page before.")]


def bad_cursor(error: BadCursor) -> Problem:
    """400 that says how to get a good one."""
    return Problem(400, f"The cursor cannot be used: {error}. Leave it out to start at the first page.")


@router.get("/jobs", summary="Jobs, newest first", responses=problems(400))
def list_jobs(
    database: Database,
    limit: Limit = DEFAULT_PAGE,
    cursor: After = None,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
    kind: Annotated[JobKind, Query(description="match: searches for products; ocr: reading; any: both.")] = "match",
) -> JobPage:
    """A page of jobs; poll `items[0].state`, or follow `/jobs/{id}/events`."""
    try:
        page = jobs_page(database, limit=limit, cursor=cursor, state=state, kind=kind)
    except BadCursor as error:
        raise bad_cursor(error) from error
    return JobPage(items=[JobSummary.model_validate(dict(row)) for row in page.rows], next=page.next)


@router.get("/jobs/{job}", summary="One job", responses=problems(404))
def get_job(
    database: Database,
    job: UUID,
    min_probability: Annotated[
        float | None, Query(ge=0, le=1, description="Estimate false claims at this threshold, not the job's own.")
    ] = None,
) -> Job:
    """State, progress and seconds left per stage, failures with reasons, issues, expected false claims."""
    row = job_row(database, job)
    if row is None:
        raise not_found("job", job, "/api/v1/jobs")
    return job_of(database, row, min_probability)


def _still_reading(progress: JobProgress) -> bool:
    left = any(stage.left for stage in progress.stages if stage.stage in BACKGROUND)
    return progress.state in ("done", "partial") and left


def job_of(connection: Connection, row: Row, min_probability: float | None = None) -> Job:
    """A job's row with everything about it."""
    job = row["id"]
    progress = job_progress(connection, str(job), TENANT)
    if progress is None:  # removed between two statements
        raise not_found("job", job, "/api/v1/jobs")
    issues, count = job_issues(connection, job)
    trust = expected_false(connection, str(job), TENANT, min_probability)
    return Job(
        **JobSummary.model_validate(dict(row)).model_dump(exclude={"state"}),
        state=progress.state,
        progress=progress.fraction,
        still_reading=_still_reading(progress),
        eta_s=progress.eta_s,
        stages=[Stage.model_validate(stage) for stage in progress.stages],
        expected_false=ExpectedFalse.model_validate(trust),
        failures=[Failure.model_validate(dict(failure)) for failure in job_failures(connection, job)],
        issues=[Issue.model_validate(dict(issue)) for issue in issues],
        issue_count=count,
        error=row["error"],
        request=row["spec"],
    )
