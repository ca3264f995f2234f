"""The keeper: publishes what may be published, and makes good what was lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from scout_common.bus import Delivery, MemoryBus
from scout_common.errors import BusUnavailable
from scout_common.settings import Settings
from scout_common.work import Resources
from scout_contracts.codec import decode
from scout_contracts.stages import BY_NAME

from services.orchestrator import keeper as keeper_module
from services.orchestrator.control import LedgerControl
from services.orchestrator.keeper import Keeper
from services.orchestrator.request import JobRequest
from tests.integration.world import World


class DurableBus(MemoryBus):
    """As a broker would be: what it carries outlives its clients. It may lose a message, or be away."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.loses = 0
        self.away = False
        self.hangs = False

    async def publish(self, routing_key: str, body: bytes, *, message_id: str, mandatory: bool = True) -> None:
        if self.away:
            raise BusUnavailable
        if self.hangs:
            await asyncio.sleep(60)
        if self.loses > 0:
            self.loses -= 1
            return
        await super().publish(routing_key, body, message_id=message_id, mandatory=mandatory)


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


@contextlib.asynccontextmanager
async def keeping(world: World, bus: MemoryBus, **changes: Any) -> AsyncIterator[Keeper]:
    settings: Settings = world.resources.settings.model_copy(update=changes)
    engine = world.resources.engine
    keeper = Keeper(engine, bus, settings, start=LedgerControl(engine, settings).pick_up)
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110  (the database is not ours to signal us)
            await asyncio.sleep(0.05)


async def first(bus: MemoryBus, stage: str) -> Delivery:
    async with aclosing(bus.consume(stage, 1)) as stream, asyncio.timeout(60):
        delivery = await anext(stream)
        await delivery.ack()
        return delivery


async def test_a_job_no_flow_picked_up_is_started(world: World) -> None:
    bus = MemoryBus()
    job, _ = world.control.start_job(JobRequest(catalogue="c-2"))
    async with keeping(world, bus):
        message = decode((await first(bus, "catalog")).body)
    assert message.type == "products.collect.request"
    assert message.unit is not None
    assert (message.unit.job_id, message.unit.stage, message.unit.key) == (job, "catalog", "c-2")


async def test_it_waits_for_the_flow_first(world: World) -> None:
    job, _ = world.control.start_job(JobRequest(catalogue="c-2"))
    async with keeping(world, MemoryBus(), pick_up_s=60):
        await asyncio.sleep(1.5)
        assert world.state(job) == "submitted"


async def test_a_new_unit_is_published_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "POLL_S", 600.0)  # nobody looks by himself: the notification must wake him
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    bus = MemoryBus()
    async with keeping(world, bus):
        await until(lambda: world.ask(listening) == 1)
        world.start()
        await first(bus, "catalog")


async def test_the_window_bounds_what_is_in_flight(world: World) -> None:
    world.start(catalogue="c-9")
    world.run(world.messages()[0])
    bus = MemoryBus()
    flying = "SELECT count(*) FROM unit WHERE published_at IS NOT NULL AND stage = 'embedding' AND state = 'pending'"
    async with keeping(world, bus, stage_window=3):
        await until(lambda: world.ask(flying) == 3)
        await asyncio.sleep(1.2)
        assert world.ask(flying) == 3
        unit = decode((await first(bus, "embedding")).body).unit
        assert unit is not None
        await asyncio.to_thread(world.run, unit)
        await until(lambda: world.ask(flying) == 3)


async def test_a_message_the_broker_lost_is_published_again(world: World) -> None:
    bus = DurableBus()
    bus.loses = 1
    world.start()
    async with keeping(world, bus, lost_message_s=0.5):
        await first(bus, "catalog")
    assert bus.loses == 0


async def test_a_broker_that_is_away_is_waited_for(world: World) -> None:
    bus = DurableBus()
    bus.away = True
    world.start()
    async with keeping(world, bus):
        await asyncio.sleep(1)
        assert world.ask("SELECT count(*) FROM unit WHERE published_at IS NOT NULL") == 0
        bus.away = False
        await first(bus, "catalog")


async def test_a_broker_that_does_not_answer_holds_nobody_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "CONFIRM_S", 0.3)
    bus = DurableBus()
    bus.hangs = True
    job = world.start()
    async with keeping(world, bus):
        await asyncio.sleep(0.5)
        async with asyncio.timeout(30):
            assert await asyncio.to_thread(world.control.cancel, job) == "cancelled"


