"""The composed app over a real database that holds the rows of tests/data/hall.sql, with a hand-written control."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import cv2
import numpy as np
import psycopg
from fastapi.testclient import TestClient
from scout_app.http import create_app
from scout_common.blobs import BlobStore, LocalBlobs
from scout_common.db import make_engine, plain_url
from scout_common.errors import Conflict, PermanentError
from scout_common.settings import Settings
from scout_common.work import Resources

from services.orchestrator.request import JobRequest

HALL = Path(__file__).parent / "data" / "hall.sql"


@dataclass
class FakeControl:
    """Remembers what it was asked."""

    started: list[tuple[JobRequest, str | None]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)

    def start_job(self, request: JobRequest, idempotency_key: str | None) -> tuple[str, bool]:
        if request.catalogue == "missing.csv":
            raise PermanentError("there is no such catalogue", subject="missing.csv", hint="Correct the path.")
        seen = idempotency_key is not None and any(key == idempotency_key for _, key in self.started)
        self.started.append((request, idempotency_key))
        return "00000000-0000-4000-8000-0000000000ff", not seen

    def cancel(self, job_id: str) -> str:
        self.cancelled.append(job_id)
        return "cancelled"

    def retry(self, job_id: str) -> int:
        if job_id.endswith("2"):
            raise Conflict("the job still runs", hint="Cancel it first, or wait.")
        self.retried.append(job_id)
        return 3


@dataclass(frozen=True)
class World:
    """A database with the hall's rows, its blobs, and the app over them."""

    client: TestClient
    control: FakeControl
    resources: Resources
    database: str
    names: dict[str, str]


@contextmanager
def open_world(database: str, folder: Path, *, rows: bool, blobs: BlobStore | None = None) -> Iterator[World]:
    settings = Settings(_env_file=None, data_dir=folder / "data", database_url=database)
    engine = make_engine(database, name="scout-test")
    blobs = blobs or LocalBlobs(settings.blob_dir)
    resources = Resources(settings=settings, engine=engine, blobs=blobs, scratch=folder)
    names = _fill(resources, database, folder / "hall.mp4") if rows else {}
    control = FakeControl()
    with TestClient(
        create_app(resources, control), base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        yield World(client, control, resources, database, names)
    engine.dispose()


def _fill(resources: Resources, database: str, video: Path) -> dict[str, str]:
    """Store the hall's blobs and rows; the video is 1,000 known bytes. Returns hashes and path by name."""
    video.write_bytes(bytes(i % 251 for i in range(1000)))
    shapes = {"frame": (90, 160, 200), "pack": (160, 120, 90), "evidence": (200, 400, 150)}
    names = {
        name: resources.blobs.put(_picture(height, width, grey), "image/jpeg")
        for name, (height, width, grey) in shapes.items()
    }
    names |= {
        "proof": resources.blobs.put(b'{"version": 1}', "application/json"),
        "page": resources.blobs.put(b"<script>alert(1)</script>", "text/html"),
        "gone": "d" * 64,
        "video": str(video),
    }
    with psycopg.connect(plain_url(database), autocommit=True) as connection:
        connection.execute(Template(HALL.read_text("utf-8")).substitute(names))
    return names


def _picture(height: int, width: int, grey: int) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((height, width, 3), grey, np.uint8))[1].tobytes())
