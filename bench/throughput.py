"""Units a minute through ledger and RabbitMQ with a handler that does nothing, and how long a small job waits.

Keeper, runner and two workers as in an installation, with PostgreSQL and RabbitMQ on the same cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scout_common.blobs import LocalBlobs
from scout_common.db import make_engine, migrate
from scout_common.ledger import control
from scout_common.postgres import EmbeddedPostgres
from scout_common.rabbit import RabbitBus
from scout_common.rabbit_server import BrokerNotStarted, RabbitServer
from scout_common.runner import Runner
from scout_common.settings import Settings
from scout_common.work import Batch, Child, Resources, Service, Unit
from scout_contracts.events import ProductsImagesReady
from sqlalchemy import Engine, text

from bench.figures import Measured, Skipped
from bench.place import Place
from services.orchestrator.keeper import Keeper

STAGE, WORKERS, WINDOW = "embedding", 2, 256
BIG, SMALL, BEHIND_S = 10_000, 100, 1.0
PATIENCE_S = 600.0

DONE = text("SELECT count(*) FROM unit WHERE job_id = :job AND state = 'done'")
ENDED = text("SELECT state FROM job WHERE id = :job AND state <> 'running'")


def measure(place: Place) -> Measured:
    """A big job, a small one started a second behind it, until both have ended."""
    try:
        broker = RabbitServer()
    except BrokerNotStarted as error:
        raise Skipped(str(error)) from error
    big = BIG // 4 if place.quick else BIG
    with _database() as (settings, engine), broker as bus_url:
        took, behind = asyncio.run(_work(settings.model_copy(update={"bus_url": bus_url}), engine, big))
    note = f"{big} + {SMALL} units in {took:.1f} s; the small job ended when {behind} of the big one were done"
    detail = {"seconds": took, "workers": WORKERS, "window": WINDOW}
    return Measured({"ledger.units_min": 60 * (big + SMALL) / took, "ledger.behind": behind / big}, (note,), detail)


@contextlib.contextmanager
def _database() -> Iterator[tuple[Settings, Engine]]:
    """A durable PostgreSQL of its own: commits wait for the disk as they do in an installation."""
    folder = Path(tempfile.mkdtemp(prefix="scout-bench-"))
    folder.chmod(0o755)
    try:
        with EmbeddedPostgres(folder) as url:
            migrate(url)
            settings = Settings(
                _env_file=None, data_dir=folder, database_url=url, workers=WORKERS, stage_window=WINDOW, drain_s=0
            )
            engine = make_engine(url)
            yield settings, engine
            engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _work(settings: Settings, engine: Engine, big: int) -> tuple[float, int]:
    """Run both jobs; returns seconds from the first unit to the last, and units of the big one before the small's end.

    The workers are up before the clock runs: how long a process takes to start is another figure."""
    buses = [RabbitBus(settings.bus_url) for _ in range(2)]
    keeper = Keeper(engine, buses[0], settings, start=lambda job: None)
    runner = Runner(bus=buses[1], engine=engine, settings=settings, stages=[STAGE], bootstrap="bench.throughput:worker")
    tasks = [asyncio.create_task(keeper.run()), asyncio.create_task(runner.run())]
    try:
        async with asyncio.timeout(PATIENCE_S):
            first = await asyncio.to_thread(_start, engine, big)
            await _until(engine, DONE, first)
            began = time.monotonic()
            await asyncio.sleep(BEHIND_S)
            second = await asyncio.to_thread(_start, engine, SMALL)
            await _until(engine, ENDED, second)
            behind = int(await asyncio.to_thread(_asked, engine, DONE, first))
            await _until(engine, ENDED, first)
            return time.monotonic() - began, behind
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for bus in buses:
            await bus.close()


async def _until(engine: Engine, question: Any, job: str) -> None:
    """Ask five times a second until the answer is true."""
    while not await asyncio.to_thread(_asked, engine, question, job):  # noqa: ASYNC110  (the database tells nobody)
        await asyncio.sleep(0.2)


def _start(engine: Engine, units: int) -> str:
    """A job of so many units that wait for nothing."""
    event = ProductsImagesReady(product_id="p", image_sha256="ab" * 32)
    children = [Child(stage=STAGE, key=f"{number:06}", event=event) for number in range(units)]
    with engine.begin() as connection:
        job, _ = control.insert_job(connection, spec={"catalogue": "none", "media": []}, title=f"{units} units")
        generation = control.pick_up(connection, job)
        assert generation is not None
        control.begin(connection, job, children, (), generation=generation)
    return job


def _asked(engine: Engine, question: Any, job: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(question, {"job": job}).scalar_one_or_none()


@contextlib.contextmanager
def _nothing_open(resources: Resources, unit: Unit) -> Iterator[None]:
    yield None


def _no_rows(connection: object, unit: Unit, rows: tuple[Any, ...]) -> None:
    return None


def _do_nothing(event: object, inputs: None) -> Iterator[Batch]:
    yield from ()


def worker(settings: Settings) -> tuple[Resources, Sequence[Service]]:
    """What a worker process has open: the database, and a service that does nothing."""
    engine = make_engine(settings.database_url, pool_size=2, durable=False)
    resources = Resources(
        settings=settings, engine=engine, blobs=LocalBlobs(settings.data_dir), scratch=settings.scratch_dir
    )
    service = Service(name=STAGE, stages=(STAGE,), open=_nothing_open, handle=_do_nothing, save=_no_rows)
    return resources, (service,)
