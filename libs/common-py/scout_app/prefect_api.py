"""What we ask of a Prefect server, by HTTP.

Prefect's own client is not used: importing it costs a second and 100 MB in the process that serves the API.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

DEPLOYMENT = "match-job/scout"
START_TIMEOUT_S = 2.0  # whoever starts a job does not wait longer for its flow run
PAGE = 200  # the most flow runs that Prefect answers at once


@dataclass(frozen=True, kw_only=True)
class FlowRun:
    """A flow run as the server knows it. type: one of Prefect's state types, SCHEDULED where it has none yet."""

    id: str
    type: str
    name: str = ""


def answers(api_url: str) -> bool:
    """Whether a Prefect server answers there."""
    try:
        return httpx.get(f"{api_url}/health", timeout=START_TIMEOUT_S).is_success
    except httpx.HTTPError:
        return False


def start_flow(
    api_url: str, job_id: str, title: str, *, key: str = "first", timeout_s: float = START_TIMEOUT_S
) -> str | None:
    """Create the job's flow run and return its id; None where Prefect is not there (the keeper starts the job then).

    key: asked again with the same one, Prefect gives the same run, also where its first answer came too late.
    """
    run = {
        "name": f"{title} {job_id[:8]}",
        "parameters": {"job_id": job_id},
        "state": {"type": "SCHEDULED"},
        "idempotency_key": f"{job_id} {key}",
    }
    try:
        with httpx.Client(base_url=api_url, timeout=timeout_s) as prefect:
            deployment = prefect.get(f"/deployments/name/{DEPLOYMENT}").raise_for_status().json()["id"]
            made = prefect.post(f"/deployments/{deployment}/create_flow_run", json=run)
            return str(made.raise_for_status().json()["id"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None


def flow_runs(api_url: str, ids: Sequence[str]) -> dict[str, FlowRun]:
    """Those of the flow runs that the server knows, by id. Raises httpx.HTTPError, ValueError."""
    found: dict[str, FlowRun] = {}
    with httpx.Client(base_url=api_url, timeout=30) as prefect:
        for first in range(0, len(ids), PAGE):
            chosen = {"flow_runs": {"id": {"any_": list(ids[first : first + PAGE])}}, "limit": PAGE}
            rows: list[dict[str, Any]] = prefect.post("/flow_runs/filter", json=chosen).raise_for_status().json()
            for row in rows:
                state = row.get("state") or {}
                run = FlowRun(id=row["id"], type=state.get("type", "SCHEDULED"), name=state.get("name") or "")
                found[run.id] = run
    return found


def crash(api_url: str, run_id: str, message: str) -> None:
    """Mark a flow run as crashed. Raises httpx.HTTPError."""
    state = {"type": "CRASHED", "message": message}
    with httpx.Client(base_url=api_url, timeout=30) as prefect:
        prefect.post(f"/flow_runs/{run_id}/set_state", json={"state": state, "force": True}).raise_for_status()


def crash_interrupted(api_url: str) -> int:
    """Mark the flow runs that ended with an earlier server as crashed; their jobs get new ones. Returns how many.

    Called before the runner serves: at that moment no run can be alive.
    """
    chosen = {
        "flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}},
        "deployments": {"name": {"any_": [DEPLOYMENT.partition("/")[2]]}},
    }
    runs = httpx.post(f"{api_url}/flow_runs/filter", json=chosen, timeout=30).raise_for_status().json()
    for run in runs:
        crash(api_url, run["id"], "Scout was stopped; the job is shown by another run")
    return len(runs)
