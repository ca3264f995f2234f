"""Resumable uploads as a client of tus 1.0 makes them, and as somebody hostile does."""

import base64
import contextlib
import hashlib
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scout_app.bootstrap import open_resources
from scout_app.http import create_app
from scout_common.db import make_engine
from scout_common.errors import Conflict, NotFound
from scout_common.settings import Settings
from sqlalchemy import text

from services.orchestrator.request import JobRequest
from services.orchestrator.store import start_job
from tests.hall import World

V = {"Tus-Resumable": "1.0.0"}
PART = V | {"Content-Type": "application/offset+octet-stream"}
DATA = bytes(range(256)) * 40
NOBODY = "/api/v1/uploads/00000000-0000-4000-8000-00000000abcd"


def begin(client: TestClient, size: int = len(DATA), name: str = "hall.mp4", **headers: str) -> str:
    named = "filename " + base64.b64encode(name.encode()).decode()
    asked = V | {"Upload-Length": str(size), "Upload-Metadata": named, **headers}
    answer = client.post("/api/v1/uploads", headers=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def send(client: TestClient, place: str, data: bytes, offset: int, **headers: str) -> httpx.Response:
    return client.patch(place, content=data, headers=PART | {"Upload-Offset": str(offset), **headers})


def sha256_of(data: bytes) -> str:
    return f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}"


def test_a_file_comes_in_parts_and_becomes_a_medium(own_hall: World) -> None:
    client = own_hall.client
    place = begin(client)
    first = send(client, place, DATA[:4000], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4000")
    asked = client.head(place, headers=V)
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("4000", str(len(DATA)))
    assert asked.headers["Cache-Control"] == "no-store" and asked.headers["Tus-Resumable"] == "1.0.0"
    assert client.get(place).json()["complete"] is False
    assert send(client, place, DATA[4000:], 4000).status_code == 204
    told = client.get(place).json()
    assert (told["complete"], told["name"], told["received"]) == (True, "hall.mp4", len(DATA))
    assert told["medium"] == f"upload:{told['id']}"
    assert own_hall.resources.blobs.get(hashlib.sha256(DATA).hexdigest()) == DATA
    assert list(own_hall.resources.settings.upload_dir.iterdir()) == [], "nothing is left beside the blob"
    assert client.head(place, headers=V).headers["Upload-Offset"] == str(len(DATA))


def test_a_job_takes_a_complete_upload_and_no_other(own_hall: World) -> None:
    client, engine = own_hall.client, own_hall.resources.engine
    place = begin(client)
    upload = client.get(place).json()["medium"]
    request = JobRequest(catalogue="/c.csv", media=(upload,))
    with pytest.raises(Conflict, match="not complete"):
        start_job(engine, request)
    with pytest.raises(NotFound, match="no such upload"):
        start_job(engine, JobRequest(catalogue="/c.csv", media=("upload:nonsense",)))
    send(client, place, DATA, 0)
    assert start_job(engine, request)[1]


def test_content_that_a_task_has_outlives_the_upload(own_hall: World) -> None:
    place, sha256 = begin(own_hall.client), hashlib.sha256(DATA).hexdigest()
    send(own_hall.client, place, DATA, 0)
    with own_hall.resources.engine.begin() as connection:
        values = {"id": uuid4(), "sha256": sha256}
        connection.execute(text("INSERT INTO job (id, kind, title, spec) VALUES (:id, 'ocr', 'task', '{}')"), values)
        task = "INSERT INTO ocr_file (job_id, position, name, sha256) VALUES (:id, 0, 'label.png', :sha256)"
        connection.execute(text(task), values)
    assert own_hall.client.delete(place, headers=V).status_code == 204
    assert own_hall.client.get(place).status_code == 404
    assert own_hall.resources.blobs.get(sha256) == DATA


@pytest.mark.parametrize("offset", [0, 3999, 4001, 10**17])
def test_a_part_goes_where_the_last_one_ended(own_hall: World, offset: int) -> None:
    place = begin(own_hall.client)
    send(own_hall.client, place, DATA[:4000], 0)
    answer = send(own_hall.client, place, DATA[4000:], offset)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "4000")
    assert own_hall.client.get(place).json()["received"] == 4000


