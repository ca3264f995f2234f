"""Stored files over HTTP: pictures by hash, media with byte ranges (RFC 9110, 14)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from scout_common.blobs import BlobStore
from scout_common.errors import BlobMissing
from scout_common.http import Problem
from scout_common.work import Resources
from sqlalchemy import Connection

from services.results_api.media_store import asset_row

# What a browser may show in our name; the rest is only offered for download.
SHOWN_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "application/json"})
CHUNK = 1 << 18
_FOREVER = "public, max-age=31536000, immutable"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Bytes that can be read in parts: `read(start, end)` gives start <= i < end in chunks."""

    size: int
    etag: str
    read: Callable[[int, int], Iterator[bytes]]


def server_url(request: Request, resources: Resources) -> str:
    """How others reach the API: as the settings say, else as this request did; without a slash at its end."""
    return (resources.settings.public_url or str(request.base_url)).rstrip("/")


def asset_url(sha256: str) -> str:
    """Where a stored picture is read."""
    return f"/api/v1/assets/{sha256}"


def asset_response(connection: Connection, resources: Resources, request: Request, sha256: str) -> Response:
    """A stored blob that a job registered; it never changes, so it is cached for good. Raises Problem 404."""
    row = asset_row(connection, sha256)
    if row is None:
        raise Problem(404, f"There is no stored file {sha256}. Sightings, frames and products link to those there are.")
    headers = {"Cache-Control": _FOREVER}
    if f'"{sha256}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={**headers, "ETag": f'"{sha256}"'})
    if row["media_type"] in SHOWN_TYPES:
        return ranged(stored_blob(resources.blobs, sha256), row["media_type"], request, headers)
    headers["Content-Disposition"] = f'attachment; filename="{sha256}"'
    return ranged(stored_blob(resources.blobs, sha256), "application/octet-stream", request, headers)


def stored_blob(blobs: BlobStore, key: str) -> Stored:
    """A blob of any store. Raises Problem 404 where its bytes are gone."""
    try:
        size = blobs.size(key)
    except BlobMissing as error:
        detail = f"The stored file {key} is gone: the blob folder was changed from outside. Run the job again."
        raise Problem(404, detail) from error
    return Stored(size=size, etag=f'"{key}"', read=lambda start, end: blobs.open_range(key, start, end))


def stored_file(path: Path) -> Stored | None:
    """A regular file of this machine, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not path.is_file():
        return None
    etag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
    return Stored(size=status.st_size, etag=etag, read=lambda start, end: _chunks(path, start, end))


def ranged(stored: Stored, media_type: str, request: Request, headers: dict[str, str]) -> StreamingResponse:
    """The whole (200) or the part that was asked for (206). Raises Problem 416."""
    asked = request.headers.get("range")
    if request.headers.get("if-range", stored.etag) != stored.etag:
        asked = None  # the client holds parts of another version
    part = parse_range(asked, stored.size)
    start, end = part or (0, stored.size)
    headers = {**headers, "ETag": stored.etag, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    return StreamingResponse(stored.read(start, end), 200 if part is None else 206, headers, media_type)


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """start <= i < end of a single byte range. None, the whole file: no range, several, or not understood.

    Raises Problem 416 where the range lies outside the file.
    """
    found = _RANGE.match(header) if header else None
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size:
        detail = f"The file has {size} bytes; ask for a range within it."
        raise Problem(416, detail, headers={"Content-Range": f"bytes */{size}"})
    return start, end


def _chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(start)
        left = end - start
        while left > 0 and (chunk := stream.read(min(left, CHUNK))):
            left -= len(chunk)
            yield chunk
