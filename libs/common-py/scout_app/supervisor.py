"""`scout up`: everything on this machine under one process, until Ctrl-C.

Database, Prefect server and Prefect runner are children; API, keeper and service runner live in this event loop.
All of them end with it, and what a killed one left behind is ended by the next.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from scout_common.settings import Settings
from sqlalchemy import Engine

from scout_app import bootstrap, flow_runs, folder, log_file, prefect_child
from scout_app.children import Children
from scout_app.http import create_app
from scout_app.sample import SampleJob
from scout_app.serving import Server, listening, server, signalled

RESTARTS = 5  # of a child of Prefect that ended by itself
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
        """Say it when a child has failed; what belongs to Prefect is started again. Jobs go on without it."""
        times: Counter[str] = Counter()
        while True:
            await asyncio.sleep(2)
            for child in self.children.ended():
                times[child.name] += 1
                if times[child.name] <= RESTARTS and child.name in prefect_child.NAMES:
                    self._warn(f"{child.name} has ended and is started again; jobs go on. See {child.log}")
                    self.children.start_again(child)
                elif times[child.name] in (1, RESTARTS + 1):
                    self._warn(f"{child.name} has ended; jobs go on. See {child.log}")

    def _warn(self, said: str) -> None:
        self.console.print(f"[yellow]warning:[/] {said}", highlight=False)

    async def _show_in_prefect(self, engine: Engine) -> None:
        """See to it that every job has a flow run which ends as it did."""
        if self.prefect.api_url:
            await flow_runs.look_after(engine, self.prefect.api_url)


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
