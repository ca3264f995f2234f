"""The parts of a distributed Scout, each a process of its own: `scout run NAME`.

Any number of each may run, on any machine that reaches database, broker and blobs.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from prometheus_client import CollectorRegistry, Gauge, Histogram
from scout_common.bus import Bus
from scout_common.errors import BusUnavailable, ScoutError
from scout_common.runner import Runner
from scout_common.work import Resources, Service
from scout_contracts.stages import BY_NAME

from scout_app import flow_runs, prefect_api, prefect_child
from scout_app.http import create_app
from scout_app.probes import Lacking, tables_lacking
from scout_app.serving import listening, server
from services.orchestrator.main import Keeper, LedgerControl
from services.results_api.health import LedgerFigures

SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part. run: works until stopped, raises what ends it before; stop: takes nothing new, `run` returns when what
    was begun has ended; lacking: what is missing before it can work."""

    run: Callable[[], Awaitable[None]]
    stop: Callable[[], None]
    lacking: Lacking
    registry: CollectorRegistry


def service(name: str, resources: Resources, bus: Bus) -> Part:
    """The stages of a service, done by worker processes."""
    chosen: Service = import_module(f"services.{name}.main").SERVICE
    registry = CollectorRegistry()
    seconds = Histogram("scout_unit_seconds", "Units done.", ("stage", "ended"), registry=registry, buckets=SECONDS)
    runner = Runner(
        bus=bus,
        engine=resources.engine,
        settings=resources.settings,
        stages=chosen.stages,
        bootstrap="scout_app.bootstrap:worker",
        told=lambda stage, ended, took: seconds.labels(stage, ended).observe(took),
    )
    at_work = Gauge("scout_units_at_work", "Units at work in this process.", registry=registry)
    at_work.set_function(lambda: runner.at_work)
    return Part(run=runner.run, stop=runner.stop, lacking=_lacking(resources, bus, chosen.stages), registry=registry)


def keeper(resources: Resources, bus: Bus) -> Part:
    """What publishes units and looks after jobs."""
    control = LedgerControl(resources.engine, resources.settings)
    work = Keeper(resources.engine, bus, resources.settings, start=control.pick_up)
    stopped = asyncio.Event()

    async def run() -> None:
        keeping = asyncio.create_task(work.run(), name="keeper")
        await _first(keeping, stopped)

    return Part(
        run=run, stop=stopped.set, lacking=_lacking(resources, bus, tuple(BY_NAME)), registry=_ledger(resources)
    )


def api(resources: Resources) -> Part:
    """The HTTP API and the pages, at SCOUT_HOST and SCOUT_PORT."""
    settings = resources.settings
    start = partial(prefect_api.start_flow, settings.prefect_api_url) if settings.prefect_api_url else None
    app = create_app(resources, LedgerControl(resources.engine, settings, start))
    serving = server(app, stop_s=min(settings.drain_s, 10))

    async def run() -> None:
        with listening(settings.host, settings.port) as listener:
            await serving.serve(sockets=[listener])

    def stop() -> None:
        serving.should_exit = True

    return Part(run=run, stop=stop, lacking=_lacking(resources), registry=app.state.registry)


def flows(resources: Resources) -> Part:
    """The job's flow, served to Prefect from a process of its own: Prefect takes over signals and event loop."""
    settings = resources.settings
    if not settings.prefect_api_url:
        raise ScoutError("no Prefect server is named", hint="give its address with PREFECT_API_URL")
    stopped = asyncio.Event()

    async def lacking() -> str | None:
        if problem := await asyncio.to_thread(tables_lacking, resources.engine):
            return problem
        there = await asyncio.to_thread(prefect_api.answers, settings.prefect_api_url)
        return None if there else f"no Prefect server answers at {settings.prefect_api_url}"

    async def run() -> None:
        program = (
            sys.executable,
            "-m",
            "scout_app.lifeline",
            str(os.getpid()),
            "scout_app.flow_server",
            "--among-others",
        )
        environment = prefect_child.flow_environment(settings, settings.prefect_api_url)
        process = await asyncio.create_subprocess_exec(*program, env={**os.environ, **environment})
        looking = asyncio.create_task(flow_runs.look_after(resources.engine, settings.prefect_api_url))
        try:
            await _first(asyncio.create_task(process.wait()), stopped)
        finally:
            looking.cancel()
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if not stopped.is_set():
            raise ScoutError(f"Prefect's runner ended by itself with code {process.returncode}")

    return Part(run=run, stop=stopped.set, lacking=lacking, registry=CollectorRegistry())


async def _first(work: "asyncio.Task[object]", stopped: asyncio.Event) -> None:
    """Until the work ends, with what it raises, or it is to stop: then it is cancelled."""
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
    finally:
        for task in (work, waiting):
            task.cancel()
        await asyncio.gather(work, waiting, return_exceptions=True)


def _lacking(resources: Resources, bus: Bus | None = None, stages: tuple[str, ...] = ()) -> Lacking:
    async def lacking() -> str | None:
        if problem := await asyncio.to_thread(tables_lacking, resources.engine):
            return problem
        try:
            if bus is not None:
                await bus.declare(stages)  # what is declared is only looked at
        except BusUnavailable as error:
            return str(error)
        return None

    return lacking


def _ledger(resources: Resources) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(LedgerFigures(resources.engine))
    return registry
