"""`scout up`: everything on this machine under one process, until Ctrl-C.

Database, Prefect server and Prefect runner are children; API, keeper and service runner live in this event loop.
All of them end with it, and what a killed one left behind is ended by the next.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from scout_common.settings import Settings
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from flows import store
from scout_app import bootstrap, folder, log_file, prefect_child
from scout_app.children import Children
from scout_app.http import create_app
from scout_app.sample import SampleJob
from scout_app.serving import Server, listening, server, signalled
from services.orchestrator.control import StartFlow
from services.orchestrator.store import note_flow_run

ATTACH_S = 3.0
STOP_S = 2.0  # how long units and open requests may go on after Ctrl-C; what is cut off is done again


def run(settings: Settings, *, sample: bool, prefect: bool) -> int:
    """Start everything, serve until SIGINT or SIGTERM, end everything. Returns the exit code.

    sample: run the sample's job first. prefect: with a Prefect server, a local one unless the settings name another.
    Raises DataFolderBusy, ScoutError (port in use), EmbeddedDatabaseError.
    """
    console = Console()
    url = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    settings = settings.model_copy(update={"public_url": url, "drain_s": min(settings.drain_s, STOP_S)})
    with (
        folder.hold(settings.data_dir, command="scout up", url=url),
        listening(settings.host, settings.port) as listener,
        log_file.stderr_to_log(settings),
        _children(settings, console) as children,
    ):
        flows = prefect_child.start(children, settings) if prefect else prefect_child.Prefect(None)
        job = SampleJob.prepare(settings.data_dir, children, console) if sample else None
        console.print(bootstrap.elsewhere(settings) or "Starting the database ...", highlight=False, soft_wrap=True)
        with bootstrap.database(settings) as open_settings:
            flows.serve_flow(open_settings)
            supervisor = Supervisor(open_settings, children, flows, job, console)
            asyncio.run(supervisor.serve(listener))
        console.print("Stopped.")
    return 0


@dataclass(frozen=True)
class Supervisor:
    """What serves until it is told to stop."""

    settings: Settings
    children: Children
    prefect: prefect_child.Prefect
    job: SampleJob | None
    console: Console

    async def serve(self, listener: socket.socket) -> None:
        """API, keeper and service runner in this event loop, until a signal comes or one of them fails."""
        stop = asyncio.create_task(signalled(), name="signals")
        async with bootstrap.running(self.settings, self.prefect.start_flow) as scout:
            api = server(create_app(scout.resources, scout.control), stop_s=STOP_S)
            serving = asyncio.create_task(api.serve(sockets=[listener]), name="api")
            told = asyncio.create_task(self._tell(api), name="sample job and addresses")
            others = [
                asyncio.create_task(self._watch_children(), name="children"),
                asyncio.create_task(self._show_in_prefect(scout.resources.engine), name="flow runs"),
            ]
            try:
                await _first_end(stop, serving, scout.work, failing=told)
                self.console.print("\nStopping ...")
            finally:
                if self.job:
                    self.job.stop()
                api.should_exit = True
                for task in others:
                    task.cancel()
                ended = await asyncio.gather(serving, told, return_exceptions=True)
            for failure in ended:
                if isinstance(failure, Exception):
                    raise failure
            if scout.work.done():
                scout.work.result()  # raises what ended it

    async def _tell(self, api: Server) -> None:
        """Once the API answers: run the sample's job over HTTP if there is one, then tell the addresses."""
        while not api.started:  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.05)
        if self.job is not None:
            await asyncio.to_thread(self.job.run, self.settings.public_url, self.console)
        if not api.should_exit:
            self._tell_addresses()

    def _tell_addresses(self) -> None:
        rows = [("Results", self.settings.public_url), ("API", f"{self.settings.public_url}/docs")]
        rows += [("Prefect", self.prefect.page)] if self.prefect.page else []
        self.console.print()
        for name, address in rows:
            self.console.print(f"  {name:<10} {address}", highlight=False)
        self.console.print("\nCtrl-C ends everything.", highlight=False)

    async def _watch_children(self) -> None:
        """Say it once when a child has failed; jobs go on without Prefect."""
        told: set[str] = set()
        while True:
            await asyncio.sleep(2)
            for child in self.children.ended():
                if child.name not in told:
                    told.add(child.name)
                    said = f"[yellow]warning:[/] {child.name} has ended; jobs go on. See {child.log}"
                    self.console.print(said, highlight=False)

    async def _show_in_prefect(self, engine: Engine) -> None:
        """Give a flow run to jobs that have none: they began before Prefect was up, or go on after a stop."""
        if self.prefect.local:
            await asyncio.to_thread(_forget_flow_runs, engine)
        while True:
            await asyncio.to_thread(_attach, engine, self.prefect.start_flow)
            await asyncio.sleep(ATTACH_S)


def _attach(engine: Engine, start_flow: StartFlow) -> None:
    with contextlib.suppress(OperationalError):
        with engine.connect() as connection:
            waiting = store.without_flow_run(connection)
        for job_id, title in waiting:
            flow_run = start_flow(job_id, title)
            if flow_run is None:
                return
            note_flow_run(engine, job_id, flow_run)


def _forget_flow_runs(engine: Engine) -> None:
    with engine.begin() as connection:
        store.forget_flow_runs(connection)


async def _first_end(*tasks: "asyncio.Task[None]", failing: "asyncio.Task[None]") -> None:
    """Return when one of the tasks has ended, or `failing` has failed."""
    while not any(task.done() for task in tasks):
        watched = {*tasks} if failing.done() else {*tasks, failing}
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if failing.done() and failing.exception():
            return


@contextlib.contextmanager
def _children(settings: Settings, console: Console) -> Iterator[Children]:
    children = Children(settings.data_dir)
    for name in children.end_orphans():
        console.print(f"Ended {name}, left behind by a run that was killed.", highlight=False)
    try:
        yield children
    finally:
        children.stop()
