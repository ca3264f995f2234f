"""What every service's api.py shares: problems (RFC 9457), the open resources, limits.

Only api.py files and scout_app import this module: it needs FastAPI, handlers never do.
"""

import logging
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, text
from starlette.exceptions import HTTPException

from scout_common.db import UNREACHABLE
from scout_common.errors import Conflict, NotFound, PermanentError, ScoutError, TransientError
from scout_common.work import Resources

log = logging.getLogger(__name__)

TENANT = "default"
PROBLEM_TYPE = "application/problem+json"
DEFAULT_PAGE = 50
LARGEST_PAGE = 200

STATUS_OF: tuple[tuple[type[ScoutError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (PermanentError, 422),
    (TransientError, 503),
    (ScoutError, 500),
)

JOB_EXISTS = text("SELECT 1 FROM job WHERE tenant_id = :tenant AND id = :job")


class ProblemBody(BaseModel):
    """A problem as RFC 9457 writes it; `detail` says what to do."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "There is no job 0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10. GET /api/v1/jobs lists them.",
                "instance": "/api/v1/jobs/0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
            }
        },
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: list[dict[str, Any]] | None = Field(default=None, description="The fields that were wrong, one entry each.")


class Problem(HTTPException):
    """Answer the request with problem+json; `detail` says what happened and what to do."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(status_code=status, detail=detail, headers=headers)
        self.more = more


def not_found(what: str, name: object, listing: str) -> Problem:
    """404 that names the thing and where the existing ones are listed."""
    return Problem(404, f"There is no {what} {name}. GET {listing} lists them.")


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """The problem as JSON; `instance` is the path that was asked for."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": request.url.path,
        **problem.more,
    }
    return JSONResponse(body, problem.status_code, problem.headers, PROBLEM_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route that may answer with these problems (422 always may)."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in (*statuses, 422)}


def shown_as(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` of a route that answers with bytes of these media types (`image/*`), no JSON."""
    return {200: {"description": "The bytes.", "content": {kind: {} for kind in kinds}}}


def add_problem_handlers(app: FastAPI) -> None:
    """Every error of the app leaves as problem+json."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ScoutError, _scout_error)
    for away in UNREACHABLE:
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(Exception, _unexpected)


def open_resources(request: Request) -> Resources:
    """The process's resources, given to create_app."""
    resources: Resources = request.app.state.resources
    return resources


Opened = Annotated[Resources, Depends(open_resources)]


def open_connection(resources: Opened) -> Iterator[Connection]:
    """A connection in one transaction, committed when the endpoint returns without an error."""
    with resources.engine.begin() as connection:
        yield connection


# "function": committed before the answer leaves, so that who got it also reads it.
Database = Annotated[Connection, Depends(open_connection, scope="function")]


def need_job(connection: Connection, job: UUID) -> None:
    """Raise the 404 that names the job unless it exists."""
    if connection.execute(JOB_EXISTS, {"tenant": TENANT, "job": job}).first() is None:
        raise not_found("job", job, "/api/v1/jobs")


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error, Problem):
        return problem_response(request, error)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"Nothing lives at {request.url.path}. GET /docs lists what does."
    elif error.status_code == 405:
        detail = f"{request.method} does not work here; the Allow header names what does."
    return problem_response(request, Problem(error.status_code, detail, headers=dict(error.headers or {})))


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"where": _place(e["loc"]), "message": e["msg"]} for e in error.errors()]
    told = "; ".join(f"{e['where']}: {e['message']}" for e in errors[:5])
    detail = f"The request does not fit: {told}. Correct these and send it again; GET /docs shows an example."
    return problem_response(request, Problem(422, detail, errors=errors))


def _scout_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ScoutError)
    status = next(status for kind, status in STATUS_OF if isinstance(error, kind))
    detail = str(error)
    return problem_response(request, Problem(status, detail, subject=error.subject))


def _database_away(request: Request, error: Exception) -> JSONResponse:
    log.error("database: %s", error)
    detail = "The database did not answer. It may be starting: try again; GET /ready says what is wrong."
    return problem_response(request, Problem(503, detail, headers={"Retry-After": "2"}))


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    detail = "An error inside Scout, not in your request. The server's log has it with this path and time."
    headers = {"X-Content-Type-Options": "nosniff"}  # this answer is made outside the guard
    return problem_response(request, Problem(500, detail, headers=headers))


def _place(location: Sequence[object]) -> str:
    return ".".join(str(part) for part in location if part != "body") or "body"
