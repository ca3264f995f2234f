"""`scout watch` and `scout upload` as processes, against a real API over a real database."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from scout_app.bootstrap import open_resources
from scout_app.http import create_app
from scout_common.settings import Settings
from scout_common.work import Resources
from sqlalchemy import Engine, text

from flows.watch_folder import look
from services.orchestrator.control import LedgerControl

REQUEST = {"catalogue": "/c.csv"}


@dataclass(frozen=True)
class Served:
    url: str
    resources: Resources

    def media(self) -> list[list[str]]:
        """The media of each job, by file name."""
        with self.resources.engine.connect() as connection:
            specs = connection.execute(text("SELECT spec FROM job ORDER BY created_at")).scalars()
            return [[Path(source).name for source in spec["media"]] for spec in specs]


@pytest.fixture
def served(settings: Settings, engine: Engine) -> Iterator[Served]:
    resources = open_resources(settings, engine)
    app = create_app(resources, LedgerControl(engine, settings))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield Served(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", resources)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def scout(served: Served, tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Run the command line against the server; what still runs at the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def run(*words: str) -> "subprocess.Popen[str]":
        program = [sys.executable, "-m", "scout_app", *words, "--url", served.url]
        environment = {**os.environ, "SCOUT_DATA_DIR": str(tmp_path / "watcher"), "HOME": str(tmp_path)}
        process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.wait(10)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_a_watch_that_is_killed_goes_on_without_starting_twice(served: Served, scout: object, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"a")
    watch = ("watch", str(folder), "--catalogue", "/c.csv", "--every", "0.1", "--settle", "0.2")
    first = scout(*watch)  # type: ignore[operator]
    wait_for(lambda: served.media() == [["a.mp4"]])
    first.kill()
    first.wait(10)
    (folder / "b.mp4").write_bytes(b"b")
    scout(*watch)  # type: ignore[operator]
    wait_for(lambda: len(served.media()) > 1)
    time.sleep(0.5)
    assert served.media() == [["a.mp4"], ["b.mp4"]]


def test_a_schedule_looks_once_and_starts_what_is_new(served: Served, tmp_path: Path) -> None:
    engine, folder = served.resources.engine, tmp_path / "in"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"a")
    assert len(look(engine, tmp_path / "journals", folder, REQUEST, 0.0)) == 1
    assert look(engine, tmp_path / "journals", folder, REQUEST, 0.0) == []
    assert served.media() == [["a.mp4"]]


def test_a_file_is_uploaded_and_named_in_a_job(served: Served, scout: object, tmp_path: Path) -> None:
    data = bytes(range(256)) * 20_000
    (tmp_path / "hall.mp4").write_bytes(data)
    sent = scout("upload", str(tmp_path / "hall.mp4"))  # type: ignore[operator]
    said, _ = sent.communicate(timeout=60)
    assert sent.returncode == 0
    assert said.startswith("upload:")
    assert served.resources.blobs.get(hashlib.sha256(data).hexdigest()) == data
    job = scout("job", "start", "--catalogue", "/c.csv", said.strip())  # type: ignore[operator]
    assert job.communicate(timeout=60)[0]
    assert served.media() == [[said.strip()]]
