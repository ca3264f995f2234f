"""The service runner with real worker processes."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from scout_common.bus import MemoryBus
from scout_common.runner import Runner
from scout_common.settings import Settings
from scout_common.work import Resources
from scout_common.worker_pool import WorkerDied
from scout_contracts.stages import BY_NAME

from services.orchestrator.control import LedgerControl
from services.orchestrator.keeper import Keeper
from tests.integration.world import World


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


class Scout:
    """A keeper and a runner at work."""

    def __init__(self, world: World, **changes: Any) -> None:
        settings: Settings = world.resources.settings.model_copy(update={"workers": 1, **changes})
        engine = world.resources.engine
        self.bus = MemoryBus()
        self.keeper = Keeper(engine, self.bus, settings, start=LedgerControl(engine, settings).pick_up)
        toy = "tests.integration.toy:worker"
        self.runner = Runner(bus=self.bus, engine=engine, settings=settings, stages=list(BY_NAME), bootstrap=toy)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Scout"]:
        self.tasks = [asyncio.create_task(self.runner.run()), asyncio.create_task(self.keeper.run())]
        try:
            yield self
        finally:
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def film(folder: Path, name: str) -> tuple[str, ...]:
    (folder / name).touch()
    return (str(folder / name),)


SEGMENT = "unit WHERE stage = 'media_ingestion' AND key LIKE '%#0.0'"
RUNNING = f"SELECT count(*) FROM {SEGMENT} AND state = 'running'"


async def test_a_cancelled_job_frees_its_worker(world: World, tmp_path: Path) -> None:
    job = world.start(media=film(tmp_path, "slow.mp4"), catalogue="c-1")
    async with Scout(world, lease_s=0.6).running():
        await until(lambda: world.ask(RUNNING))
        await asyncio.to_thread(world.control.cancel, job)  # in the loop it could wait for rows that the keeper holds
        other = await asyncio.to_thread(world.start, catalogue="d-1")
        await until(lambda: world.state(other) == "done")
    assert world.state(job) == "cancelled"
    assert world.ask("SELECT count(*) FROM asset WHERE sha256 LIKE '%slow.mp4#%'") == 0


async def test_stopping_lets_units_end(world: World, tmp_path: Path) -> None:
    world.start(media=film(tmp_path, "slow.mp4"), catalogue="c-1")
    async with Scout(world, drain_s=10).running() as scout:
        await until(lambda: world.ask(RUNNING))
        scout.runner.stop()
        await scout.tasks[0]
    assert world.ask(f"SELECT state FROM {SEGMENT}") == "done"


async def test_what_does_not_end_in_time_is_given_back_whole(world: World, tmp_path: Path) -> None:
    world.start(media=film(tmp_path, "slow.mp4"), catalogue="c-1")
    async with Scout(world, drain_s=0).running():
        await until(lambda: world.ask(RUNNING))
    assert world.rows(f"SELECT state, attempt FROM {SEGMENT}") == [("pending", 0)]


async def test_an_undecodable_message_fails_its_unit_and_nothing_else(world: World) -> None:
    job = world.start()
    (ref,) = world.messages()
    scout = Scout(world)
    await scout.bus.declare(list(BY_NAME))
    scout.bus.durable = True  # type: ignore[misc]  # it shall not be published anew
    await scout.bus.publish("x.catalog", b"\xff garbage", message_id=ref.to_id())
    async with scout.running():
        await until(lambda: world.state(job) == "failed")
        other = await asyncio.to_thread(world.start, catalogue="d-1")
        await until(lambda: world.state(other) == "done")


async def test_a_worker_killed_from_outside_is_replaced(world: World, tmp_path: Path) -> None:
    job = world.start(media=film(tmp_path, "slow.mp4"), catalogue="c-1")
    async with Scout(world).running() as scout:
        await until(lambda: world.ask(RUNNING))
        (pid,) = scout.runner.pool.pids()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: world.state(job) == "done")
        assert scout.runner.pool.pids() != [pid]
    assert world.ask(f"SELECT attempt FROM {SEGMENT}") == 2


async def test_a_unit_that_never_ends_fails(world: World, tmp_path: Path) -> None:
    job = world.start(media=film(tmp_path, "slow.mp4"), catalogue="c-1")
    async with Scout(world, unit_timeout_s=0.3, max_attempts=1).running():
        await until(lambda: world.state(job) == "partial")
    assert "no result after" in world.ask(f"SELECT error ->> 'message' FROM {SEGMENT}")


async def test_the_lease_of_a_long_unit_is_kept(world: World, tmp_path: Path) -> None:
    job = world.start(media=film(tmp_path, "slow.mp4"), catalogue="c-1")
    async with Scout(world, lease_s=0.5).running():  # a unit takes a second
        await until(lambda: world.state(job) == "done")
    assert world.ask("SELECT max(attempt) FROM unit") == 1


async def test_workers_that_cannot_start_are_told(world: World) -> None:
    scout = Scout(world)
    scout.runner.pool._bootstrap = "tests.integration.toy:missing"
    with pytest.raises(BaseExceptionGroup) as caught:
        await scout.runner.run()
    assert caught.group_contains(WorkerDied)


async def test_observers_may_watch(world: World) -> None:
    scout = Scout(world)
    async with aclosing(scout.bus.observe("products.images.ready.#")) as seen:
        watching = asyncio.ensure_future(anext(seen))
        await asyncio.sleep(0)
        world.start(catalogue="c-1")
        async with scout.running():
            assert (await asyncio.wait_for(watching, 20)).routing_key.startswith("products.images.ready.")
