"""GET and DELETE /api/v1/ocr/...: tasks, how far they are, what they read; live by SSE and WebSocket."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from scout_common.errors import BlobMissing
from scout_common.http import DEFAULT_PAGE, LARGEST_PAGE, Database, Opened, Problem, not_found, problems
from scout_common.ledger.control import cancel_job
from scout_common.paging import BadCursor
from scout_common.work import Resources
from scout_ocr.reading_codec import dump_json
from sqlalchemy import RowMapping

from services.ocr import tasks
from services.ocr.desk import desk_of
from services.ocr.outputs import TYPES, rendered
from services.ocr.progress import follow, sse
from services.ocr.schemas import (
    OcrError,
    OcrFileState,
    OcrStatus,
    OcrTask,
    OcrTaskPage,
    OcrTaskResult,
    TaskState,
)

router = APIRouter(prefix="/api/v1/ocr", tags=["reading"])

OPEN = ("submitted", "running")
MOST_LISTED = 200
Format = Literal["json", "markdown", "html", "text", "pdf"]
Named = Annotated[str | None, Query(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Moment = Annotated[datetime | None, Query(description="ISO 8601; without a zone: UTC.")]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "started, progress ..., then completed or failed; the stream ends with it.",
        "content": {"text/event-stream": {"example": 'event: progress\ndata: {"state": "running"}\n\n'}},
    }
}
RESULT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What was read, in the format that was asked for.",
        "model": OcrTaskResult,
        "content": {media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type in TYPES.values()},
    }
}


@router.get("/tasks", summary="Tasks, newest first", responses=problems(400))
def ocr_tasks(
    database: Database,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items per page.")] = DEFAULT_PAGE,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    state: Annotated[TaskState | None, Query(description="Only tasks in this state.")] = None,
    name: Named = None,
    sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="Only tasks with this content.")] = None,
    since: Moment = None,
    until: Moment = None,
) -> OcrTaskPage:
    """Everything that was read or is to be, by whatever way it came; `name`: part of a file's name."""
    where = tasks.TaskFilter(state=state, name=name, sha256=sha256, since=_aware(since), until=_aware(until))
    try:
        page = tasks.tasks_page(database, where, limit=limit, cursor=cursor)
    except BadCursor as error:
        detail = f"The cursor cannot be used: {error}. Leave it out to start at the first page."
        raise Problem(400, detail) from error
    return OcrTaskPage(items=[OcrTask.model_validate(dict(row)) for row in page.rows], next=page.next)


@router.get("/status/{task}", summary="How far a task is", responses=problems(404))
def ocr_status(database: Database, task: UUID) -> OcrStatus:
    """State and progress, and what has become of each of its files (of the first 200)."""
    row = _needed(tasks.task_row(database, task), task)
    files = tasks.files_of(database, task)[:MOST_LISTED]
    ended = (row["read"] + row["failed"]) / max(1, row["files"])
    return OcrStatus(
        **OcrTask.model_validate(dict(row)).model_dump(),
        progress=ended if row["state"] in OPEN else 1.0,
        items=[OcrFileState.model_validate(_shown(file)) for file in files],
        result=f"/api/v1/ocr/result/{task}",
    )


@router.get(
    "/result/{task}",
    summary="What a task read",
    response_model=None,
    responses={**RESULT, **problems(404, 409, 413, 503)},
)
async def ocr_result(
    resources: Opened,
    task: UUID,
    format: Annotated[Format, Query(description="pdf: the pages as they are, their text selectable.")] = "json",
    file: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Only this file, by its position.")] = None,
) -> Response:
    """409 while it is not done. Files that could not be read have an `error` in JSON, and are left out elsewhere."""
    if format == "json":
        return Response(await run_sync(result_of, resources, task, file), media_type="application/json")
    named = await run_sync(_readings, resources, task, file)
    if format != "pdf":
        text = rendered(format, [(row["name"], reading) for row, reading in named])
        return Response(text, media_type=TYPES[format], headers=_saved(task, format))
    if len(named) > 1:
        raise Problem(409, "A PDF is made of one file; say which by its position: `file=0`.")
    row, reading = named[0]
    try:
        data = await run_sync(resources.blobs.get, row["sha256"])
    except BlobMissing as error:
        raise Problem(404, f"The file {row['name']} is gone; only what was read of it is left.") from error
    return Response(await desk_of(resources).render(data, reading), media_type=TYPES["pdf"])