def test_a_part_with_the_wrong_checksum_is_forgotten(own_hall: World) -> None:
    client = own_hall.client
    place = begin(client)
    wrong = send(client, place, DATA[:4000], 0, **{"Upload-Checksum": sha256_of(b"other")})
    assert (wrong.status_code, wrong.headers["content-type"]) == (460, "application/problem+json")
    assert client.get(place).json()["received"] == 0
    right = send(client, place, DATA, 0, **{"Upload-Checksum": sha256_of(DATA)})
    assert right.status_code == 204


def test_more_than_was_announced_is_refused(own_hall: World) -> None:
    place = begin(own_hall.client, size=100)
    assert send(own_hall.client, place, DATA, 0).status_code == 413
    assert own_hall.client.get(place).json()["received"] == 0


def test_one_request_at_a_time_sends_an_upload(own_hall: World) -> None:
    from services.media_ingestion.api import parts_of

    place = begin(own_hall.client)
    with parts_of(own_hall.resources).take(place.rpartition("/")[2]):
        assert send(own_hall.client, place, DATA, 0).status_code == 423
        assert own_hall.client.delete(place, headers=V).status_code == 423
    assert send(own_hall.client, place, DATA, 0).status_code == 204


def test_an_upload_can_be_ended(own_hall: World) -> None:
    client, blobs = own_hall.client, own_hall.resources.blobs
    unfinished, whole = begin(client), begin(client)
    send(client, unfinished, DATA[:10], 0)
    send(client, whole, DATA, 0)
    for place in (unfinished, whole):
        assert client.delete(place, headers=V).status_code == 204
        assert client.head(place, headers=V).status_code == 404
    assert not blobs.exists(hashlib.sha256(DATA).hexdigest())
    assert list(own_hall.resources.settings.upload_dir.iterdir()) == []


def test_what_a_job_uses_outlives_its_upload(own_hall: World) -> None:
    place = begin(own_hall.client)
    send(own_hall.client, place, DATA, 0)
    sha256 = hashlib.sha256(DATA).hexdigest()
    add = "INSERT INTO medium (id, sha256, kind, media_type, duration_s, width, height) VALUES "
    with own_hall.resources.engine.begin() as connection:
        connection.execute(
            text(f"{add} (gen_random_uuid(), :sha256, 'video', 'video/mp4', 1, 2, 3)"), {"sha256": sha256}
        )
    own_hall.client.delete(place, headers=V)
    assert own_hall.resources.blobs.exists(sha256)


def test_an_unfinished_upload_expires(own_hall: World) -> None:
    client = own_hall.client
    place, whole = begin(client), begin(client)
    send(client, place, DATA[:10], 0)
    send(client, whole, DATA, 0)
    with own_hall.resources.engine.begin() as connection:
        connection.execute(text("UPDATE upload SET expires_at = now() - interval '1 s'"))
    assert client.head(place, headers=V).status_code == 404
    assert send(client, place, DATA[10:], 10).status_code == 404
    assert client.get(whole).json()["complete"], "a complete one stays"
    begin(client)
    assert not (own_hall.resources.settings.upload_dir / place.rpartition("/")[2]).exists()


