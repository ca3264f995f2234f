"""Reading in processes of their own, with warm engines: a file that hangs or crashes one costs that process alone.

`ReaderPool` is what API, workers and the command line read with. Its processes start when they are first needed.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scout_ocr import errors
from scout_ocr.errors import EngineFailed, ReadingError, TooLarge
from scout_ocr.reading import ReadOptions
from scout_ocr.reading_codec import options_to_json

from scout_common import wire
from scout_common.process_environment import COMPUTING
from scout_common.reader_setup import reader_setup
from scout_common.work import Resources

WORK = "scout_common.reading_work:begin"
START_S = 120.0
POOL = "reader pool"
_MAKING = threading.Lock()


class ReaderDied(EngineFailed):
    """The process that read the file ended over it."""


@dataclass(frozen=True, kw_only=True)
class About:
    """version: changes whenever the same file may be read differently. languages: of each engine, ISO 639-1."""

    version: str
    languages: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Read:
    """result: JSON text of the reading (scout_ocr.reading_codec), or the rendered file. took_s: the reading alone."""

    result: bytes
    took_s: float


class ReaderProcess:
    """One process. Blocking; one order at a time."""

    def __init__(self, setup: Mapping[str, Any], work: str) -> None:
        """Start it and wait until its engines can be asked. Raises ReaderDied, ReadingError."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scout_common.reader_child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**COMPUTING, **os.environ},
            )
        self._line = ours
        try:
            head, _ = self._ask({"begin": dict(setup), "work": work}, b"", START_S)
        except BaseException:
            self.end()
            raise
        found = {engine: tuple(languages) for engine, languages in head["languages"].items()}
        self.about = About(version=head["ready"], languages=found)

    def do(self, order: dict[str, Any], data: bytes, timeout_s: float) -> Read:
        """Have it do something. Raises what went wrong as a ReadingError; after TooLarge for time, and after
        ReaderDied, the process is gone."""
        head, result = self._ask(order, data, timeout_s)
        return Read(result=result, took_s=head["done"])

    def _ask(self, order: dict[str, Any], data: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        try:
            self._line.settimeout(timeout_s)
            wire.send(self._line, order, data)
            head, body = wire.receive(self._line)
        except TimeoutError:
            self.end()
            hint = "ask for fewer pages or a lower quality, or allow more time with SCOUT_OCR_TIMEOUT_S"
            raise TooLarge(f"reading it takes longer than the {timeout_s:g} s allowed", hint=hint) from None
        except (EOFError, OSError) as error:
            self.end()
            raise ReaderDied(f"the process that read it ended ({self._cause()})", hint="see the log") from error
        if "failed" in head:
            kind, message, hint = head["failed"]
            raise _error(kind)(message, hint=hint)
        return head, body

    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> None:
        """End it at once."""
        self._line.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()

    def _cause(self) -> str:
        return f"code {self._process.returncode}: out of memory, or a crash in a library"


class ReaderPool:
    """Up to `size` processes; each call waits for an idle one, the one that was idle last first, since it is warmest.

    Safe to use from several threads."""

    def __init__(self, setup: Mapping[str, Any], size: int, work: str = WORK) -> None:
        """setup: as scout_common.reader_setup makes it; work: what makes a reader of it (scout_common.reader_child)."""
        self.size = size
        self._work = work
        self._setup = setup
        self._places = threading.Semaphore(size)
        self._lock = threading.Lock()
        self._idle: list[ReaderProcess] = []
        self._all: set[ReaderProcess] = set()
        self._about: About | None = None
        self._closed = False

    def about(self) -> About:
        """Version and languages of the reader; the first call starts a process. Raises ReadingError."""
        if self._about is None:
            with self._taken():
                pass
        assert self._about is not None
        return self._about

    def warm(self) -> None:
        """Start every process now."""
        with contextlib.ExitStack() as all_of_them:
            for _ in range(self.size):
                all_of_them.enter_context(self._taken())

    def read(self, data: bytes, options: ReadOptions, *, timeout_s: float) -> Read:
        """Read a file. Raises ReadingError: BadDocument, TooLarge (also for time), EngineUnavailable, ReaderDied ..."""
        return self._do({"read": options_to_json(options)}, data, timeout_s)

    def render(self, data: bytes, reading: Mapping[str, Any], *, timeout_s: float) -> Read:
        """The file as a searchable PDF, from what was read of it (JSON). Raises ReadingError."""
        return self._do({"render": reading}, data, timeout_s)

    def close(self) -> None:
        """End all processes, at work or not."""
        with self._lock:
            self._closed = True
            ended, self._all, self._idle = self._all, set(), []
        for process in ended:
            process.end()

    def pids(self) -> list[int]:
        """Process ids of those that were started."""
        with self._lock:
            return [process.pid for process in self._all]

    def _do(self, order: dict[str, Any], data: bytes, timeout_s: float) -> Read:
        with self._taken() as process:
            return process.do(order, data, timeout_s)

    @contextlib.contextmanager
    def _taken(self) -> Iterator[ReaderProcess]:
        self._places.acquire()
        process = None
        try:
            process = self._take()
            yield process
        finally:
            if process is not None:
                self._give_back(process)
            self._places.release()

    def _take(self) -> ReaderProcess:
        with self._lock:
            if self._closed:
                raise ReaderDied("reading has ended here", hint="Scout is stopping")
            if self._idle:
                return self._idle.pop()
        process = ReaderProcess(self._setup, self._work)
        with self._lock:
            self._all.add(process)
            self._about = process.about
        return process

    def _give_back(self, process: ReaderProcess) -> None:
        with self._lock:
            if process.alive() and not self._closed:
                self._idle.append(process)
            else:
                self._all.discard(process)


def _error(name: str) -> type[ReadingError]:
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, ReadingError) else EngineFailed


def pool_of(resources: Resources, size: int = 1) -> ReaderPool:
    """The pool of this process, made at the first call; a worker does one unit at a time, so one reader serves it."""
    with _MAKING:
        pool: ReaderPool | None = resources.memory.get(POOL)
        if pool is None:
            pool = resources.memory[POOL] = ReaderPool(reader_setup(resources.settings), size)
        return pool
