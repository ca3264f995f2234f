"""The same job through scripts/dev-distributed, one replica killed in the middle: the rows of an embedded run."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from scout_app.client import Client
from scout_common.db import make_engine
from scout_common.rabbit_server import installed
from scout_contracts.stages import STAGES

from flows import store
from tests.acceptance.conftest import ROOT, clean_environment, free_port, job_ended, scout, wait_for, web
from tests.reading import LABEL, drawn
from tests.servers import serving

pytestmark = pytest.mark.timeout(300)
RUNNING = "SELECT key FROM unit WHERE stage = ANY(%(stages)s) AND state = 'running'"
KEYPOINT = ["keypoint", "keypoint_product"]


@dataclass
class Topology:
    """A running scripts/dev-distributed."""

    process: "subprocess.Popen[str]"
    data: Path
    url: str
    database: str

    def leader(self, name: str) -> int:
        """The process of a part, which leads the group of its workers."""
        rows = json.loads((self.data / "children.json").read_text())
        return int(next(pid for part, pid, _ in rows if part == name))

    def ask(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def topology(data_root: Path) -> Iterator[Topology]:
    if not installed():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("RabbitMQ is not installed (scripts/broker.sh)")
    port, data = free_port(), data_root / "distributed"
    words = ["--data", str(data), "--port", str(port), "--replicas", "keypoint=2", "--replicas", "matcher=2"]
    quick = {"SCOUT_LEASE_S": "5", "SCOUT_BACKOFF_S": "0.2", "SCOUT_ALLOW_PRIVATE_URLS": "true"}
    process = subprocess.Popen(
        [str(ROOT / "scripts" / "dev-distributed"), *words],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment() | quick,
    )
    try:
        said = ""
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "processes are ready" in line:
                break
        database = re.search(r"SCOUT_DATABASE_URL\s+(\S+)", said)
        assert database, said
        yield Topology(process, data, f"http://127.0.0.1:{port}", database[1])
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        finally:
            process.kill()  # what it started ends with it


@pytest.fixture(scope="module")
def job(topology: Topology, sample: Path) -> str:
    """The sample's job, in whose middle a keypoint service was told to end, and a matcher killed, both at work."""
    listed, fair = (sample / "catalogue" / "exhibitors.csv").read_text("utf-8"), {"name": "Sample Fair"}
    Client(topology.url).import_exhibitors(fair["name"], listed)
    catalogue = str(sample / "catalogue" / "catalogue.csv")
    request = {"catalogue": catalogue, "media": [str(sample / "media")], "show": fair}
    job_id = str(web.post(f"{topology.url}/start-job", json=request).raise_for_status().json()["job_id"])
    wait_for(lambda: len(topology.ask(RUNNING, stages=KEYPOINT)) == 2, 60)
    os.kill(topology.leader("keypoint-1"), signal.SIGTERM)
    kill_at_work(topology, "matcher-2", ["matcher"])
    wait_for(lambda: job_ended(topology.url, job_id), 120)
    wait_for(lambda: not web.get(f"{topology.url}/api/v1/jobs/{job_id}").json()["still_reading"], 60)
    return job_id


def kill_at_work(topology: Topology, name: str, stages: list[str]) -> None:
    """SIGKILL one of two replicas while it has a unit: stopped first, it keeps the one it has."""
    group = topology.leader(name)
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        if len(topology.ask(RUNNING, stages=stages)) == 2:
            os.killpg(group, signal.SIGSTOP)
            time.sleep(0.3)
            if len(topology.ask(RUNNING, stages=stages)) == 2:
                os.killpg(group, signal.SIGKILL)
                return
            os.killpg(group, signal.SIGCONT)
        time.sleep(0.02)
    pytest.fail(f"{name} and the other one never worked at the same time")


def test_the_rows_are_those_of_an_embedded_run(topology: Topology, job: str, result: dict[str, Any]) -> None:
    engine = make_engine(topology.database, pool_size=1)
    with engine.connect() as connection:
        sightings = store.sightings(connection, job, 0.0)
        candidates = [vars(candidate) for candidate in store.candidates(connection, job)]
        costs = store.stage_costs(connection, job)
    engine.dispose()
    assert topology.ask("SELECT state FROM job") == [("done",)]
    assert {name: cost["units"] for name, cost in costs.items()} == {
        name: cost["units"] for name, cost in result["stages"].items()
    }
    assert candidates == close(result["candidates"])
    found = {(s.media, s.sku, round(s.start_s, 3)): s for s in sightings}
    claims = [(claim, found[claim["media"], claim["sku"], round(claim["start_s"], 3)]) for claim in result["sightings"]]
    for claim, same in claims:
        told = {name: value for name, value in claim.items() if name not in ("id", "family", "booth", "label")}
        assert {name: getattr(same, name) for name in told} == close(told)
        assert sorted(same.family if same.sku is None else ()) == sorted(claim.get("family", ()))
        assert stood(same) == close(claim["booth"])
        assert said(same) == claim["label"]
    assert {same.booth for _, same in claims} > {None} and any(same.label_reasons for _, same in claims)
    assert len([s for s in sightings if s.probability >= 0.5]) == len(result["sightings"]) > 0


