"""Media from addresses, video sites and uploads, as a worker takes them in: a real database and a real web server."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import numpy as np
import pytest
from scout_common import uploads
from scout_common.unit_run import run_unit
from scout_common.work import Resources
from scout_contracts.codec import UnitRef
from sqlalchemy import text

from services.media_ingestion.main import SERVICE
from tests.servers import serving

START = text("INSERT INTO job (id, title, spec, state) VALUES (:id, 'test', :spec, 'running')")
ADD_UNIT = text("""
    INSERT INTO unit (job_id, stage, key, scope, payload) VALUES (:id, 'media_ingestion', 'm', 'medium:m', :payload)
""")
MEDIA = text("""
    SELECT j.uri, j.name, m.sha256, m.media_type FROM job_medium j JOIN medium m ON m.id = j.medium_id
    WHERE j.job_id = :id
""")
CHILDREN = text("SELECT stage, payload FROM unit WHERE job_id = :id AND key <> 'm' ORDER BY stage, key")
SAID = text("""
    SELECT coalesce(error ->> 'message', '') || ' ' || coalesce(error ->> 'hint', '') FROM unit
    WHERE job_id = :id AND key = 'm'
""")


@dataclass
class Web:
    """Files by path with an ETag; may break off; remembers where each answer began."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    sent: list[tuple[str, int]] = field(default_factory=list)
    breaks: int = 0
    address: str = ""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        noise = np.random.default_rng(1)
        for _ in range(10):
            picture = noise.integers(0, 255, (240, 320, 3), dtype=np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    return path.read_bytes()


@pytest.fixture
def web(clip: bytes) -> Iterator[Web]:
    state = Web()
    state.files["/clip.mp4"] = ("video/mp4", clip)
    page = "<html><title>Hall 3</title>{}</html>".format("".join(f'<video src="{name}"></video>' for name in "ab"))
    state.files["/one"] = ("text/html", b'<html><title>Hall 3</title><video src="clip.mp4"></video></html>')
    state.files["/two"] = ("text/html", page.encode())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media_type, data = state.files.get(self.path, ("", b""))
            tag = f'"{hashlib.sha256(data).hexdigest()[:12]}"'
            if self.headers["If-None-Match"] == tag:
                self.send_response(304)
                self.end_headers()
                return
            asked = self.headers["Range"] if self.headers["If-Range"] == tag else None
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            self.send_response(404 if not media_type else 206 if start else 200)
            self.send_header("Content-Type", media_type)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(data) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.end_headers()
            if self.command == "GET":
                state.sent.append((self.path, start))
                broken = state.breaks >= len(state.sent)
                self.wfile.write(data[start : start + 1000] if broken else data[start:])

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as port:
        state.address = f"http://127.0.0.1:{port}"
        yield state


@pytest.fixture
def near(resources: Resources) -> Resources:
    """Resources that may ask this machine, and need not be polite to it."""
    update = {"allow_private_urls": True, "requests_per_host_s": 1000.0, "http_retries": 0}
    return replace(resources, settings=resources.settings.model_copy(update=update))


@dataclass(frozen=True)
class Taken:
    state: str
    media: list[tuple[str, str, str, str]]
    children: list[tuple[str, dict[str, Any]]]
    said: str
    job: str


def take_in(resources: Resources, uri: str, name: str = "") -> Taken:
    job = {"id": str(uuid4())}
    with resources.engine.begin() as connection:
        connection.execute(START, {**job, "spec": json.dumps({"options": {}})})
        connection.execute(ADD_UNIT, {**job, "payload": json.dumps({"uri": uri, "name": name or uri})})
    return look_at(resources, job["id"])


def look_at(resources: Resources, job: str, attempt: int = 0) -> Taken:
    with resources.engine.begin() as connection:
        connection.execute(text("UPDATE unit SET not_before = NULL WHERE job_id = :id"), {"id": job})
    state = run_unit(resources, SERVICE, UnitRef(job_id=job, stage="media_ingestion", key="m", attempt=attempt))
    with resources.engine.connect() as connection:
        keyed = {"id": job}
        return Taken(
            state=state,
            media=[tuple(row) for row in connection.execute(MEDIA, keyed)],
            children=[(row.stage, row.payload) for row in connection.execute(CHILDREN, keyed)],
            said=str(connection.execute(SAID, keyed).scalar_one()),
            job=job,
        )


def test_an_address_gives_its_video_once(near: Resources, web: Web, clip: bytes) -> None:
    first = take_in(near, f"{web.address}/clip.mp4")
    sha256 = hashlib.sha256(clip).hexdigest()
    assert first.media == [(f"blob:{sha256}", f"{web.address}/clip.mp4", sha256, "video/mp4")]
    again = take_in(near, f"{web.address}/clip.mp4")
    assert (again.media, web.sent) == (first.media, [("/clip.mp4", 0)])
    near.blobs.delete(sha256)
    assert take_in(near, f"{web.address}/clip.mp4").media == first.media
    assert near.blobs.exists(sha256)


def test_another_attempt_goes_on_where_the_transfer_broke(near: Resources, web: Web, clip: bytes) -> None:
    web.breaks = 1
    broken = take_in(near, f"{web.address}/clip.mp4")
    assert (broken.state, broken.media) == ("again", [])
    whole = look_at(near, broken.job, attempt=1)
    assert (whole.state, web.sent) == ("done", [("/clip.mp4", 0), ("/clip.mp4", 1000)])
    assert near.blobs.get(hashlib.sha256(clip).hexdigest()) == clip
    assert not [path for path in near.scratch.iterdir() if path.name.startswith(".")], "nothing unfinished is left"


def test_a_page_gives_the_video_that_it_shows(near: Resources, web: Web, clip: bytes) -> None:
    taken = take_in(near, f"{web.address}/one")
    assert [sha256 for _, _, sha256, _ in taken.media] == [hashlib.sha256(clip).hexdigest()]
    assert taken.media[0][3] == "video/mp4"


def test_a_page_with_several_videos_gives_work_on_each(near: Resources, web: Web, clip: bytes) -> None:
    web.files["/a"] = web.files["/b"] = ("video/mp4", clip)
    taken = take_in(near, f"{web.address}/two")
    assert (taken.state, taken.media) == ("done", [])
    asked = [payload["uri"] for stage, payload in taken.children if stage == "media_ingestion"]
    assert asked == [f"video:{web.address}/a", f"video:{web.address}/b"]
    assert take_in(near, asked[0], "Hall 3").media[0][1] == "Hall 3"


def test_a_page_without_a_video_is_told_with_what_could_be_done(near: Resources, web: Web) -> None:
    web.files["/none"] = ("text/html", b"<html>log in</html>")
    taken = take_in(near, f"{web.address}/none")
    assert taken.state == "failed"
    assert "gives text/html" in taken.said


def test_sites_that_are_not_allowed_are_not_asked(near: Resources, web: Web) -> None:
    chosen = near.settings.model_copy(update={"media_domains": "video.example"})
    taken = take_in(replace(near, settings=chosen), f"{web.address}/clip.mp4")
    assert (taken.state, web.sent) == ("failed", [])
    assert "SCOUT_MEDIA_DOMAINS" in taken.said


def test_an_upload_is_taken_by_its_own_name(near: Resources, clip: bytes, tmp_path: Path) -> None:
    (tmp_path / "came").write_bytes(clip)
    sha256, ident = near.blobs.put_file(tmp_path / "came", "application/octet-stream"), str(uuid4())
    with near.engine.begin() as connection:
        uploads.add(connection, ident=ident, tenant="default", name="hall.mov", size=len(clip), seconds=60)
    assert "not complete" in take_in(near, f"upload:{ident}").said
    with near.engine.begin() as connection:
        uploads.finish(connection, tenant="default", ident=ident, sha256=sha256)
    assert take_in(near, f"upload:{ident}").media == [(f"blob:{sha256}", "hall.mov", sha256, "video/quicktime")]
    assert "no such upload" in take_in(near, f"upload:{uuid4()}").said
