"""The job in a real Prefect server: its run and artifacts; cancelling and retrying there steer the job."""

from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.acceptance.conftest import StartUp, Up, job_ended, scout, wait_for, web

pytestmark = pytest.mark.timeout(400)  # a loaded machine takes its time to start Prefect


@pytest.fixture(scope="module")
def up(start_up: StartUp, data_root: Path) -> Up:
    """A `scout up` whose Prefect serves the deployment."""
    up = start_up(data_root / "prefect")
    wait_for(lambda: _answer(up, "GET", "/deployments/name/match-job/scout"), 120, up)
    return up


@pytest.fixture(scope="module")
def photos(sample: Path, data_root: Path) -> Path:
    """Two photos of the sample and one file that is none."""
    folder = data_root / "photos"
    folder.mkdir()
    for name in ("photo_1.jpg", "photo_6.jpg"):
        (folder / name).write_bytes((sample / "media" / name).read_bytes())
    (folder / "broken.jpg").write_bytes(b"<html>not a picture</html>")
    return folder


def test_a_run_is_retried_and_its_job_with_it(up: Up, sample: Path, photos: Path) -> None:
    job_id = _start(up, sample, photos)
    job = wait_for(lambda: job_ended(up.url, job_id), 120, up)
    assert job["state"] == "partial"
    assert "broken.jpg" in str(job["failures"])
    run = _wait_for_run(up, job_id, "COMPLETED")
    assert run["state"]["name"] == "Partial"
    kinds = [artifact["type"] for artifact in _artifacts(up, run["id"])]
    assert kinds.count("progress") == 3
    assert kinds.count("table") == 1

    (photos / "broken.jpg").write_bytes((sample / "media" / "photo_5.jpg").read_bytes())
    _set_state(up, run["id"], {"type": "SCHEDULED", "name": "AwaitingRetry"})
    mended = wait_for(lambda: _in_state(up, job_id, "done"), 120, up)
    assert mended["failures"] == []
    again = _wait_for_run(up, job_id, "COMPLETED", runs=2)
    assert again["state"]["name"] == "Completed"
    tables = [a for a in _artifacts(up, run["id"]) if a["type"] == "table"]
    assert "sightings at p >= 0.5" in tables[-1]["description"]


def test_a_job_that_ended_while_prefect_hung_has_its_run_as_well(up: Up, sample: Path, photos: Path) -> None:
    server, runner = _processes(up, "scout_app.prefect_server:create_app"), _processes(up, "scout_app.flow_server")
    server[0].suspend()
    try:
        job_id = _start(up, sample, photos)
        job = wait_for(lambda: job_ended(up.url, job_id), 120, up)
        for process in runner:
            process.kill()
    finally:
        server[0].resume()
    assert job["state"] == "done"
    assert _wait_for_run(up, job_id, "COMPLETED")["state"]["name"] == "Completed"
    assert "prefect-runner has ended and is started again" in " ".join(up.said().split())


def test_a_cancelled_run_cancels_its_job(up: Up, sample: Path) -> None:
    # A keyframe each tenth of a second: enough work to be in the middle of it.
    job_id = _start(up, sample, sample / "media", keyframe_density_s=0.1)
    run = _wait_for_run(up, job_id, "RUNNING")
    _set_state(up, run["id"], {"type": "CANCELLING"})
    job = wait_for(lambda: job_ended(up.url, job_id), 60, up)
    assert job["state"] == "cancelled"
    assert _wait_for_run(up, job_id, "CANCELLED")


def test_a_job_cancelled_here_ends_its_run(up: Up, sample: Path) -> None:
    job_id = _start(up, sample, sample / "media", keyframe_density_s=0.1)
    _wait_for_run(up, job_id, "RUNNING")
    assert web.post(f"{up.url}/api/v1/jobs/{job_id}/cancel").json()["state"] == "cancelled"
    assert _wait_for_run(up, job_id, "CANCELLED")


