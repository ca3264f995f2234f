"""A whole Scout with toy services, as one process that a test can kill: `python -m tests.integration.whole DATA MEDIA`.

Starts the job the first time, goes on with it the next; prints a line when it works and its rows when it has ended.
"""

import asyncio
import json
import sys
from pathlib import Path

from scout_common.blobs import LocalBlobs
from scout_common.bus import MemoryBus
from scout_common.db import make_engine, migrate
from scout_common.postgres import EmbeddedPostgres
from scout_common.runner import Runner
from scout_common.settings import Settings
from scout_common.work import Resources
from scout_contracts.stages import BY_NAME

from services.orchestrator.control import LedgerControl
from services.orchestrator.keeper import Keeper
from services.orchestrator.request import JobRequest
from tests.integration.world import World


async def work(world: World, settings: Settings, media: str) -> str:
    """Run until the job has ended; returns its id."""
    engine, bus = world.resources.engine, MemoryBus()
    control = LedgerControl(engine, settings)
    job, _ = control.start_job(JobRequest(catalogue="c-40", media=(media,)), "the one")
    keeper = Keeper(engine, bus, settings, start=control.pick_up)
    runner = Runner(
        bus=bus, engine=engine, settings=settings, stages=list(BY_NAME), bootstrap="tests.integration.toy:worker"
    )
    tasks = [asyncio.create_task(keeper.run()), asyncio.create_task(runner.run())]
    while world.state(job) in ("submitted", "running"):
        done = await asyncio.to_thread(world.ask, "SELECT count(*) FROM unit WHERE state = 'done'")
        print("working", done, flush=True)
        await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return job


def main(data: Path, media: str) -> None:
    with EmbeddedPostgres(data, sync=False) as url:
        migrate(url)
        settings = Settings(_env_file=None, data_dir=data, database_url=url, workers=2, backoff_s=0.1, pick_up_s=0)
        engine = make_engine(url)
        world = World(Resources(settings=settings, engine=engine, blobs=LocalBlobs(data), scratch=data))
        job = asyncio.run(work(world, settings, media))
        rows = world.rows("SELECT sha256 FROM asset ORDER BY 1")
        units = world.rows("SELECT stage, key, state FROM unit ORDER BY 1, 2")
        ends = world.ask("SELECT count(*) FROM job_event WHERE type = 'job.completed'")
        told = {"job": world.state(job), "rows": rows, "units": units, "ends": ends}
        print("ended", json.dumps(told), flush=True)
        engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
