"""Live events of a job as server-sent events (WHATWG HTML, 9.2).

Ids are those of job_event, the same in every process, so any of them can replay after `Last-Event-ID`. Two
transactions may commit in the other order than they drew ids: each look therefore goes back a little and sends
what it has not sent, under the highest id sent so far, so that ids never fall.

Progress is read from the ledger itself while somebody listens, so it is live whoever works; these events have no id.
"""

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from scout_common.http import TENANT, Database, Opened, need_job, problems
from scout_common.progress import STATES, job_progress
from sqlalchemy import Engine

from services.results_api.store import Row, job_events, last_event

router = APIRouter(prefix="/api/v1", tags=["jobs"])

LOOK_S = 0.5
PROGRESS_S = 1.0
HEARTBEAT_S = 15.0
LATE_IDS = 256
BATCH = 500
FINISHED = frozenset({"done", "partial", "failed", "cancelled"})

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream; `end` comes last, when the job has finished.",
        "content": {"text/event-stream": {"example": 'id: 812\nevent: job.progress\ndata: {"state": "running"}\n\n'}},
    }
}


@router.get(
    "/jobs/{job}/events",
    summary="Live events",
    response_class=StreamingResponse,
    responses={**STREAM, **problems(404)},
)
def follow_job(
    database: Database,
    resources: Opened,
    request: Request,
    job: UUID,
    last_event_id: Annotated[str | None, Header(description="Replay what came after this id.")] = None,
    after: Annotated[int | None, Query(ge=0, le=2**62, description="As Last-Event-ID, for programs.")] = None,
) -> StreamingResponse:
    """Server-sent events: first the state as it is, then what changes, a comment every 15 s as heartbeat."""
    need_job(database, job)
    since = _since(last_event_id, after)
    if since is None:
        since = last_event(database, job)
    stream = _stream(resources.engine, job, since, request)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


class Tail:
    """What one listener has been sent of a job."""

    def __init__(self, engine: Engine, job: UUID, since: int) -> None:
        self.engine, self.job = engine, job
        self.start = self.highest = since
        self.sent: set[int] = set()
        self.stages: dict[str, dict[str, int]] | None = None

    def look(self) -> tuple[str | None, list[Row]]:
        """The job's state, None where it is gone, and the events not sent yet. Blocks for one query."""
        floor = max(self.start, self.highest - LATE_IDS)
        with self.engine.connect() as connection:
            state, rows = job_events(connection, self.job, after=floor, limit=BATCH + LATE_IDS)
        new = [row for row in rows if row["id"] not in self.sent]
        self.sent = {i for i in self.sent if i > floor} | {row["id"] for row in new}
        return state, new

    def progress(self) -> str:
        """The job's units per stage and state where they have changed since the last call, else ''."""
        with self.engine.connect() as connection:
            found = job_progress(connection, str(self.job), TENANT)
        if found is None:
            return ""
        stages = {stage.stage: {state: getattr(stage, state) for state in STATES} for stage in found.stages}
        first, changed = self.stages is None, stages != self.stages
        self.stages = stages
        told = {"job_id": str(self.job), "state": found.state, "progress": found.fraction, "stages": stages}
        return sse("job.progress", told) if changed and not first else ""

    def written(self, row: Row) -> str:
        """The event as text."""
        self.highest = max(self.highest, row["id"])
        data = {**row["data"], "at": row["at"].isoformat()}
        return sse(row["type"], data, self.highest)


def sse(event: str, data: dict[str, Any], number: int | None = None) -> str:
    """One server-sent event; JSON keeps the data on one line."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n"


async def _stream(engine: Engine, job: UUID, since: int, request: Request) -> AsyncIterator[str]:
    tail = Tail(engine, job, since)
    told, spoke, counted = "", time.monotonic(), 0.0
    yield "retry: 2000\n\n"
    while not await request.is_disconnected():
        state, rows = await run_sync(tail.look)
        lines = [tail.written(row) for row in rows]
        if state is not None and state != told:
            told = state
            lines.append(sse("job.state", {"job_id": str(job), "state": state}))
        if state not in FINISHED and time.monotonic() - counted > PROGRESS_S:
            counted = time.monotonic()
            lines.append(await run_sync(tail.progress))
        if any(lines) or time.monotonic() - spoke > HEARTBEAT_S:
            spoke = time.monotonic()
            yield "".join(lines) or ": still here\n\n"
        if len(rows) >= BATCH:
            continue
        if state is None or state in FINISHED:
            yield sse("end", {"job_id": str(job), "state": state})
            return
        await anyio.sleep(LOOK_S)


def _since(header: str | None, query: int | None) -> int | None:
    """The header is the browser's own on reconnection, so it wins; one we did not make means: from the start."""
    if header is None:
        return query
    return min(int(header), 2**62) if header.isascii() and header.isdigit() else 0
