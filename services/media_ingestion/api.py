"""Uploads of large media, resumable by tus 1.0: POST begins, PATCH sends a part, HEAD tells how far it came."""

from datetime import datetime
from email.utils import format_datetime
from uuid import UUID, uuid4

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from scout_common import uploads
from scout_common.http import TENANT, Opened, Problem, problem_response, problems
from scout_common.uploads import ADDRESS, PREFIX, Upload
from scout_common.work import Resources
from starlette.requests import ClientDisconnect

from services.media_ingestion import tus
from services.media_ingestion.parts import Part, PartBusy, Parts

router = APIRouter(prefix=ADDRESS, tags=["uploads"])

MOST_UNFINISHED = 1000
AT_ONCE = 2**20
"""Bytes that are gathered before the disk is bothered."""
PROLONG_EACH = 64 * 2**20


class UploadState(BaseModel):
    """How far an upload came; `medium` is what a job calls it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "0198a1c2-52aa-4cc0-9d6e-1f5f6f3a7b10",
                "name": "hall-3.mp4",
                "bytes": 4_200_000_000,
                "received": 1_048_576,
                "complete": False,
                "medium": "upload:0198a1c2-52aa-4cc0-9d6e-1f5f6f3a7b10",
                "expires_at": "2026-03-03T09:00:00Z",
            }
        }
    )

    id: UUID
    name: str
    bytes: int
    received: int
    complete: bool = Field(description="A job may name it.")
    medium: str
    expires_at: datetime | None = Field(description="When it is forgotten, unless a part comes; null once complete.")


def need_version(request: Request) -> None:
    """Every request but OPTIONS and GET says which tus it speaks."""
    tus.need_version(request.headers)


Spoken = Depends(need_version)


@router.options("", status_code=204, summary="What this server's tus can do")
def capabilities(resources: Opened) -> Response:
    """tus 1.0 with the extensions creation, expiration, checksum and termination."""
    told = tus.head(
        Tus_Version=tus.VERSION,
        Tus_Extension=tus.EXTENSIONS,
        Tus_Max_Size=str(resources.settings.max_media_bytes),
        Tus_Checksum_Algorithm=",".join(tus.ALGORITHMS),
    )
    return Response(status_code=204, headers=told)


@router.post(
    "",
    status_code=201,
    summary="Begin an upload",
    dependencies=[Spoken],
    responses=problems(400, 412, 413),
    openapi_extra=tus.documented(Upload_Length="4", Upload_Metadata="filename aGFsbC5tcDQ="),
)
def begin_upload(request: Request, resources: Opened) -> Response:
    """Upload-Length: the file's bytes; Upload-Metadata: `filename` and its base64. Location is where to send it."""
    size = tus.length(request.headers, resources.settings.max_media_bytes)
    name = tus.file_name(request.headers)
    parts = parts_of(resources)
    with resources.engine.begin() as connection:
        for ident in uploads.forget_expired(connection):
            _forget_part(parts, ident)
        number, expected = uploads.unfinished(connection)
        if number >= MOST_UNFINISHED:
            raise tus.refuse(429, f"{number} uploads are not finished. End some of them first.", Retry_After="60")
        if expected + size > parts.room():
            raise tus.refuse(507, "The disk has no room for this file. Free some space, or start Scout on another one.")
        seconds = resources.settings.upload_expires_s
        found = uploads.add(connection, ident=str(uuid4()), tenant=TENANT, name=name, size=size, seconds=seconds)
        parts.create(found.id)
    return Response(status_code=201, headers=tus.head(Location=f"{ADDRESS}/{found.id}", Upload_Expires=_date(found)))


@router.head(
    "/{upload}",
    summary="How far an upload came, by tus",
    dependencies=[Spoken],
    responses=problems(404, 412),
    openapi_extra=tus.documented(),
)
def ask_offset(resources: Opened, upload: UUID) -> Response:
    """Upload-Offset is where the next part begins."""
    found = _found(resources, upload)
    told = {"Upload_Offset": str(_received(resources, found)), "Upload_Length": str(found.bytes)}
    if found.sha256 is None:
        told["Upload_Expires"] = _date(found)
    return Response(status_code=200, headers=tus.head(**told))


@router.get("/{upload}", summary="How far an upload came", responses=problems(404))
def show_upload(resources: Opened, upload: UUID) -> UploadState:
    """The same for programs that do not speak tus."""
    found = _found(resources, upload)
    return UploadState(
        id=UUID(found.id),
        name=found.name,
        bytes=found.bytes,
        received=_received(resources, found),
        complete=found.sha256 is not None,
        medium=f"{PREFIX}{found.id}",
        expires_at=None if found.sha256 else found.expires_at,
    )


