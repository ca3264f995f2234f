"""`scout up` as a user runs it: jobs over HTTP, refusals that help, an end that leaves nothing, kill -9 in mid-job."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.acceptance.conftest import StartUp, Up, job_ended, scout, wait_for, web

BACKGROUND = {"signs", "booths", "caption"}
"""What goes on after a job is done."""


@pytest.fixture(scope="module")
def up(start_up: StartUp, data_root: Path) -> Up:
    """A `scout up` without Prefect."""
    return start_up(data_root / "up", "--no-prefect")


@pytest.fixture(scope="module")
def request_body(sample: Path) -> dict[str, Any]:
    return {"catalogue": str(sample / "catalogue" / "catalogue.csv"), "media": [str(sample / "media")]}


@pytest.fixture(scope="module")
def job(up: Up, request_body: dict[str, Any]) -> dict[str, Any]:
    """A job that has ended, started over HTTP; `seen`: the states and progress it went through."""
    started = web.post(f"{up.url}/start-job", json=request_body, headers={"Idempotency-Key": "first"})
    assert started.status_code == 201, started.text
    job_id = started.json()["job_id"]
    seen: list[float] = []

    def ended() -> dict[str, Any] | None:
        seen.append(web.get(f"{up.url}/api/v1/jobs/{job_id}").json()["progress"])
        return job_ended(up.url, job_id)

    found: dict[str, Any] = wait_for(ended, 150, up)
    return found | {"seen": seen}


def test_a_job_runs_and_shows_its_progress(up: Up, job: dict[str, Any]) -> None:
    assert job["state"] == "done", job
    assert job["sightings"] > 0
    assert any(0 < progress < 1 for progress in job["seen"])
    assert all(stage["done"] == stage["total"] for stage in job["stages"] if stage["stage"] not in BACKGROUND)
    assert "expected false" in job["expected_false"]["text"]


def test_signs_are_read_to_the_end_after_the_job_is_done(up: Up, job: dict[str, Any]) -> None:
    address = f"{up.url}/api/v1/jobs/{job['id']}"
    wait_for(lambda: not web.get(address).json()["still_reading"], 60, up)
    stages = {stage["stage"]: stage for stage in web.get(address).json()["stages"]}
    assert all(stages[name]["total"] == stages[name]["done"] for name in BACKGROUND)
    assert stages["signs"]["total"] > 0


def test_the_same_key_is_the_same_job(up: Up, job: dict[str, Any], request_body: dict[str, Any]) -> None:
    again = web.post(f"{up.url}/start-job", json=request_body, headers={"Idempotency-Key": "first"})
    assert again.status_code == 200
    assert again.json()["job_id"] == job["id"]


def test_a_catalogue_that_is_not_there_is_refused_at_once(up: Up, request_body: dict[str, Any]) -> None:
    refused = web.post(f"{up.url}/start-job", json=request_body | {"catalogue": "/nowhere/products.csv"})
    assert refused.status_code == 422
    assert "/nowhere/products.csv: there is no such file or folder" in refused.json()["detail"]


def test_events_tell_the_end(up: Up, job: dict[str, Any]) -> None:
    told = []
    with httpx.stream("GET", f"{up.url}/api/v1/jobs/{job['id']}/events?after=0", timeout=60) as stream:
        for line in stream.iter_lines():
            if line.startswith("event:"):
                told.append(line.removeprefix("event:").strip())
            if "job.completed" in told:
                break
    assert "job.completed" in told


def test_the_command_line_lists_and_shows_it(up: Up, job: dict[str, Any]) -> None:
    listed = scout("job", "list", "--json", "--url", up.url)
    assert job["id"] in [row["id"] for row in json.loads(listed.stdout)]
    shown = scout("job", "show", job["id"][:8], "--url", up.url)
    assert shown.returncode == 0, shown.stderr
    assert "Matching" in shown.stdout
    assert job["expected_false"]["text"] in shown.stdout
    nothing = scout("job", "retry", job["id"], "--url", up.url)
    assert nothing.returncode == 1
    assert "nothing of this job failed" in nothing.stderr


def test_its_proofs_hold(up: Up, job: dict[str, Any]) -> None:
    best = web.get(f"{up.url}/api/v1/matches?job={job['id']}&limit=1").json()["items"][0]
    verified = scout("evidence", "verify", best["id"], "--url", up.url, "--data", str(up.data))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "The proof holds" in verified.stdout
    assert "as the stored sighting has it" in verified.stdout


def test_a_second_one_on_the_folder_is_told_who_has_it(up: Up, request_body: dict[str, Any]) -> None:
    for words in (["up"], ["match", "-c", request_body["catalogue"], "x.mp4"], ["db", "migrate"]):
        refused = scout(*words, "--data", str(up.data), SCOUT_PORT="0")
        assert refused.returncode == 1
        assert str(up.process.pid) in refused.stderr
        assert "scout up" in refused.stderr
        assert up.url in refused.stderr
        assert "--data" in refused.stderr


def test_a_port_in_use_is_named(data_root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = scout("up", "--data", str(data_root / "other"), "--port", str(port))
    assert refused.returncode == 1
    assert str(port) in refused.stderr
    assert "SCOUT_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_killed_alone_comes_back_and_work_goes_on(
    up: Up, job: dict[str, Any], request_body: dict[str, Any]
) -> None:
    (server,) = [p for p in up.processes() if p.name() == "postgres" and p.ppid() == up.process.pid]
    server.kill()
    server.wait(10)
    answer = web.get(f"{up.url}/ready")  # at once: it says what is wrong, or is well again already
    assert answer.is_success or "The database cannot be used: " in answer.json()["detail"]
    wait_for(lambda: web.get(f"{up.url}/ready").is_success, 60, up)
    again = web.post(f"{up.url}/start-job", json=request_body, headers={"Idempotency-Key": "after"}).json()
    ended = wait_for(lambda: job_ended(up.url, again["job_id"]), 60, up)
    assert (ended["state"], ended["sightings"]) == ("done", job["sightings"])


def test_ctrl_c_leaves_nothing(up: Up, job: dict[str, Any]) -> None:
    assert len(up.processes()) > 2  # it does have a database and workers
    begun = time.monotonic()
    assert up.end(signal.SIGINT) == 0, up.said()
    assert up.processes() == []
    assert time.monotonic() - begun < 20
    assert "Traceback" not in up.said()


@pytest.fixture
def killed(start_up: StartUp, data_root: Path, request_body: dict[str, Any]) -> tuple[Up, str]:
    """A `scout up` that was killed with -9 in the middle of a job: its first process alone, as the kernel would."""
    first = start_up(data_root / "killed", "--no-prefect")
    job_id = web.post(f"{first.url}/start-job", json=request_body).json()["job_id"]

    def midway() -> bool:
        stages = {s["stage"]: s for s in web.get(f"{first.url}/api/v1/jobs/{job_id}").json()["stages"]}
        return bool(stages["keypoint"]["done"] + stages["matcher"]["done"] >= 2)

    wait_for(midway, 100, first)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    return first, job_id


def test_after_kill_9_the_job_goes_on_and_ends_with_the_same_rows(
    killed: tuple[Up, str], start_up: StartUp, result: dict[str, Any]
) -> None:
    first, job_id = killed
    second = start_up(first.data, "--no-prefect")
    assert first.processes() == [], "orphans of the killed run are still there"
    ended = wait_for(lambda: job_ended(second.url, job_id), 150, second)
    assert ended["state"] == "done", ended
    found = web.get(f"{second.url}/api/v1/matches?job={job_id}&limit=200").json()["items"]
    assert second.end(signal.SIGTERM) == 0
    assert _rows(found) == sorted(_row(s["sku"], s["media"], s) for s in result["sightings"])


def _rows(items: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(
        _row((i["product"] or {}).get("sku"), i["medium"]["name"], i) for i in items if i["probability"] >= 0.5
    )


def _row(sku: str | None, medium: str, found: dict[str, Any]) -> tuple[Any, ...]:
    times = (round(found["start_s"], 3), round(found["end_s"], 3), round(found["best_s"], 3))
    return sku or "", Path(medium).name, *times, round(found["probability"], 4), found["facings"], found["frames"]


def test_the_lifeline_ends_a_child_whose_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys, time; from scout_app.children import Children\n"
        "pathlib.Path(sys.argv[1], 'sleep.py').write_text('import time; time.sleep(60)')\n"
        "child = Children(pathlib.Path(sys.argv[1])).start('sleeper', [sys.argv[1] + '/sleep.py'])\n"
        "time.sleep(1); print(child.process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    said = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    child = int(said.stdout)
    wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE, 30)
