"""`scout upload`: bring a file to a Scout in parts (tus 1.0), over connections that may break."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import Progress, TaskID
from scout_common.errors import ScoutError
from scout_common.uploads import ADDRESS, PREFIX

from scout_app.client import Address

CHUNK = 1 << 20
PART = 256 * CHUNK
"""One request: a break costs at most what the server had not yet written."""
PATIENCE_S = 300.0
PAUSE_S = 1.0
_TUS = {"Tus-Resumable": "1.0.0"}


def upload_file(file: Path, url: str | None) -> str:
    """Send what the server does not have yet; returns `upload:<id>`. Raises ScoutError, httpx.HTTPError."""
    size = file.stat().st_size
    if not size:
        raise ScoutError("the file is empty", subject=str(file))
    note = _note_of(file, str(url or Address()))
    with (
        httpx.Client(base_url=(url or str(Address())).rstrip("/"), timeout=60) as client,
        Progress(console=Console(stderr=True), transient=True) as bar,
    ):
        task = bar.add_task(file.name, total=size)
        place = _begun_before(client, note) or _begin(client, file, size, note)
        _send(client, place, file, size, bar, task)
    note.unlink(missing_ok=True)
    return f"{PREFIX}{place.rpartition('/')[2]}"


def _begin(client: httpx.Client, file: Path, size: int, note: Path) -> str:
    name = base64.b64encode(file.name.encode()).decode()
    headers = _TUS | {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
    place = str(client.post(ADDRESS, headers=headers).raise_for_status().headers["Location"])
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"place": place}), encoding="utf-8")
    return place


def _begun_before(client: httpx.Client, note: Path) -> str | None:
    """The upload that an earlier run began for this very file, if the server still has it."""
    try:
        place = str(json.loads(note.read_text(encoding="utf-8"))["place"])
    except (OSError, ValueError, KeyError):
        return None
    return place if client.head(place, headers=_TUS).is_success else None


def _send(client: httpx.Client, place: str, file: Path, size: int, bar: Progress, task: TaskID) -> None:
    """Part after part; after a break from where the server says, until nothing has come for a while."""
    last, patience = -1, time.monotonic() + PATIENCE_S
    while True:
        try:
            offset = int(client.head(place, headers=_TUS).raise_for_status().headers["Upload-Offset"])
            if offset > last:
                last, patience = offset, time.monotonic() + PATIENCE_S
            bar.update(task, completed=offset)
            headers = _TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
            # With nothing left this asks the server to finish, had it been kept from that.
            body = _chunks(file, offset, min(offset + PART, size), bar, task)
            answer = client.patch(place, headers=headers, content=body, timeout=httpx.Timeout(60, read=600))
            if answer.status_code not in (409, 423):
                answer.raise_for_status()
                if int(answer.headers["Upload-Offset"]) == size:
                    return
                continue
        except httpx.TransportError:
            if time.monotonic() > patience:
                raise
        if time.monotonic() > patience:
            raise ScoutError("another program is sending this file", subject=str(file), hint="Wait until it has ended.")
        time.sleep(PAUSE_S)


def _chunks(file: Path, start: int, end: int, bar: Progress, task: TaskID) -> Iterator[bytes]:
    with file.open("rb") as stream:
        stream.seek(start)
        while start < end and (chunk := stream.read(min(CHUNK, end - start))):
            yield chunk
            start += len(chunk)
            bar.update(task, completed=start)


def _note_of(file: Path, url: str) -> Path:
    """Where it is noted how far this version of the file came at that server."""
    about = file.stat()
    key = json.dumps([str(file.absolute()), about.st_size, about.st_mtime_ns, url])
    return Path.home() / ".cache" / "tradeshow-scout" / f"upload-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