@router.patch(
    "/{upload}",
    status_code=204,
    summary="Send a part of an upload",
    dependencies=[Spoken],
    responses=problems(400, 403, 404, 409, 412, 413, 415, 423),
    openapi_extra=tus.documented(Upload_Offset="0") | tus.PART_BODY,
)
async def send_part(request: Request, resources: Opened, upload: UUID) -> Response:
    """The body goes to Upload-Offset, which must be where the last one ended; after a break, ask HEAD. 423: another
    request is sending it. With the last byte the file is complete: name it `upload:<id>` in a job's media.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != tus.PART_TYPE:
        raise tus.refuse(415, f"A part is {tus.PART_TYPE}.")
    offset, check = tus.number(request.headers, "Upload-Offset"), tus.checksum(request.headers)
    found = await run_sync(_found, resources, upload)
    if found.sha256 is not None:
        _need_offset(offset, found.bytes)
        return Response(status_code=204, headers=tus.head(Upload_Offset=str(found.bytes)))
    with await run_sync(_taken, resources, found) as part:
        _need_offset(offset, part.size)
        whole = await _receive(request, resources, found, part, check)
        if check is not None and not (whole and check.fits):
            await run_sync(part.undo)
            return _mismatch(request)
        await run_sync(_prolong, resources, found)
        if part.size == found.bytes:
            await run_sync(_finish, resources, found)
        told = tus.head(Upload_Offset=str(part.size), Upload_Expires=_date(found))
    return Response(status_code=204, headers=told)


@router.delete(
    "/{upload}",
    status_code=204,
    summary="Forget an upload",
    dependencies=[Spoken],
    responses=problems(404, 412),
    openapi_extra=tus.documented(),
)
def forget_upload(resources: Opened, upload: UUID) -> Response:
    """What a job has taken in stays with the job."""
    found = _found(resources, upload)
    try:
        parts_of(resources).remove(found.id)
    except PartBusy as error:
        raise tus.refuse(423, str(error)) from error
    with resources.engine.begin() as connection:
        uploads.forget(connection, tenant=TENANT, ident=found.id)
        if found.sha256 is not None and not uploads.in_use(connection, found.sha256):
            resources.blobs.delete(found.sha256)
    return Response(status_code=204, headers=tus.head())


async def _receive(
    request: Request, resources: Resources, found: Upload, part: Part, check: tus.Checksum | None
) -> bool:
    """Write the body as it comes; False where the connection broke: what had come is then kept."""
    waiting, since = bytearray(), 0
    try:
        async for chunk in request.stream():
            if part.size + len(waiting) + len(chunk) > found.bytes:
                await run_sync(part.undo)
                raise tus.refuse(413, f"More than the {found.bytes} bytes that were announced. Begin a new upload.")
            waiting += chunk
            since += len(chunk)
            if len(waiting) >= AT_ONCE:
                await run_sync(_write, part, bytes(waiting), check)
                waiting.clear()
            if since >= PROLONG_EACH:
                await run_sync(_prolong, resources, found)
                since = 0
        whole = True
    except ClientDisconnect:
        whole = False
    await run_sync(_write, part, bytes(waiting), check)
    return whole


def _write(part: Part, data: bytes, check: tus.Checksum | None) -> None:
    part.write(data)
    if check is not None:
        check.add(data)


def _finish(resources: Resources, found: Upload) -> None:
    """All has come: the file becomes a blob."""
    place = parts_of(resources).place(found.id)
    sha256 = resources.blobs.put_file(place, "application/octet-stream", move=True)
    with resources.engine.begin() as connection:
        uploads.finish(connection, tenant=TENANT, ident=found.id, sha256=sha256)
    place.unlink(missing_ok=True)


def _prolong(resources: Resources, found: Upload) -> None:
    seconds = resources.settings.upload_expires_s
    with resources.engine.begin() as connection:
        uploads.prolong(connection, tenant=TENANT, ident=found.id, seconds=seconds)


def _found(resources: Resources, upload: UUID) -> Upload:
    with resources.engine.connect() as connection:
        found = uploads.find(connection, tenant=TENANT, ident=str(upload))
    if found is None:
        raise tus.refuse(404, f"There is no upload {upload}, or it has expired. POST {ADDRESS} begins one.")
    return found


def _taken(resources: Resources, found: Upload) -> Part:
    try:
        return parts_of(resources).take(found.id)
    except PartBusy as error:
        raise tus.refuse(423, str(error)) from error


def _received(resources: Resources, found: Upload) -> int:
    return found.bytes if found.sha256 is not None else parts_of(resources).received(found.id)


def _need_offset(offset: int, size: int) -> None:
    if offset != size:
        raise tus.refuse(
            409, f"The next part begins at {size}, not at {offset}. HEAD tells it.", Upload_Offset=str(size)
        )


def _mismatch(request: Request) -> Response:
    """tus' own status 460, which HTTP does not know a name for."""
    told = problem_response(request, Problem(400, "The part does not have the checksum that was sent with it."))
    return Response(told.body, 460, tus.head(), told.media_type)


def _forget_part(parts: Parts, ident: str) -> None:
    try:
        parts.remove(ident)
    except PartBusy:
        return  # a part of it comes at this moment; its request finds no row and tells so


def _date(found: Upload) -> str:
    return format_datetime(found.expires_at, usegmt=True)


def parts_of(resources: Resources) -> Parts:
    """Where unfinished uploads lie."""
    return Parts(resources.settings.upload_dir)
