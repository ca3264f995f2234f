"""POST /api/v1/exhibitors: who exhibits where at a show."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from scout_common.encoding import decode, is_damaged
from scout_common.exhibitors import Imported, import_exhibitors, read_rows
from scout_common.http import TENANT, Problem, problems
from scout_common.work import Resources

router = APIRouter(prefix="/api/v1", tags=["booths"])

MOST_BYTES = 10_000_000
MOST_PROBLEMS = 200


class BadLine(BaseModel):
    """A line of the list that was left out."""

    line: int
    message: str


class ExhibitorsImported(BaseModel):
    """What became of an exhibitor list."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "show": "Sample Fair",
                "exhibitors": 6,
                "booths": 6,
                "jobs": 1,
                "known": True,
                "bad": [{"line": 4, "message": "it names no booth of 'Kornhaus GmbH'"}],
            }
        }
    )

    show: str
    exhibitors: int
    booths: int
    jobs: int = Field(description="Finished jobs of the show whose sightings get their booths anew.")
    known: bool = Field(description="Whether a job names this show; where none does, see how it is spelled.")
    bad: list[BadLine] = Field(description="Lines that were left out, at most 200.")


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "company,booth,hall,country,url\nKornhaus GmbH,A12,4,Germany,https://kornhaus.example/\n",
            }
        },
    }
}


@router.post("/exhibitors", summary="Import a show's exhibitor list", responses=problems(403, 413), openapi_extra=_BODY)
async def import_list(
    request: Request,
    show: Annotated[
        str,
        Query(
            min_length=1,
            max_length=500,
            pattern=r"^[^\x00]*\S[^\x00]*$",
            description="Its name.",
            examples=["Spring Fair"],
        ),
    ],
) -> ExhibitorsImported:
    """A CSV with the columns company, booth and, where known, hall, country, url. It replaces the list before it; a
    booth number means something only within its show."""
    data = await _limited(request)
    read = decode(data)
    if is_damaged(read.text):
        raise Problem(422, f"The list is not {read.encoding.upper()} text throughout. Save it as UTF-8.")
    done = await run_sync(_import, request.app.state.resources, show.strip(), read.text)
    bad = [BadLine(line=row.line, message=row.message) for row in done.bad[:MOST_PROBLEMS]]
    counts = {"exhibitors": done.exhibitors, "booths": done.booths, "jobs": done.jobs}
    return ExhibitorsImported(show=done.show, known=done.known, bad=bad, **counts)


def _import(resources: Resources, show: str, text: str) -> Imported:
    rows, bad = read_rows(text)
    with resources.engine.begin() as connection:
        return import_exhibitors(connection, TENANT, show, rows, bad)


async def _limited(request: Request) -> bytes:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            raise Problem(413, f"The list is larger than {MOST_BYTES:,} bytes. Split the show's list.")
    return bytes(data)
