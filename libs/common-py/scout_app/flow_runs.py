"""Every job is shown by a flow run that ends as the job did, whatever became of the run it had.

A Prefect server may be away, hang or forget, and the process of a flow run may be killed; the job goes on without. So
somebody looks again and again: a job without a run gets one, a run that lags behind its job is replaced by another.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import httpx
from scout_common.db import UNREACHABLE
from sqlalchemy import Engine

from flows import store
from flows.store import ShownJob
from scout_app import prefect_api
from scout_app.prefect_api import FlowRun
from services.orchestrator import store as orchestrator

log = logging.getLogger(__name__)

LOOK_S = 3.0
MOST_RUNS = 4  # for a job, until it is retried: what crashes every time shall not fill Prefect's pages
TIMEOUT_S = 30.0
ENDS = {"done": ("COMPLETED", "Completed"), "partial": ("COMPLETED", "Partial"), "failed": ("FAILED", "Failed")}


class Verdict(Enum):
    """What is to be done about a job's flow run, and in how many looks in a row that must have been seen."""

    FITS = 1, "it ended as its job did"
    WAIT = 1, "it is under way"
    CANCEL = 2, "it was cancelled and the job was not"
    REPLACE = 2, "it ended otherwise than its job"
    STUCK = 20, "the job has ended without it, or it does not begin"

    @property
    def looks(self) -> int:
        return int(self.value[0])


def verdict(job: ShownJob, run: FlowRun | None) -> Verdict:
    """What a job and its flow run say of one another. run: None where there is none."""
    if run is None or run.type == "CRASHED":
        return Verdict.REPLACE
    if run.type in ("CANCELLED", "CANCELLING") and not job.ended:
        return Verdict.CANCEL
    if run.type == "CANCELLED":
        return Verdict.FITS
    if run.type in ("COMPLETED", "FAILED"):
        return Verdict.FITS if (run.type, run.name) == ENDS.get(job.state) else Verdict.REPLACE
    lags = run.type == "PENDING" or (job.ended and run.type in ("RUNNING", "CANCELLING"))
    return Verdict.STUCK if lags else Verdict.WAIT


async def look_after(engine: Engine, api_url: str) -> None:
    """Look again and again, until cancelled."""
    runs = FlowRuns(engine, api_url)
    while True:
        with contextlib.suppress(*UNREACHABLE, httpx.HTTPError, ValueError):
            await asyncio.to_thread(runs.look)
        await asyncio.sleep(LOOK_S)


class FlowRuns:
    """Looks after the flow runs of the jobs in one database. Any number of processes may do so side by side."""

    def __init__(self, engine: Engine, api_url: str) -> None:
        self._engine = engine
        self._api_url = api_url
        self._seen: Counter[tuple[ShownJob, Verdict]] = Counter()
        self._settled: set[ShownJob] = set()
        self._made: Counter[tuple[str, int]] = Counter()
        self._since: datetime | None = None

    def look(self) -> None:
        """Look once at every job that is not settled. Raises httpx.HTTPError, ValueError: Prefect does not answer."""
        with self._engine.connect() as connection:
            self._since = self._since or store.now(connection)
            jobs = [job for job in store.to_show(connection, self._since) if job not in self._settled]
        if jobs:
            self._look_at(jobs)

    def _look_at(self, jobs: Sequence[ShownJob]) -> None:
        runs = prefect_api.flow_runs(self._api_url, [job.flow_run for job in jobs if job.flow_run])
        seen = {(job, verdict(job, runs.get(job.flow_run or ""))) for job in jobs}
        self._seen = Counter({pair: self._seen[pair] + 1 for pair in seen})
        for job, found in seen:
            if self._seen[job, found] >= found.looks or job.flow_run is None:
                self._act(job, found)

    def _act(self, job: ShownJob, found: Verdict) -> None:
        if found is Verdict.FITS:
            self._settled.add(job)
        elif found is Verdict.CANCEL:
            orchestrator.cancel(self._engine, job.id)
        elif found in (Verdict.REPLACE, Verdict.STUCK):
            if found is Verdict.STUCK and job.flow_run:
                prefect_api.crash(self._api_url, job.flow_run, "it did not follow its job, which another run shows")
            self._replace(job)

    def _replace(self, job: ShownJob) -> None:
        if self._made[job.id, job.generation] >= MOST_RUNS:
            log.warning("the job is shown by no flow run: %d were tried", MOST_RUNS, extra={"job": job.id})
            self._settled.add(job)
            return
        key = run_key(job.generation, job.flow_run)
        run = prefect_api.start_flow(self._api_url, job.id, job.title, key=key, timeout_s=TIMEOUT_S)
        if run is not None:
            self._made[job.id, job.generation] += 1
            orchestrator.note_flow_run(self._engine, job.id, run)


def run_key(generation: int, before: str | None) -> str:
    """The run of a job's first generation is asked for by `start_job`; later ones follow the run they replace."""
    return "first" if (generation, before) == (1, None) else f"{generation} after {before or 'none'}"
