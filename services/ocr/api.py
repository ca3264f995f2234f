"""POST /api/v1/ocr/...: read a file at once, later, or many together; what can be read."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from scout_common.assets import drop_unregistered
from scout_common.errors import Conflict
from scout_common.http import Opened, Problem, problems
from scout_common.work import Resources
from scout_ocr.errors import ReadingError

from services.ocr import progress, tasks
from services.ocr.arrival import Arrived, read_request
from services.ocr.desk import desk_of, problem_of, too_many
from services.ocr.schemas import (
    OcrBatchBody,
    OcrLanguages,
    OcrRequestBody,
    OcrResult,
    OcrStarted,
    OcrTaskResult,
    Wanted,
)
from services.ocr.tasks import NewFile
from services.ocr.tasks_api import result_of

router = APIRouter(prefix="/api/v1/ocr", tags=["reading"])

LONGEST_WAIT_S = 60.0
BODIES: tuple[type[BaseModel], ...] = (OcrRequestBody, OcrBatchBody)
"""Schemas that the routes below only refer to; the document of the whole API adds them."""


def _form(field: str, several: bool) -> dict[str, Any]:
    """The form that takes files and the fields of Wanted."""
    _, schemas = models_json_schema([(Wanted, "validation")], ref_template="#/components/schemas/{model}")
    fields = dict(schemas["$defs"]["Wanted"]["properties"])
    fields["languages"] = {"type": "string", "description": "Codes, e.g. `en,bn`."}
    file = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    files = {"type": "array", "items": file} if several else file
    return {"schema": {"type": "object", "required": [field], "properties": {field: files, **fields}}}


def _body(model: str, field: str, *, several: bool = False) -> dict[str, Any]:
    content = {
        "multipart/form-data": _form(field, several),
        "application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}},
    }
    return {"requestBody": {"required": True, "content": content}}


IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e ]+$", description="The same key returns the same task."),
]


@router.post(
    "/process",
    summary="Read a file at once",
    response_model=OcrResult,
    responses=problems(400, 403, 413, 415, 429, 503),
    openapi_extra=_body("OcrRequestBody", "file"),
)
async def ocr_process(request: Request) -> Response:
    """A picture or document as the form's `file`, or JSON with a `url`; answers with everything that was read."""
    desk = desk_of(request.app.state.resources)
    desk.admit()
    arrived = await read_request(request, several=False)
    if arrived.wanted.webhook_url:
        raise Problem(422, "webhook_url is for tasks: you are answered at once. POST /api/v1/ocr/process/async has it.")
    answer = await desk.process(arrived.files[0], arrived.wanted.options, arrived.wanted.title)
    return Response(answer.body(), media_type="application/json")


@router.post(
    "/process/async",
    status_code=202,
    summary="Read a file later",
    response_model=OcrStarted,
    responses=problems(400, 403, 409, 413, 415, 429),
    openapi_extra=_body("OcrRequestBody", "file"),
)
async def ocr_process_async(request: Request, idempotency_key: IdempotencyKey = None) -> Response:
    """The same as a task: 202 with its id. Its progress, its result and a webhook tell when it is done."""
    return _accepted(await _begun(request, idempotency_key, several=False))


@router.post(
    "/batch",
    status_code=202,
    summary="Read many files",
    responses={200: {"model": OcrTaskResult}, 202: {"model": OcrStarted}, **problems(400, 403, 409, 413, 415, 429)},
    openapi_extra=_body("OcrBatchBody", "files", several=True),
)
async def ocr_batch(
    request: Request,
    idempotency_key: IdempotencyKey = None,
    wait: Annotated[
        float, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the result of all: then 200 with it.")
    ] = 0.0,
) -> Response:
    """One task for all files, with one result. With `wait`, that result if it is there in time."""
    resources: Resources = request.app.state.resources
    started = await _begun(request, idempotency_key, several=True)
    if wait and await progress.ended(resources.engine, started.id, wait):
        return Response(await run_sync(result_of, resources, started.id), media_type="application/json")
    return _accepted(started)


@router.get("/languages", summary="What can be read", responses=problems(503))
async def ocr_languages(resources: Opened) -> OcrLanguages:
    """Languages of each engine that is installed here."""
    try:
        about = await desk_of(resources).about()
    except ReadingError as error:
        raise problem_of("The reader cannot be started", error) from error
    engines = {name: sorted(codes) for name, codes in about.languages.items()}
    languages = sorted({code for codes in engines.values() for code in codes})
    return OcrLanguages(languages=languages, engines=engines, version=about.version)


async def _begun(request: Request, key: str | None, *, several: bool) -> OcrStarted:
    """Ask whether there is room before the files are read into memory, and again when their number is known."""
    resources: Resources = request.app.state.resources
    await run_sync(_admit, resources, 1, key)
    return await run_sync(_start, resources, await read_request(request, several=several), key)


def _admit(resources: Resources, files: int, key: str | None) -> None:
    """Raise Problem: 413 for more files than may ever wait, 429 where too many do. A task that is there comes in."""
    settings = resources.settings
    if files > settings.ocr_queue:
        raise Problem(413, f"{files} files are more than may wait here, {settings.ocr_queue}. Send fewer at once.")
    with resources.engine.connect() as connection:
        waiting = tasks.waiting(connection, settings.ocr_queue)
        if waiting + files > settings.ocr_queue and not tasks.known(connection, key):
            raise too_many(waiting, tasks.pause_s(connection, files, settings.workers))


def _start(resources: Resources, arrived: Arrived, key: str | None) -> OcrStarted:
    """Store the files and insert the task. Raises Problem: 422 for an empty file, and what _admit raises."""
    wanted = arrived.wanted
    for file in arrived.files:
        if file.data is not None and not file.data:
            raise Problem(422, f"{file.name}: the file is empty. Send the file itself.")
    _admit(resources, len(arrived.files), key)
    files = [
        NewFile(
            name=file.name,
            url=file.url,
            sha256=None if file.data is None else resources.blobs.put(file.data, "application/octet-stream"),
            bytes=len(file.data or b""),
        )
        for file in arrived.files
    ]
    first = files[0].name + (f" and {len(files) - 1} more" if len(files) > 1 else "")
    try:
        with resources.engine.begin() as connection:
            job, created = tasks.start(
                connection,
                files,
                wanted.options,
                title=wanted.title or first,
                webhook_url=wanted.webhook_url,
                idempotency_key=key,
            )
    except Conflict:
        drop_unregistered(resources.engine, resources.blobs, [file.sha256 for file in files if file.sha256])
        raise
    return OcrStarted.of(job, created=created, files=len(files))


def _accepted(started: OcrStarted) -> Response:
    return JSONResponse(started.model_dump(mode="json"), 202, {"Location": started.status})