async def test_ended_leases_and_forgotten_barriers_are_made_good(world: World) -> None:
    job = world.start()
    world.run(world.messages()[0])
    for ref in world.messages():
        world.run(ref)
    world.execute("UPDATE unit SET state = 'waiting' WHERE stage = 'vector_index'")  # nobody looked at the barrier
    bus = DurableBus()
    async with keeping(world, bus):
        unit = decode((await first(bus, "vector_index")).body).unit
        assert unit is not None
        gone = "UPDATE unit SET state = 'running', lease_until = now() WHERE stage = 'vector_index'"
        await asyncio.to_thread(world.execute, gone)
        unit = decode((await first(bus, "vector_index")).body).unit
        assert unit is not None
        await asyncio.to_thread(world.run, unit)
        assert world.state(job) == "done"


async def test_dead_letters_fail_their_unit(world: World) -> None:
    job = world.start()
    bus = MemoryBus()
    async with keeping(world, bus):
        async with aclosing(bus.consume("catalog", 1)) as stream:
            await (await anext(stream)).reject(requeue=False)
            await until(lambda: world.state(job) == "failed")
        assert world.ask("SELECT error ->> 'kind' FROM unit WHERE stage = 'catalog'") == "dead letter"
        await bus.publish("x.catalog", b"{}", message_id="not ours")
        async with aclosing(bus.consume("catalog", 1)) as stream:
            await (await anext(stream)).reject(requeue=False)
        world.start()
        await first(bus, "catalog")  # a letter that names nobody stops nothing


async def test_what_cannot_be_a_message_fails_its_unit(world: World) -> None:
    job = world.start()
    world.execute("""UPDATE unit SET payload = '{"nonsense": 1}' WHERE stage = 'catalog'""")
    async with keeping(world, MemoryBus()):
        await until(lambda: world.state(job) == "failed")
    assert "products.collect.request" in world.ask("SELECT error ->> 'message' FROM unit WHERE stage = 'catalog'")


async def test_progress_is_told_while_a_job_runs(world: World) -> None:
    world.start(catalogue="c-3")
    async with keeping(world, MemoryBus()):
        await until(lambda: world.ask("SELECT count(*) FROM job_event WHERE type = 'job.progress'"))
    stages = world.ask("SELECT data -> 'stages' FROM job_event WHERE type = 'job.progress'")
    assert set(stages) <= set(BY_NAME)


async def test_it_can_be_cancelled_at_the_moment_it_is_woken(world: World) -> None:
    engine, settings = world.resources.engine, world.resources.settings
    for pause in (0.0, 0.1, 0.3):
        keeper = Keeper(engine, MemoryBus(), settings, start=world.control.pick_up)
        task = asyncio.create_task(keeper.run())
        await asyncio.sleep(pause)
        keeper._wake()
        task.cancel()
        _, pending = await asyncio.wait([task], timeout=60)
        assert not pending


async def test_two_keepers_share_the_work(world: World) -> None:
    for number in range(10):
        world.start(catalogue=f"c{number}-1")
    bus = DurableBus()
    async with keeping(world, bus), keeping(world, bus):
        got = []
        async with aclosing(bus.consume("catalog", 100)) as stream, asyncio.timeout(60):
            while len(got) < 10:
                got.append((await anext(stream)).message_id)
            await asyncio.sleep(1.2)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(stream), 0.1)
    assert len(set(got)) == 10


async def test_a_database_that_went_away_is_waited_for(world: World) -> None:
    bus = MemoryBus()
    async with keeping(world, bus):
        await asyncio.sleep(0.3)
        world.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        world.start()
        await first(bus, "catalog")


async def test_a_job_that_cannot_be_started_fails_alone_and_says_why(world: World) -> None:
    def start(job_id: str) -> None:
        if job_id == bad:
            raise ValueError("a fault nobody thought of")
        world.control.pick_up(job_id)

    bus = MemoryBus()
    bad, _ = world.control.start_job(JobRequest(catalogue="c-1"))
    good, _ = world.control.start_job(JobRequest(catalogue="c-2"))
    keeper = Keeper(world.resources.engine, bus, world.resources.settings, start=start)
    task = asyncio.create_task(keeper.run())
    try:
        await until(lambda: world.state(bad) == "failed" and world.state(good) == "running")
        unit = decode((await first(bus, "catalog")).body).unit
        assert unit is not None
        assert unit.job_id == good
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert world.ask("SELECT error ->> 'message' FROM job WHERE id = :job", job=bad) == "a fault nobody thought of"
    of_bad = "FROM job_issue WHERE job_id = :job AND subject LIKE 'The job%'"
    assert world.rows(f"SELECT severity, message {of_bad}", job=bad) == [("error", "a fault nobody thought of")]
    assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.failed'") == 1
    world.control.retry(bad)  # with a program that was mended
    world.control.pick_up(bad)
    assert world.state(bad) == "running"
    assert world.rows(f"SELECT message {of_bad}", job=bad) == []
    assert world.ask("SELECT error FROM job WHERE id = :job", job=bad) is None