def stood(found: store.Sighting) -> dict[str, Any] | None:
    """Its booth as `scout match --json` tells it."""
    told = {"number": found.booth, "confidence": found.booth_confidence, "how": found.booth_how}
    told |= {name: getattr(found, name) for name in ("hall", "company", "sign")}
    return None if found.booth_confidence is None else told


def said(found: store.Sighting) -> dict[str, Any] | None:
    """Its label as `scout match --json` tells it."""
    told = {"text": found.label, "verdict": found.label_verdict, "reasons": list(found.label_reasons)}
    return None if found.label_verdict is None else told


def test_the_killed_ones_unit_was_done_again(topology: Topology, job: str) -> None:
    attempts = [attempt for (attempt,) in topology.ask("SELECT attempt FROM unit WHERE stage = 'matcher'")]
    assert max(attempts) == 2
    assert topology.ask("SELECT count(*) FROM unit WHERE blocking AND state <> 'done'") == [(0,)]


def test_the_one_that_was_told_to_end_ended_its_unit_first(topology: Topology, job: str) -> None:
    query = "SELECT max(attempt), max(fence) FROM unit WHERE stage = ANY(%(stages)s)"
    assert topology.ask(query, stages=KEYPOINT) == [(1, 1)]
    words = (topology.data / "logs" / "keypoint-1.log").read_text()
    assert "stopping" in words
    assert not psutil.pid_exists(topology.leader("keypoint-1")) or gone(topology.leader("keypoint-1"))


def gone(pid: int) -> bool:
    """Whether the process has ended and only its parent has not asked yet."""
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_file_is_read_and_its_webhook_told(topology: Topology, job: str) -> None:
    told: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with serving(Listener) as port:
        file, form = {"file": ("label.png", drawn(*LABEL), "image/png")}, {"webhook_url": f"http://127.0.0.1:{port}/"}
        answer = web.post(f"{topology.url}/api/v1/ocr/process/async", files=file, data=form).raise_for_status()
        wait_for(lambda: told, 60)
    task = answer.json()["id"]
    assert task in json.dumps(told[0])
    query = "SELECT stage, state FROM unit WHERE job_id = %(task)s ORDER BY stage"
    wait_for(lambda: topology.ask(query, task=task) == [("notify", "done"), ("ocr", "done")], 10)


def test_every_part_did_its_own(topology: Topology, job: str) -> None:
    done = {stage for (stage,) in topology.ask("SELECT DISTINCT stage FROM unit WHERE state = 'done'")}
    assert done >= {stage.name for stage in STAGES if not stage.optional} | {
        "ocr",
        "notify",
    }  # one service answers each
    logs = {path.stem: path.read_text() for path in (topology.data / "logs").glob("*.log")}
    assert not [name for name, words in logs.items() if "Traceback" in words]


def test_scout_smoke_sends_the_media_and_tells_the_times(topology: Topology, job: str, sample: Path) -> None:
    done = scout("smoke", "--url", topology.url, "--sample", str(sample))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Matching\s+\d+\s+[\d.]+\s+[\d.]+", done.stdout)
    assert re.search(r"done in [\d.]+ s; [1-9]\d* of \d+ products found", done.stdout)


def test_scout_smoke_says_what_the_installation_cannot_read(topology: Topology, job: str, sample: Path) -> None:
    done = scout("smoke", "--url", topology.url, "--sample", str(sample), "--catalogue", "/not/there/catalogue.csv")
    assert done.returncode == 1
    assert "/not/there/catalogue.csv" in done.stderr
    assert "--catalogue" in done.stderr


def close(value: Any) -> Any:
    """Equal, but for floating-point numbers within 1e-4."""
    if isinstance(value, dict):
        return {name: close(part) for name, part in value.items()}
    if isinstance(value, list):
        return [close(part) for part in value]
    return pytest.approx(value, abs=1e-4) if isinstance(value, float) else value
