"""The main job as a Prefect flow, readable top to bottom.

One flow run per job and never a task per item: the work is rows of the ledger, moved by the keeper. The run shows the
job in Prefect's UI, and there one cancels and retries it; the job itself goes on whether Prefect is up or not.
"""

import contextlib
from functools import cache
from typing import Any, cast
from uuid import UUID

import httpx
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import PrefectException
from prefect.flows import Flow
from prefect.runtime import flow_run as this_run
from prefect.states import Cancelled, Completed, Failed
from scout_common.db import make_engine
from scout_common.progress import JobProgress, expected_false
from scout_common.settings import Settings
from sqlalchemy import Engine

from flows import steps, store
from services.orchestrator import store as orchestrator

TRIES, PAUSE_S = 5, 2  # a step that fails is taken again: the job it follows is not touched by that


def cancel_job(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Cancelling the run in Prefect's UI cancels the job. Prefect names the arguments."""
    orchestrator.cancel(_engine(), str(flow_run.parameters["job_id"]))


@flow(name="match-job", on_cancellation=[cancel_job], persist_result=False)
def match_job(job_id: str) -> State[Any]:
    """Which products of the job's catalogue appear in its media."""
    start(job_id)
    wait_until_catalogue_is_indexed(job_id)
    wait_until_media_are_matched(job_id)
    return outcome(*finish(job_id))


@task(retries=TRIES, retry_delay_seconds=PAUSE_S)
def start(job_id: str) -> None:
    """Pick the job up; a run that is retried retries what failed in its job."""
    progress = steps.start(_engine(), job_id, again=(this_run.run_count or 1) > 1)
    get_run_logger().info("job %s is %s", job_id, progress.state)


@task(retries=TRIES, retry_delay_seconds=PAUSE_S)
def wait_until_catalogue_is_indexed(job_id: str) -> None:
    """Every picture of the catalogue is searchable."""
    steps.wait_until_indexed(_engine(), job_id, ProgressArtifact("The catalogue"))


@task(retries=TRIES, retry_delay_seconds=PAUSE_S)
def wait_until_media_are_matched(job_id: str) -> None:
    """The sightings of every video and photo are stored."""
    steps.wait_until_matched(_engine(), job_id, ProgressArtifact("Videos and photos"))


@task(retries=TRIES, retry_delay_seconds=PAUSE_S)
def finish(job_id: str) -> tuple[JobProgress, str]:
    """The evidence is drawn; the sightings stand in a table, with how many of them are probably false."""
    progress = steps.wait_until_ended(_engine(), job_id, ProgressArtifact("The whole job"))
    with _engine().connect() as connection:
        doubt = expected_false(connection, job_id)
        found = store.sightings(connection, job_id, doubt.min_probability)
    create_table_artifact(table=[_row(sighting) for sighting in found], key="sightings", description=doubt.text)
    return progress, doubt.text


def outcome(progress: JobProgress, doubt: str) -> State[Any]:
    """The run ends as the job did."""
    if progress.state == "cancelled":
        return Cancelled(message="the job was cancelled")
    if progress.state == "failed":
        return Failed(message="the job failed; retry this run to try its failed units again")
    if progress.state == "partial":
        failed = sum(stage.failed for stage in progress.stages)
        return Completed(name="Partial", message=f"{doubt}. {failed} units failed; retry this run to try them again")
    return Completed(message=doubt)


class ProgressArtifact:
    """A progress bar in Prefect's UI, written only when it has moved by a hundredth.

    What Prefect does not take is left out: the next look writes it, and the run follows its job without.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = -1
        self._artifact: UUID | None = None

    def __call__(self, progress: JobProgress, part: float) -> None:
        percent = int(part * 100)
        if percent == self._shown:
            return
        with contextlib.suppress(PrefectException, httpx.HTTPError):
            self._write(percent)
            self._shown = percent

    def _write(self, percent: int) -> None:
        if self._artifact is None:  # the functions are synchronous in a synchronous task
            self._artifact = cast(UUID, create_progress_artifact(progress=float(percent), description=self._what))
        else:
            update_progress_artifact(self._artifact, progress=float(percent))


def _row(sighting: store.Sighting) -> dict[str, Any]:
    page = f"{_settings().public_url}/api/v1/matches/{sighting.id}"
    return {
        "product": sighting.product,
        "medium": sighting.name,
        "from": round(sighting.start_s, 2),
        "to": round(sighting.end_s, 2),
        "probability": round(sighting.probability, 3),
        "evidence": f"[open]({page})",
    }


@cache
def _settings() -> Settings:
    return Settings()  # a flow run is a process of its own: the supervisor hands it its settings in the environment


@cache
def _engine() -> Engine:
    return make_engine(_settings().database_url, pool_size=1, name="scout-flow")
