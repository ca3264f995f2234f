"""Reads a file while its sender waits: remembered, or read in a warm process; written down; answered."""

import asyncio
import hashlib
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from uuid import uuid4

from scout_common.http import TENANT, Problem
from scout_common.reader_process import POOL, About, ReaderDied, pool_of
from scout_common.readers import Choice, chosen
from scout_common.readings import ReadingKey, find_results
from scout_common.work import Resources
from scout_ocr.errors import BadDocument, EngineFailed, EngineUnavailable, ReadingError, TooLarge
from scout_ocr.reading import ReadOptions
from scout_ocr.reading_codec import dump_json, media_type_of

from services.ocr.arrival import Incoming
from services.ocr.recording import Done, Recorder
from services.ocr.store import fetched

WAITING_PER_READER = 50
_ANY = ReadOptions()
CHOICE_S = 2.0
"""For so long a process may not know that another reader was chosen."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered. result: JSON text of the reading."""

    done: Done
    cached: bool
    result: bytes

    def body(self) -> bytes:
        """The JSON of services.ocr.schemas.OcrResult."""
        file = {
            "position": 0,
            "name": self.done.name,
            "sha256": self.done.key.sha256,
            "media_type": self.done.media_type,
            "bytes": self.done.size,
            "url": self.done.url,
        }
        head = {"id": self.done.job_id, "state": "done", "cached": self.cached, "took_s": round(self.done.took_s, 4)}
        return dump_json({**head, "file": file})[:-1] + b',"result":' + self.result + b"}"


class Desk:
    """One per process of the API."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        size = resources.settings.ocr_readers
        self._ours = POOL not in resources.memory
        self._pool = pool_of(resources, size)
        self._threads = ThreadPoolExecutor(4 * size + 4, "ocr desk")
        self._fetchers = ThreadPoolExecutor(16, "ocr fetch")
        self._at_once = resources.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._recorder = Recorder(resources.engine, resources.settings)
        self._most = min(resources.settings.ocr_queue, WAITING_PER_READER * size)
        self._waiting = 0
        self._took: deque[float] = deque(maxlen=50)
        self._choice: tuple[float, Choice] = (0.0, Choice())

    def admit(self) -> None:
        """Raise Problem, 429, where too many wait."""
        if self._waiting >= self._most:
            raise too_many(self._waiting, self.pause_s)

    async def process(self, incoming: Incoming, options: ReadOptions, title: str | None = None) -> Answer:
        """Read one file. Raises Problem (429 where too many wait), ScoutError."""
        self.admit()
        self._waiting += 1
        try:
            loop, began = asyncio.get_running_loop(), time.monotonic()
            data = incoming.data
            if data is None:
                url = str(incoming.url)
                data = await loop.run_in_executor(self._fetchers, fetched, url, self._resources.settings)
            if not data:
                raise Problem(422, f"{incoming.name}: the file is empty. Send the file itself.")
            return await loop.run_in_executor(self._threads, self._process, incoming, data, options, title, began)
        finally:
            self._waiting -= 1

    @property
    def pause_s(self) -> int:
        """About how long until what waits here has been read, whole seconds."""
        each = sum(self._took) / len(self._took) if self._took else 0.5
        return max(1, min(60, ceil(self._waiting * each / self._pool.size)))

    async def about(self) -> About:
        """Version and languages of the reader. Raises ReadingError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._pool.about)

    async def render(self, data: bytes, reading: dict[str, object]) -> bytes:
        """A file as a searchable PDF. Raises Problem."""

        def work() -> bytes:
            try:
                return self._pool.render(data, reading, timeout_s=self._resources.settings.ocr_timeout_s).result
            except ReadingError as error:
                raise problem_of("The searchable PDF", error) from error

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """End the threads, and the reader's processes where they were started for this desk."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        self._recorder.close()
        if self._ours:
            self._pool.close()

    def _process(
        self, incoming: Incoming, data: bytes, options: ReadOptions, title: str | None, began: float
    ) -> Answer:
        try:
            about = self._pool.about()
            key = ReadingKey(
                tenant=TENANT,
                sha256=hashlib.sha256(data).hexdigest(),
                options=self._chosen().answers(options),
                version=about.version,
            )
            found = self._remembered(key)
            result, took_s = found, 0.0
            if result is None:
                read = self._pool.read(data, key.options, timeout_s=self._resources.settings.ocr_timeout_s)
                result, took_s = read.result, read.took_s
                self._took.append(took_s)
        except ReadingError as error:
            raise problem_of(incoming.name, error, options) from error
        self._resources.blobs.put(data, media_type := media_type_of(result))
        done = Done(
            job_id=str(uuid4()),
            key=key,
            title=title or incoming.name,
            name=incoming.name,
            url=incoming.url,
            media_type=media_type,
            size=len(data),
            result=result if found is None else b"",
            took_s=took_s,
            waited_s=time.monotonic() - began,
            shadowed=found is None and self._chosen().shadows(options, key.sha256) is not None,
        )
        self._recorder.record(done)
        return Answer(done=done, cached=found is not None, result=result)

    def _remembered(self, key: ReadingKey) -> bytes | None:
        with self._at_once.connect() as connection:
            found = find_results(connection, [key]).get(key.sha256)
        return None if found is None else dump_json(found)

    def _chosen(self) -> Choice:
        read_at, choice = self._choice
        if time.monotonic() - read_at > CHOICE_S:
            with self._resources.engine.connect() as connection:
                choice = chosen(connection, self._resources.settings, TENANT)
            self._choice = (time.monotonic(), choice)
        return choice


def desk_of(resources: Resources) -> Desk:
    """The desk of this process, opened at the first request."""
    desk: Desk | None = resources.memory.get("ocr desk")
    if desk is None:
        desk = resources.memory["ocr desk"] = Desk(resources)
    return desk


def close_desk(resources: Resources) -> None:
    """Close the desk of this process, where one was opened."""
    desk: Desk | None = resources.memory.pop("ocr desk", None)
    if desk is not None:
        desk.close()


def too_many(waiting: int, pause_s: int) -> Problem:
    """429 that says when to come again."""
    detail = f"{waiting} files wait to be read. Send it again in {pause_s} s, or to POST /api/v1/ocr/process/async."
    return Problem(429, detail, headers={"Retry-After": str(pause_s)})


def problem_of(name: str, error: ReadingError, options: ReadOptions = _ANY) -> Problem:
    """What could not be read, as the client is told: its file's fault, its wish's, or ours for the moment."""
    hint = f" {error.hint[:1].upper()}{error.hint[1:]}." if error.hint else ""
    detail = f"{name}: {error}.{hint}"
    if isinstance(error, TooLarge):
        return Problem(413, detail, kind="TooLarge")
    if isinstance(error, BadDocument | ReaderDied):
        return Problem(422, detail, kind=type(error).__name__)
    if isinstance(error, EngineUnavailable) and (options.engine or options.languages):
        return Problem(422, detail, kind="EngineUnavailable")
    headers = {"Retry-After": "5"} if isinstance(error, EngineFailed) else None
    return Problem(503, detail, headers=headers, kind=type(error).__name__)
