"""A whole job over the in-process bus: keeper, runner and worker processes with toy services."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from scout_common.bus import MemoryBus
from scout_common.runner import Runner
from scout_common.settings import Settings
from scout_contracts.stages import BY_NAME
from sqlalchemy import Engine, text

from services.orchestrator.control import LedgerControl
from services.orchestrator.keeper import Keeper
from services.orchestrator.request import JobRequest

BOOTSTRAP = "tests.integration.toy:worker"


@contextlib.asynccontextmanager
async def scout(engine: Engine, settings: Settings) -> AsyncIterator[Runner]:
    """A keeper and a runner at work."""
    bus = MemoryBus()
    keeper = Keeper(engine, bus, settings, start=LedgerControl(engine, settings).pick_up)
    runner = Runner(bus=bus, engine=engine, settings=settings, stages=list(BY_NAME), bootstrap=BOOTSTRAP)
    tasks = [asyncio.create_task(keeper.run()), asyncio.create_task(runner.run())]
    try:
        yield runner
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(done: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := await asyncio.to_thread(done):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen in time")


def ended(engine: Engine, job_id: str) -> Callable[[], str | None]:
    def ask() -> str | None:
        with engine.connect() as connection:
            state = connection.execute(text("SELECT state FROM job WHERE id = :job"), {"job": job_id}).scalar_one()
        return state if state not in ("submitted", "running") else None

    return ask


def rows(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.execute(text("SELECT sha256 FROM asset")).scalars())


def units(engine: Engine, job_id: str) -> dict[str, int]:
    """Those that the job waits for."""
    query = text("SELECT state, count(*) FROM unit WHERE job_id = :job AND blocking GROUP BY state")
    with engine.connect() as connection:
        return {row.state: row.count for row in connection.execute(query, {"job": job_id})}


def media(folder: Path, *names: str) -> list[str]:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return [str(folder)]


async def test_a_job_runs_to_its_end(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    request = JobRequest(catalogue="c-3", media=media(tmp_path / "m", "a.mp4", "b.mp4"))
    job_id, new = LedgerControl(engine, settings).start_job(request)
    assert new
    async with scout(engine, settings):
        assert await until(ended(engine, job_id)) == "done"
    # catalog, 2 x 3 products, index; for each medium: probe, 2 segments, 2 keypoint, 2 matcher, sightings, evidence
    assert units(engine, job_id) == {"done": 8 + 2 * 9}
    with engine.connect() as connection:
        kinds = list(connection.execute(text("SELECT type FROM job_event ORDER BY id")).scalars())
    assert kinds[0] == "job.started"
    assert kinds[-1] == "job.completed"
    assert kinds.count("job.completed") == 1


async def test_crashes_and_bad_input_cost_only_themselves(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    names = ("a.mp4", "kill.mp4", "bad.mp4", "kill-always.mp4")
    job_id, _ = LedgerControl(engine, settings).start_job(
        JobRequest(catalogue="c-2", media=media(tmp_path / "m", *names))
    )
    async with scout(engine, settings):
        assert await until(ended(engine, job_id), 60) == "partial"
        failed = text("SELECT stage, key, error, attempt FROM unit WHERE state = 'failed' ORDER BY key")
        with engine.connect() as connection:
            found = connection.execute(failed).all()
        assert [(Path(row.key).name, row.error["kind"]) for row in found] == [
            ("bad.mp4", "permanent"),
            ("kill-always.mp4#0.0", "crash"),
            ("kill-always.mp4#300.0", "crash"),
        ]
        assert [row.attempt for row in found] == [1, settings.max_attempts, settings.max_attempts]
        assert "SIGKILL" in found[1].error["message"]
        assert "keypoint:kill.mp4#0.0" in rows(engine)

        (settings.data_dir / "scratch" / "repaired").touch()
        assert LedgerControl(engine, settings).retry(job_id) > 3
        assert await until(ended(engine, job_id), 60) == "partial"
    assert "evidence_builder:bad.mp4" in rows(engine)
    with engine.connect() as connection:
        again = connection.execute(
            text("SELECT count(*) FROM unit WHERE state = 'failed' AND generation = 2")
        ).scalar_one()
    assert again == 2


async def test_without_a_catalogue_the_job_fails_at_once(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    request = JobRequest(catalogue="bad-0", media=media(tmp_path / "m", "slow1.mp4", "slow2.mp4", "slow3.mp4"))
    job_id, _ = LedgerControl(engine, settings).start_job(request)
    async with scout(engine, settings):
        assert await until(ended(engine, job_id)) == "failed"
    with engine.connect() as connection:
        error = connection.execute(text("SELECT error FROM job")).scalar_one()
    assert error["message"] == "bad input"
    assert error["stage"] == "catalog"


async def test_no_media_finishes_and_says_so(engine: Engine, settings: Settings) -> None:
    job_id, _ = LedgerControl(engine, settings).start_job(JobRequest(catalogue="c-1", media=("/nowhere/x.mp4",)))
    async with scout(engine, settings):
        assert await until(ended(engine, job_id)) == "done"
    with engine.connect() as connection:
        found = dict(connection.execute(text("SELECT subject, message FROM job_issue")).all())
    assert found["/nowhere/x.mp4"] == "There is no such file or folder."
    assert "no video and no photo" in found["media"]


@pytest.mark.timeout(120)
async def test_throughput(engine: Engine, settings: Settings) -> None:
    """Units with nothing to do cost a few milliseconds each."""
    job_id, _ = LedgerControl(engine, settings).start_job(JobRequest(catalogue="c-800"))
    async with scout(engine, settings) as runner:
        await until(runner.pool.pids)
        began = time.monotonic()
        await until(ended(engine, job_id), 100)
        rate = 1602 / (time.monotonic() - began) * 60
    print(f"{rate:.0f} units a minute")
    assert units(engine, job_id) == {"done": 1602}
    assert rate > 2000


async def test_throughput_of_many_small_media(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    """Each medium is a scope with barriers of its own; they cost little as well."""
    names = [f"{number}.mp4" for number in range(60)]
    request = JobRequest(catalogue="c-2", media=media(tmp_path / "m", *names))
    job_id, _ = LedgerControl(engine, settings).start_job(request)
    async with scout(engine, settings) as runner:
        await until(runner.pool.pids)
        began = time.monotonic()
        await until(ended(engine, job_id), 100)
        rate = (6 + 60 * 9) / (time.monotonic() - began) * 60
    print(f"{rate:.0f} units a minute")
    assert units(engine, job_id) == {"done": 6 + 60 * 9}
    assert rate > 1000
