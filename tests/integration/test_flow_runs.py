"""Jobs and the flow runs that show them. The Prefect here is the tests' own: it forgets, refuses and loses runs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from scout_app.flow_runs import MOST_RUNS, FlowRuns, Verdict, verdict
from scout_app.prefect_api import FlowRun, start_flow
from scout_common.work import Resources

from flows.store import ShownJob
from services.orchestrator.control import LedgerControl
from services.orchestrator.request import JobRequest
from tests.integration.world import World
from tests.servers import serving


@dataclass
class Prefect:
    """The flow runs of an imitated server: by id their job, and their state (type, name)."""

    url: str = ""
    jobs: dict[str, str] = field(default_factory=dict)
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    refusing: bool = False

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        if path.endswith("/create_flow_run"):
            run = self.keys.setdefault(body["idempotency_key"], f"run-{len(self.keys) + 1}")
            self.jobs.setdefault(run, body["parameters"]["job_id"])
            self.states.setdefault(run, ("SCHEDULED", "Scheduled"))
            return {"id": run}
        if path.endswith("/set_state"):
            self.states[path.split("/")[-2]] = (body["state"]["type"], "")
            return {}
        if path.endswith("/flow_runs/filter"):
            asked = [run for run in body["flow_runs"]["id"]["any_"] if run in self.jobs]
            return [{"id": r, "state": {"type": self.states[r][0], "name": self.states[r][1]}} for r in asked]
        return {"id": "the-deployment"}


@pytest.fixture
def prefect() -> Iterator[Prefect]:
    state = Prefect()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"] or 0)
            data = json.dumps(state.answer(self.path, json.loads(self.rfile.read(size) or b"{}"))).encode()
            self.send_response(503 if state.refusing else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as port:
        state.url = f"http://127.0.0.1:{port}/api"
        yield state


@dataclass
class Case:
    """A job started over the API while that Prefect is there, and who looks after its run."""

    world: World
    prefect: Prefect
    control: LedgerControl
    runs: FlowRuns

    def start(self) -> str:
        job, _ = self.control.start_job(JobRequest(catalogue="c-1"))
        self.world.execute("UPDATE job SET created_at = created_at - interval '1 minute'")
        return job

    def end(self, job: str, state: str = "done") -> None:
        self.world.execute(
            "UPDATE job SET state = :state, finished_at = clock_timestamp() WHERE id = :job", state=state, job=job
        )

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.runs.look()

    def shown_by(self, job: str) -> str | None:
        found: str | None = self.world.ask("SELECT flow_run_id FROM job WHERE id = :job", job=job)
        return found


@pytest.fixture
def case(resources: Resources, prefect: Prefect) -> Case:
    control = LedgerControl(resources.engine, resources.settings, lambda *job: start_flow(prefect.url, *job))
    runs = FlowRuns(resources.engine, prefect.url)
    runs.look()
    return Case(world=World(resources), prefect=prefect, control=control, runs=runs)


def test_a_job_that_ended_before_prefect_answered_is_shown(case: Case) -> None:
    case.prefect.refusing = True
    job = case.start()
    assert (case.shown_by(job), case.world.state(job)) == (None, "running")  # it does not wait
    case.end(job)
    case.prefect.refusing = False
    case.look(1)
    assert case.shown_by(job) == "run-1"


def test_an_answer_that_came_too_late_makes_no_second_run(case: Case) -> None:
    job = case.start()
    case.world.execute("UPDATE job SET flow_run_id = NULL")
    case.look(1)
    assert case.shown_by(job) == "run-1"
    assert list(case.prefect.jobs) == ["run-1"]


def test_jobs_that_ended_long_ago_without_prefect_are_left_alone(case: Case) -> None:
    case.prefect.refusing = True
    job = case.start()
    case.end(job)
    case.prefect.refusing = False
    case.world.execute("UPDATE job SET finished_at = finished_at - interval '1 minute'")
    case.look()
    assert case.shown_by(job) is None


@pytest.mark.parametrize("lost", ["crashed", "forgotten"])
def test_a_run_that_is_lost_is_replaced(case: Case, lost: str) -> None:
    job = case.start()
    if lost == "crashed":
        case.prefect.states["run-1"] = ("CRASHED", "Crashed")
    else:
        case.prefect.jobs.clear()
    case.look()
    assert case.shown_by(job) == "run-2"


def test_a_run_that_does_not_follow_is_replaced_in_the_end(case: Case) -> None:
    job = case.start()
    case.prefect.states["run-1"] = ("RUNNING", "Running")
    case.end(job)
    case.look(Verdict.STUCK.looks - 1)
    assert case.shown_by(job) == "run-1"
    case.look(1)
    assert (case.shown_by(job), case.prefect.states["run-1"][0]) == ("run-2", "CRASHED")


def test_runs_that_crash_again_and_again_come_to_an_end(case: Case) -> None:
    job = case.start()
    for _ in range(3 * MOST_RUNS):
        case.prefect.states |= dict.fromkeys(case.prefect.states, ("CRASHED", "Crashed"))
        case.look()
    assert len(case.prefect.jobs) == 1 + MOST_RUNS
    assert case.world.state(job) == "submitted"


def test_a_run_cancelled_before_it_began_cancels_its_job(case: Case) -> None:
    job = case.start()
    case.prefect.states["run-1"] = ("CANCELLED", "Cancelled")
    case.look()
    assert case.world.state(job) == "cancelled"


def test_a_job_retried_over_the_api_is_shown_by_a_run_of_its_own(case: Case) -> None:
    job = case.start()
    case.control.cancel(job)
    case.prefect.states["run-1"] = ("CANCELLED", "Cancelled")
    case.control.retry(job)
    case.look(4)
    assert (case.shown_by(job), case.world.state(job)) == ("run-2", "submitted")


@pytest.mark.parametrize(
    ("state", "run", "expected"),
    [
        ("running", ("SCHEDULED", "Late"), Verdict.WAIT),
        ("running", ("RUNNING", "Running"), Verdict.WAIT),
        ("running", ("PENDING", "Submitting"), Verdict.STUCK),
        ("running", ("CANCELLING", "Cancelling"), Verdict.CANCEL),
        ("running", ("COMPLETED", "Partial"), Verdict.REPLACE),
        ("partial", ("COMPLETED", "Partial"), Verdict.FITS),
        ("partial", ("SCHEDULED", "AwaitingRetry"), Verdict.WAIT),
        ("done", ("COMPLETED", "Partial"), Verdict.REPLACE),
        ("done", ("FAILED", "Failed"), Verdict.REPLACE),
        ("done", ("CANCELLED", "Cancelled"), Verdict.FITS),
        ("failed", ("FAILED", "Failed"), Verdict.FITS),
        ("cancelled", ("RUNNING", "Running"), Verdict.STUCK),
    ],
)
def test_what_job_and_run_say_of_one_another(state: str, run: tuple[str, str], expected: Verdict) -> None:
    job = ShownJob(id="j", title="t", state=state, generation=1, flow_run="r")
    assert verdict(job, FlowRun(id="r", type=run[0], name=run[1])) is expected
