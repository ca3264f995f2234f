"""`scout run NAME`: one part of a distributed Scout in this process, until SIGTERM."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable

from scout_common import logs
from scout_common.bus import Bus
from scout_common.db import make_engine
from scout_common.settings import Settings
from scout_common.work import Resources

from scout_app import bootstrap, parts
from scout_app.parts import Part
from scout_app.probes import probes
from scout_app.serving import end_at_once, listening, server, signalled

log = logging.getLogger(__name__)

LOOK_S = 2.0


def run(name: str, settings: Settings) -> None:
    """Work until SIGINT or SIGTERM; a second one ends it at once.

    First it waits until database and broker are in place, however the machines are started. Raises BadRequest where
    the settings name none, ScoutError what ends a part by itself."""
    settings = bootstrap.distributed(settings)
    logs.configure(settings.log_level)
    asyncio.run(_run(name, settings))


async def _run(name: str, settings: Settings) -> None:
    engine = make_engine(settings.database_url, pool_size=settings.db_pool_size, name=f"scout-{name}")
    bus = bootstrap.bus(settings)
    try:
        part = _part(name, bootstrap.open_resources(settings, engine), bus)
        async with _probes(part, settings):
            await _until_signalled(name, part)
    finally:
        await bus.close()
        engine.dispose()


def _part(name: str, resources: Resources, bus: Bus) -> Part:
    if name == "api":
        return parts.api(resources)
    if name == "flows":
        return parts.flows(resources)
    if name == "keeper":
        return parts.keeper(resources, bus)
    return parts.service(name, resources, bus)


async def _until_signalled(name: str, part: Part) -> None:
    stop = asyncio.create_task(signalled(), name="signals")
    if not await _before(stop, _in_place(part)):
        return
    log.info("working", extra={"part": name})
    work = asyncio.ensure_future(part.run())
    await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        log.info("stopping: what is begun may end", extra={"part": name})
        end_at_once()
        part.stop()
    await work


async def _in_place(part: Part) -> None:
    """Wait until the part lacks nothing, telling each reason once."""
    told = ""
    while problem := await part.lacking():
        if problem != told:
            log.warning("waiting: %s", problem)
        told = problem
        await asyncio.sleep(LOOK_S)


async def _before(stop: "asyncio.Task[None]", wanted: Awaitable[None]) -> bool:
    """Whether it came before the signal."""
    task = asyncio.ensure_future(wanted)
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
        return True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return False


@contextlib.asynccontextmanager
async def _probes(part: Part, settings: Settings) -> AsyncIterator[None]:
    """Answer the probes at SCOUT_HEALTH_PORT as long as the block lasts, while the part waits and drains too."""
    if not settings.health_port:
        yield
        return
    with listening(settings.host, settings.health_port, setting="SCOUT_HEALTH_PORT") as listener:
        answering = server(probes(part.lacking, part.registry), stop_s=1)
        task = asyncio.create_task(answering.serve(sockets=[listener]), name="probes")
        try:
            yield
        finally:
            answering.should_exit = True
            await task