def test_a_folder_is_watched_on_a_schedule(up: Up, sample: Path, data_root: Path) -> None:
    wait_for(lambda: _answer(up, "GET", "/deployments/name/watch-folder/scout"), 120, up)
    folder = data_root / "dropped"
    folder.mkdir()
    catalogue = str(sample / "catalogue" / "catalogue.csv")
    words = ("watch", str(folder), "--catalogue", catalogue, "--cron", "0 3 1 1 *", "--settle", "0")
    said = scout(*words, SCOUT_PREFECT_API_URL=up.prefect)
    assert (said.returncode, str(folder) in said.stdout) == (0, True), said.stderr
    found = _answer(up, "GET", "/deployments/name/watch-folder/scout")
    chosen = {"deployments": {"id": {"any_": [found["id"]]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    runs = _answer(up, "POST", "/flow_runs/filter", chosen)
    assert runs, "a schedule without runs never starts anything"
    assert scout(*words[:5], "60 * * * *", SCOUT_PREFECT_API_URL=up.prefect).returncode == 1

    (folder / "photo.jpg").write_bytes((sample / "media" / "photo_1.jpg").read_bytes())
    _answer(up, "POST", f"/deployments/{found['id']}/create_flow_run", {"parameters": runs[0]["parameters"]})
    assert wait_for(lambda: "catalogue.csv in photo.jpg" in _titles(up), 60, up)


def test_everything_ends_with_it(up: Up) -> None:
    assert any("prefect" in " ".join(process.cmdline()) for process in up.processes())
    assert up.end() == 0, up.said()
    assert up.processes() == []


def _start(up: Up, sample: Path, media: Path, **options: float) -> str:
    body = {"catalogue": str(sample / "catalogue" / "catalogue.csv"), "media": [str(media)], "options": options}
    return str(web.post(f"{up.url}/start-job", json=body).raise_for_status().json()["job_id"])


def _processes(up: Up, program: str) -> list[psutil.Process]:
    return [process for process in up.processes() if program in process.cmdline()]


def _titles(up: Up) -> list[str]:
    return [job["title"] for job in web.get(f"{up.url}/api/v1/jobs").json()["items"]]


def _in_state(up: Up, job_id: str, state: str) -> dict[str, Any] | None:
    job = job_ended(up.url, job_id)
    return job if job is not None and job["state"] == state else None


def _run_of(up: Up, job_id: str, state: str, runs: int = 1) -> dict[str, Any] | None:
    """The job's flow run, where it is in that state for at least the given time."""
    found = _answer(up, "POST", "/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": [state]}}}}) or []
    return next((r for r in found if r["parameters"].get("job_id") == job_id and r["run_count"] >= runs), None)


def _wait_for_run(up: Up, job_id: str, state: str, runs: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = wait_for(lambda: _run_of(up, job_id, state, runs), 120, up, lambda: _story(up, job_id))
    return found


def _story(up: Up, job_id: str) -> str:
    """Every flow run there is with the states it went through, and the events of the job: for a test that failed."""
    lines = [f"job: {web.get(f'{up.url}/api/v1/jobs/{job_id}').text}"]
    for run in _answer(up, "POST", "/flow_runs/filter", {}) or []:
        lines.append(f"flow run {run['name']} of {run['parameters']}, {run['run_count']} runs")
        states = _answer(up, "GET", f"/flow_run_states/?flow_run_id={run['id']}") or []
        lines += [f"    {s['timestamp']} {s['type']} {s['name']}: {s['message']}" for s in states]
    return "\n".join(lines)


def _artifacts(up: Up, run_id: str) -> list[dict[str, Any]]:
    chosen = {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "sort": "CREATED_DESC"}
    found: list[dict[str, Any]] = _answer(up, "POST", "/artifacts/filter", chosen) or []
    return found[::-1]


def _set_state(up: Up, run_id: str, state: dict[str, str]) -> None:
    """As the buttons of Prefect's pages do."""
    assert _answer(up, "POST", f"/flow_runs/{run_id}/set_state", {"state": state, "force": True})


def _answer(up: Up, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    try:
        response = httpx.request(method, up.prefect + path, json=body, timeout=10)
    except httpx.HTTPError:
        return None
    return response.json() if response.is_success else None
