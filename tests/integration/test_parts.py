"""Parts as processes of their own: they wait for what they need, tell their probes, and end in an orderly way."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from scout_app import parts
from scout_common.errors import ScoutError
from scout_common.rabbit import RabbitBus
from scout_common.rabbit_server import RabbitServer
from scout_common.runner import Runner
from scout_common.work import Resources
from scout_contracts.stages import BY_NAME

from services.orchestrator.control import LedgerControl
from services.orchestrator.keeper import Keeper
from tests.acceptance.conftest import clean_environment, free_port, wait_for, web
from tests.integration.world import World


@pytest.fixture
def part(database: str, tmp_path: Path) -> Iterator[Callable[..., tuple["subprocess.Popen[str]", str]]]:
    """Start `scout run NAME` on the test's database; gives the process and where it answers its probes."""
    started = []

    def start(name: str, bus_url: str, **environment: str) -> tuple["subprocess.Popen[str]", str]:
        port = free_port()
        given = {"SCOUT_DATABASE_URL": database, "SCOUT_BUS_URL": bus_url, "SCOUT_DATA_DIR": str(tmp_path / "data")}
        process = subprocess.Popen(
            [sys.executable, "-m", "scout_app", "run", name, "--health-port", str(port), "--workers", "1"],
            env=clean_environment() | given | environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.kill()
        process.wait()


def asked(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, timeout=5)
    except httpx.HTTPError:
        return None


def status(url: str) -> int:
    answer = asked(url)
    return answer.status_code if answer else 0


def test_a_part_waits_for_its_broker_and_says_so(part: Any) -> None:
    address = f"127.0.0.1:{free_port()}"
    process, url = part("keeper", f"amqp://scout:secret@{address}/")
    wait_for(lambda: status(f"{url}/health") == 200, 40)
    answer = web.get(f"{url}/ready")
    assert answer.status_code == 503
    assert address in answer.json()["detail"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    said = process.stderr.read()
    assert address in said
    assert "secret" not in said


def test_a_service_works_until_it_is_told_to_end(part: Any, broker_url: str) -> None:
    process, url = part("keypoint", broker_url)
    wait_for(lambda: status(f"{url}/ready") == 200, 60)
    assert "scout_units_at_work 0.0" in web.get(f"{url}/metrics").text
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert "Traceback" not in process.stderr.read()


def test_the_flows_wait_for_their_prefect_and_say_so(part: Any) -> None:
    prefect = f"http://127.0.0.1:{free_port()}/api"
    process, url = part("flows", "amqp://127.0.0.1:1/", PREFECT_API_URL=prefect)
    wait_for(lambda: status(f"{url}/ready") == 503, 40)
    assert prefect in web.get(f"{url}/ready").json()["detail"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_flows_without_a_prefect_are_refused(resources: Resources) -> None:
    with pytest.raises(ScoutError, match="PREFECT_API_URL"):
        parts.flows(resources)


def test_what_is_not_given_is_asked_for() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scout_app", "run", "matcher"],
        env=clean_environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "SCOUT_DATABASE_URL" in done.stderr


class TestOnRabbitMQ:
    """The toy's job by two keepers and two runners, as on two machines."""

    @pytest.fixture
    def world(self, resources: Resources) -> World:
        settings = resources.settings.model_copy(update={"workers": 1, "lease_s": 3, "drain_s": 10})
        return World(replace(resources, settings=settings))

    async def test_it_ends_the_same_through_a_stopped_runner_and_a_killed_broker(
        self, world: World, tmp_path: Path, rabbit: RabbitServer
    ) -> None:
        for name in ("a.mp4", "slow.mp4", "b.mp4"):
            (tmp_path / name).touch()
        job = world.start(media=(str(tmp_path),), catalogue="c-20")
        async with AsyncExitStack() as machines:
            first, _ = [await machines.enter_async_context(_Machine(world, rabbit.url)) for _ in range(2)]
            await until(lambda: world.ask("SELECT count(*) FROM unit WHERE state = 'done'") > 10)
            first.runner.stop()
            await first.tasks[0]
            await asyncio.sleep(1)  # RabbitMQ 3.10 writes down its new queues within a second
            await asyncio.to_thread(rabbit.kill)
            await asyncio.to_thread(rabbit.start)
            await until(lambda: world.state(job) == "done")
        assert world.ask("SELECT count(*) FROM unit WHERE state <> 'done'") == 0
        assert world.ask("SELECT count(*) FROM unit WHERE stage = 'keypoint_product'") == 20
        assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.completed'") == 1

    async def test_what_nobody_can_read_fails_its_unit(self, world: World, broker_url: str) -> None:
        job = world.start()
        (ref,) = world.messages()
        async with _Machine(world, broker_url) as machine:
            await machine.bus.declare(list(BY_NAME))
            await machine.bus.publish("x.catalog", b"\xff garbage", message_id=ref.to_id())
            await until(lambda: world.state(job) == "failed")
        assert world.ask("SELECT error ->> 'kind' FROM unit WHERE stage = 'catalog'") == "dead letter"


class _Machine:
    """A keeper and a runner with a connection of their own."""

    def __init__(self, world: World, url: str) -> None:
        settings, engine = world.resources.settings, world.resources.engine
        self.bus = RabbitBus(url, name=f"toy-{os.getpid()}")
        keeper = Keeper(engine, self.bus, settings, start=LedgerControl(engine, settings).pick_up)
        toy = "tests.integration.toy:worker"
        self.runner = Runner(bus=self.bus, engine=engine, settings=settings, stages=list(BY_NAME), bootstrap=toy)
        self.keeper = keeper

    async def __aenter__(self) -> "_Machine":
        self.tasks = [asyncio.create_task(self.runner.run()), asyncio.create_task(self.keeper.run())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.bus.close()


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(true):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