def test_what_this_server_can_do_is_told(hall: TestClient) -> None:
    told = hall.options("/api/v1/uploads").headers
    assert (told["Tus-Version"], told["Tus-Extension"]) == ("1.0.0", "creation,expiration,checksum,termination")
    assert int(told["Tus-Max-Size"]) == 20_000_000_000


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "Tus-Resumable: 1.0.0"),
        ({"Upload-Length": ""}, 400, "missing"),
        ({"Upload-Length": "0"}, 400, "empty"),
        ({"Upload-Length": "-1"}, 400, "number of bytes"),
        ({"Upload-Length": "9" * 18}, 413, "SCOUT_MAX_MEDIA_BYTES"),
        ({"Upload-Length": "9" * 400}, 400, "number of bytes"),
        ({"Upload-Defer-Length": "1"}, 400, "Defer"),
        ({"Upload-Metadata": "filename !!"}, 400, "base64"),
        ({"Origin": "https://evil.example"}, 403, "other sites"),
    ],
)
def test_a_beginning_that_cannot_be_is_told(hall: TestClient, headers: dict[str, str], status: int, said: str) -> None:
    answer = hall.post("/api/v1/uploads", headers=V | {"Upload-Length": "10"} | headers)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": ""}, 412),
        ({"Content-Type": "application/json"}, 415),
        ({"Upload-Offset": ""}, 400),
        ({"Upload-Offset": "1e3"}, 400),
        ({"Upload-Checksum": "crc32 AAAA"}, 400),
        ({"Upload-Checksum": "sha1 AAAA"}, 400),
        ({"Upload-Checksum": "sha1"}, 400),
        ({}, 404),
    ],
)
def test_a_part_that_cannot_be_is_told(hall: TestClient, headers: dict[str, str], status: int) -> None:
    answer = hall.patch(NOBODY, content=b"x", headers=PART | {"Upload-Offset": "0"} | headers)
    assert answer.status_code == status
    assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_a_disk_without_room_takes_no_upload(own_hall: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.media_ingestion.parts.shutil.disk_usage", lambda place: type("D", (), {"free": 99}))
    answer = own_hall.client.post("/api/v1/uploads", headers=V | {"Upload-Length": "100"})
    assert answer.status_code == 507


def test_a_name_is_only_a_name(own_hall: World) -> None:
    for name, shown in [
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a.mp4", "a.mp4"),
        ("a\u202e\0.mp4", "a.mp4"),
        ("/", "upload"),
    ]:
        assert own_hall.client.get(begin(own_hall.client, name=name)).json()["name"] == shown


header = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40) | st.integers().map(str)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=header, metadata=header, offset=header, checksum=header)
@example(length="10", metadata="filename", offset="0", checksum="sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
@example(length="٣", metadata=",,,", offset="²", checksum="md5 " + "=" * 24)
def test_hostile_headers_never_break_the_server(
    shared_hall: World, length: str, metadata: str, offset: str, checksum: str
) -> None:
    client = shared_hall.client
    with contextlib.suppress(UnicodeEncodeError):
        beginning = client.post("/api/v1/uploads", headers=V | {"Upload-Length": length, "Upload-Metadata": metadata})
        assert beginning.status_code in (201, 400, 413)
        place = beginning.headers.get("Location", NOBODY)
        part = send(client, place, b"x" * 10, 0, **{"Upload-Offset": offset, "Upload-Checksum": checksum})
        assert part.status_code in (204, 400, 404, 409, 413, 460)
        if beginning.status_code == 201:
            assert client.delete(place, headers=V).status_code == 204


@pytest.fixture
def served(database: str, tmp_path: Path) -> Any:
    """The app behind a real server: (address, its resources)."""
    chosen = Settings(_env_file=None, data_dir=tmp_path / "data", database_url=database)
    engine = make_engine(database, name="scout-test")
    resources = open_resources(chosen, engine)
    app = create_app(resources, None)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", resources
    server.should_exit = True
    thread.join(10)
    engine.dispose()


def test_a_connection_that_breaks_keeps_what_came_and_a_large_file_is_not_held_in_memory(served: Any) -> None:
    import socket

    import psutil

    address, resources = served
    size, chunk = 64 * 2**20, bytes(2**20)
    with httpx.Client(base_url=address) as client:
        place = client.post("/api/v1/uploads", headers=V | {"Upload-Length": str(size)}).headers["Location"]
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as broken:
            head = f"PATCH {place} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\nUpload-Offset: 0\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in PART.items())
            broken.sendall(head.encode() + b"\r\n" + chunk * 3)
        received = 0
        for _ in range(100):
            received = client.get(place).json()["received"]
            if received == 3 * 2**20:
                break
            threading.Event().wait(0.05)
        assert received == 3 * 2**20
        before = psutil.Process().memory_info().rss
        rest = (chunk for _ in range(61))
        answer = client.patch(place, content=rest, headers=PART | {"Upload-Offset": str(received)}, timeout=60)
        assert answer.status_code == 204, answer.text
        assert psutil.Process().memory_info().rss - before < 30 * 2**20
        assert client.get(place).json()["complete"]
    assert resources.blobs.size(hashlib.sha256(bytes(size)).hexdigest()) == size