@router.delete("/{task}", status_code=204, summary="Forget a task", responses=problems(403, 404))
def ocr_delete(resources: Opened, task: UUID) -> Response:
    """Its files, results and all that follows from them are removed, as far as no other task or job needs them."""
    with resources.engine.connect() as connection:
        _needed(tasks.task_row(connection, task), task)
    cancel_job(resources.engine, str(task))
    tasks.forget(resources.engine, resources.blobs, task)
    return Response(status_code=204)


@router.get(
    "/events/{task}",
    summary="Live events of a task",
    response_class=StreamingResponse,
    responses={**STREAM, **problems(404)},
)
def ocr_events(resources: Opened, request: Request, task: UUID) -> StreamingResponse:
    """Server-sent events: `started`, `progress` as it changes, at the end `completed` or `failed`.

    The WebSocket `/api/v1/ocr/ws/{task}` tells the same as JSON messages whose `event` is that name (docs/ocr.md)."""
    with resources.engine.connect() as connection:
        _needed(tasks.task_row(connection, task), task)

    async def stream() -> Any:
        async for told in follow(resources.engine, task):
            if await request.is_disconnected():
                return
            yield sse(told)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.websocket("/ws/{task}")
async def ocr_socket(socket: WebSocket, task: UUID) -> None:
    """The same as JSON messages {"event", ...}; closed with 4404 where there is no such task, with 1000 at the end."""
    await socket.accept()
    known = False
    try:
        async for told in follow(socket.app.state.resources.engine, task):
            known = True
            await socket.send_json({"event": told[0], **told[1]} if told else {"event": "alive"})
        await socket.close(1000 if known else 4404)
    except (WebSocketDisconnect, RuntimeError):
        return  # nobody listens any more


def result_of(resources: Resources, task: UUID, file: int | None = None) -> bytes:
    """The JSON of OcrTaskResult. Raises Problem 404, 409."""
    with resources.engine.connect() as connection:
        row = _finished(tasks.task_row(connection, task), task)
        files = _chosen(tasks.files_of(connection, task, file), task, file)
        readings = tasks.results_of(connection, [one["reading"] for one in files if one["reading"]])
    items = [{**_shown(one), "result": readings.get(one["reading"] or "")} for one in files]
    shown = {name: row[name] for name in ("state", "files", "read", "failed")}
    return dump_json({"id": str(task), **shown, "items": items})


def _readings(resources: Resources, task: UUID, file: int | None) -> list[tuple[RowMapping, dict[str, Any]]]:
    """Files that were read, and their readings. Raises Problem 404, 409."""
    with resources.engine.connect() as connection:
        _finished(tasks.task_row(connection, task), task)
        files = _chosen(tasks.files_of(connection, task, file), task, file)
        readings = tasks.results_of(connection, [one["reading"] for one in files if one["reading"]])
    named = [(one, readings[one["reading"]]) for one in files if one["reading"] in readings]
    if not named:
        told = next((error.message for one in files if (error := _error(one))), "nothing was read")
        raise Problem(409, f"There is nothing to show: {told}.")
    return named


def _needed(row: RowMapping | None, task: UUID) -> RowMapping:
    if row is None:
        raise not_found("task", task, "/api/v1/ocr/tasks")
    return row


def _finished(row: RowMapping | None, task: UUID) -> RowMapping:
    row = _needed(row, task)
    if row["state"] in OPEN:
        detail = f"The task is not done yet. GET /api/v1/ocr/status/{task} tells how far it is."
        raise Problem(409, detail, headers={"Retry-After": "1"})
    return row


def _chosen(files: Any, task: UUID, file: int | None) -> list[RowMapping]:
    if not files:
        raise not_found("file", file, f"/api/v1/ocr/status/{task}")
    return list(files)


def _shown(file: RowMapping) -> dict[str, Any]:
    """A file as OcrFileState has it."""
    error = _error(file)
    shown = {name: file[name] for name in ("position", "name", "sha256", "media_type", "bytes", "url")}
    return {**shown, "state": file["state"] or "pending", "error": error.model_dump() if error else None}


def _error(file: RowMapping) -> OcrError | None:
    if file["state"] != "failed":
        return None
    said = file["error"] or {}
    message, hint = said.get("message") or "no reason was recorded", said.get("hint") or ""
    return OcrError(kind=said.get("kind") or "unknown", message=message, hint=hint)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _saved(task: UUID, format: str) -> dict[str, str]:
    """A page made of a stranger's words is not run as one of ours."""
    return {"Content-Disposition": f'attachment; filename="{task}.html"'} if format == "html" else {}
