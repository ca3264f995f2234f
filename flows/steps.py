"""The steps of a job as plain functions: the Prefect flow wraps them in tasks, the one-shot calls them as they are."""

import time
from collections.abc import Callable, Sequence

from scout_common.db import UNREACHABLE
from scout_common.errors import NotFound
from scout_common.progress import JobProgress, StageProgress, job_progress
from scout_contracts.stages import STAGES
from sqlalchemy import Engine

from services.orchestrator import store as orchestrator

CATALOGUE = ("catalog", "keypoint_product", "embedding", "vector_index")
BACKGROUND = tuple(stage.name for stage in STAGES if stage.background)
MEDIA = tuple(stage.name for stage in STAGES if stage.name not in ("region_text", "evidence_builder", *BACKGROUND))
EVERYTHING = tuple(stage.name for stage in STAGES)
ENDED = ("done", "partial", "failed", "cancelled")
POLL_S = 0.3
AWAY_S = 60.0
"""How long a database that restarts is waited for."""

Watch = Callable[[JobProgress, float], None]
"""Told at every look: the whole progress, and the part of the awaited stages that has ended (0 to 1)."""


def start(engine: Engine, job_id: str, *, again: bool = False) -> JobProgress:
    """Pick the job up. `again`: a run that re-enters its job; where that has ended with failures they are retried."""
    progress = look(engine, job_id)
    if progress.state not in ENDED:
        orchestrator.insert_roots(engine, job_id)
    elif again and (any(stage.failed or stage.cancelled for stage in progress.stages) or not _begun(progress)):
        orchestrator.retry(engine, job_id)
        orchestrator.insert_roots(engine, job_id)  # where it had ended before it began
    return look(engine, job_id)


def _begun(progress: JobProgress) -> bool:
    return any(stage.total for stage in progress.stages)


def wait_until_indexed(engine: Engine, job_id: str, watch: Watch) -> JobProgress:
    """Wait until every picture of the catalogue is searchable, or the job has ended."""
    return _wait(engine, job_id, CATALOGUE, watch)


def wait_until_matched(engine: Engine, job_id: str, watch: Watch) -> JobProgress:
    """Wait until the sightings of every medium are stored, or the job has ended."""
    return _wait(engine, job_id, MEDIA, watch)


def wait_until_ended(engine: Engine, job_id: str, watch: Watch) -> JobProgress:
    """Wait until the job is done, partial, failed or cancelled."""
    while True:
        progress = _look_patiently(engine, job_id)
        watch(progress, progress.fraction)
        if progress.state in ENDED:
            return progress
        time.sleep(POLL_S)


def wait_until_read(engine: Engine, job_id: str, watch: Watch, *, within_s: float) -> JobProgress:
    """Wait until the signs of a job that is done are read, but no longer than that."""
    until = time.monotonic() + within_s
    while True:
        progress = _look_patiently(engine, job_id)
        background = [stage for stage in progress.stages if stage.stage in BACKGROUND]
        watch(progress, part_ended(background))
        going_on = progress.state in ("done", "partial") and any(stage.left for stage in background)
        if not going_on or time.monotonic() > until:
            return progress
        time.sleep(POLL_S)


def look(engine: Engine, job_id: str) -> JobProgress:
    """The job's progress now. Raises NotFound."""
    with engine.connect() as connection:
        progress = job_progress(connection, job_id)
    if progress is None:
        raise NotFound("there is no such job", subject=job_id)
    return progress


def _look_patiently(engine: Engine, job_id: str) -> JobProgress:
    """The same, over a restart of the database. Raises OperationalError where it stays away for AWAY_S."""
    until = time.monotonic() + AWAY_S
    while True:
        try:
            return look(engine, job_id)
        except UNREACHABLE:
            if time.monotonic() > until:
                raise
            time.sleep(POLL_S)


def part_ended(stages: Sequence[StageProgress]) -> float:
    """The part of the known units that has ended, 0 to 1."""
    total = sum(stage.total for stage in stages)
    return sum(stage.ended for stage in stages) / total if total else 0.0


def _wait(engine: Engine, job_id: str, names: Sequence[str], watch: Watch) -> JobProgress:
    while True:
        progress = _look_patiently(engine, job_id)
        awaited = [stage for stage in progress.stages if stage.stage in names]
        watch(progress, part_ended(awaited))
        begun = any(stage.total for stage in awaited)
        if progress.state in ENDED or (begun and not any(stage.left for stage in awaited)):
            return progress
        time.sleep(POLL_S)
