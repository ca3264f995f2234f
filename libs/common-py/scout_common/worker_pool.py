"""Worker processes as the runner's parent sees them: one unit at a time each, replaced when they die.

Not concurrent.futures: there one dead process breaks the whole pool and every unit in it.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from scout_contracts.codec import UnitRef

from scout_common.errors import ScoutError
from scout_common.process_environment import COMPUTING
from scout_common.settings import Settings

log = logging.getLogger(__name__)


class WorkerDied(ScoutError):
    """A worker process ended in the middle of its work."""

    default_hint = "out of memory, or a crash in a library; the unit is tried again"


class Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._process = process
        self._reader = reader
        self._writer = writer

    @staticmethod
    async def start(bootstrap: str, settings: Settings) -> "Worker":
        """Start a process and wait until it can work. Raises WorkerDied."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "scout_common.worker", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                env={**COMPUTING, **os.environ},
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = Worker(process, reader, writer)
        try:
            worker._say(begin={"bootstrap": bootstrap, "settings": settings.told()})
            await worker._hear()
        except BaseException:
            await worker.end()
            raise
        return worker

    async def run(self, ref: UnitRef, claimed: Callable[[int, str], None], *, timeout_s: float) -> str:
        """Run a unit and return how it ended. Raises WorkerDied, also for one that shows no result in time."""
        self._say(unit=asdict(ref))
        try:
            async with asyncio.timeout(timeout_s):
                while "ended" not in (words := await self._hear()):
                    claimed(words["claimed"]["fence"], words["claimed"]["scope"])
        except TimeoutError:
            self.kill()
            raise WorkerDied(
                f"no result after {timeout_s:.0f} s", hint="SCOUT_UNIT_TIMEOUT_S allows more time"
            ) from None
        return str(words["ended"])

    def ask_to_stop(self) -> None:
        """Ask it to leave its unit after the present batch."""
        self._say(stop=True)

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """End it and wait."""
        self.kill()
        self._writer.close()
        await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _say(self, **words: Any) -> None:
        self._writer.write(json.dumps(words).encode() + b"\n")

    async def _hear(self) -> dict[str, Any]:
        try:
            line = await self._reader.readline()
        except ConnectionError:
            line = b""
        if line:
            words: dict[str, Any] = json.loads(line)
            return words
        raise WorkerDied(_cause(await self._process.wait()))


class WorkerPool:
    """A fixed number of workers; a dead one is replaced before its place is given out again."""

    def __init__(self, bootstrap: str, settings: Settings) -> None:
        self._bootstrap = bootstrap
        self._settings = settings
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()
        self._all: set[Worker] = set()

    async def start(self) -> None:
        """Start all workers. Raises WorkerDied where they cannot start."""
        async with asyncio.TaskGroup() as starts:
            for _ in range(self._settings.workers):
                starts.create_task(self._start_one())

    async def _start_one(self) -> None:
        worker = await Worker.start(self._bootstrap, self._settings)
        self._all.add(worker)
        self._idle.put_nowait(worker)

    async def take(self) -> Worker:
        """Wait for an idle worker; in a place whose worker died a new one is started."""
        worker = await self._idle.get()
        while worker is None:
            try:
                worker = await Worker.start(self._bootstrap, self._settings)
                self._all.add(worker)
            except WorkerDied:
                log.exception("a worker does not start; trying again")
                await asyncio.sleep(2)
            except asyncio.CancelledError:
                self._idle.put_nowait(None)
                raise
        return worker

    async def give_back(self, worker: Worker, *, dead: bool) -> None:
        """Return a worker after its unit."""
        if dead:
            self._all.discard(worker)
            await worker.end()
        self._idle.put_nowait(None if dead else worker)

    async def close(self) -> None:
        """End all workers."""
        await asyncio.gather(*(worker.end() for worker in self._all))
        self._all.clear()

    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.pid for worker in self._all]


def _cause(code: int) -> str:
    if code < 0:
        return f"a worker process was ended by {signal.Signals(-code).name}"
    return f"a worker process ended by itself with code {code}"
