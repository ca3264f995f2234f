"""What acceptance tests share: a small sample hall, and Scout as its users start it: as processes."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_sample.py"
SMALL = ("--seconds", "6", "--height", "720", "--fps", "12", "--products", "16", "--difficulty", "easy")


web = httpx.Client(timeout=60, limits=httpx.Limits(max_keepalive_connections=0))
"""Asks servers that are killed and started again on the same port, and that may be slow where others work too."""


@pytest.fixture(scope="session")
def sample(request: pytest.FixtureRequest) -> Path:
    """A small sample hall, rendered once and kept as long as its scripts stay the same."""
    assert request.config.cache is not None
    sources = b"".join(path.read_bytes() for path in sorted((ROOT / "scripts").rglob("*.py")))
    digest = hashlib.sha256(sources + " ".join(SMALL).encode()).hexdigest()
    folder = Path(request.config.cache.mkdir("sample")) / digest[:16]
    with folder.with_suffix(".lock").open("w") as lock:  # tests run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([sys.executable, str(SCRIPT), "--out", str(folder), *SMALL], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def data_root() -> Iterator[Path]:
    """A folder for data that the database's unprivileged user can reach when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="scout-acceptance-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def scout(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "scout_app", *words],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
        env=clean_environment() | environment,
    )


@pytest.fixture(scope="session")
def result(sample: Path, data_root: Path) -> dict[str, Any]:
    """What `scout match` said, wrote and showed of the sample, on a fresh data folder."""
    out = data_root / "result.json"
    page = data_root / "report.html"
    words = ["match", "--catalogue", str(sample / "catalogue" / "catalogue.csv"), str(sample / "media")]
    written = ("--json", str(out), "--report", str(page), "--proofs", str(data_root / "proofs"))
    fair = ("--show", "Sample Fair", "--exhibitors", str(sample / "catalogue" / "exhibitors.csv"))
    ended = scout(*words, "--data", str(data_root / "match"), *written, *fair)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(out.read_text()) | {"stdout": ended.stdout, "page": page.read_text()}


def clean_environment() -> dict[str, str]:
    """The environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SCOUT_", "PREFECT_"))}


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Up:
    """A running `scout up`."""

    process: "subprocess.Popen[bytes]"
    data: Path
    url: str
    prefect: str
    mark: str
    log: Path

    def processes(self) -> list[psutil.Process]:
        """It and all it has started, however deep and in whatever session."""
        return [process for process in psutil.process_iter() if _mark(process) == self.mark]

    def said(self) -> str:
        """What it wrote, and the end of what its children wrote."""
        logs = {
            path.name: path.read_text(errors="replace")[-4000:] for path in sorted((self.data / "logs").glob("*.log"))
        }
        return self.log.read_text() + "".join(f"\n--- {name}\n{text}" for name, text in logs.items() if text)

    def end(self, number: signal.Signals = signal.SIGINT, patience_s: float = 30) -> int:
        """Send the signal to the first process alone; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(patience_s)


StartUp = Callable[..., Up]


@pytest.fixture(scope="session")
def start_up() -> Iterator[StartUp]:
    """Start `scout up` in a data folder and wait until it is ready; whatever is left is killed at the end."""
    started: list[Up] = []

    def start(data: Path, *options: str) -> Up:
        up = _launch(data, *options)
        started.append(up)
        wait_for(lambda: _answers(f"{up.url}/ready"), 120, up)
        return up

    yield start
    for up in started:
        for process in up.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def _launch(data: Path, *options: str) -> Up:
    port, prefect_port, mark = free_port(), free_port(), uuid.uuid4().hex
    data.mkdir(parents=True, exist_ok=True)
    log = data / f"up-{mark[:6]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "scout_app", "up", "--data", str(data), "--port", str(port), *options],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment() | {"SCOUT_PREFECT_PORT": str(prefect_port), "SCOUT_TEST_MARK": mark},
            start_new_session=True,
        )
    prefect = f"http://127.0.0.1:{prefect_port}/api"
    return Up(process=process, data=data, url=f"http://127.0.0.1:{port}", prefect=prefect, mark=mark, log=log)


def wait_for(
    question: Callable[[], Any], patience_s: float, up: Up | None = None, more: Callable[[], str] = lambda: ""
) -> Any:
    """Ask until the answer is true; fails with what Scout said, and `more`."""
    deadline = time.monotonic() + patience_s
    while not (answer := question()):
        ended = up is not None and up.process.poll() is not None
        if ended or time.monotonic() > deadline:
            pytest.fail(f"waited in vain\n{more()}\nscout said:\n{up.said() if up else ''}")
        time.sleep(0.1)
    return answer


def job_ended(url: str, job_id: str) -> dict[str, Any] | None:
    """The job once it has ended."""
    job: dict[str, Any] = web.get(f"{url}/api/v1/jobs/{job_id}").raise_for_status().json()
    return job if job["state"] not in ("submitted", "running") else None


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _mark(process: psutil.Process) -> str | None:
    try:
        alive = process.status() != psutil.STATUS_ZOMBIE
        return process.environ().get("SCOUT_TEST_MARK") if alive else None
    except (psutil.Error, OSError):
        return None
