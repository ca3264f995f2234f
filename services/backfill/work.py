"""The run of a backfill: list, read at a pace with several readers, save each result, then its item."""

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from scout_common.assets import ADD_ASSET
from scout_common.db import UNREACHABLE, reason
from scout_common.errors import PermanentError, ScoutError, TransientError
from scout_common.observations import Seen, observe
from scout_common.readers import Choice
from scout_common.readings import KeptReading, ReadingKey, find_results, keep_readings
from scout_common.work import Resources
from scout_ocr.errors import EngineFailed, EngineUnavailable, ReadingError
from scout_ocr.reading import ReadOptions
from scout_ocr.reading_codec import dump_json, from_json, options_hash
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError

from services.backfill import store
from services.backfill.beside import Beside, keep_beside
from services.backfill.items import Item, Source, Wanted
from services.backfill.store import Ended, Run

TRIES = 3
PAUSE_S = 1.0

Read = Callable[[bytes, ReadOptions], tuple[bytes, float]]
"""Reads a file: JSON text of the reading, seconds. Raises ReadingError."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done. version: of the reader. beside: formats of results stored beside their sources. keep: copies
    of all files are stored, not only of those a person should look at. rate: files a second, 0: as fast as it goes."""

    source: Source
    wanted: Wanted
    options: ReadOptions
    version: str
    choice: Choice = field(default_factory=Choice)
    beside: tuple[Beside, ...] = ()
    keep: bool = False
    rate: float = 0.0
    workers: int = 1

    def as_json(self) -> dict[str, Any]:
        """What makes two commands one run."""
        return {**self.wanted.as_json(), "options": options_hash(self.options), "beside": sorted(self.beside)}


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Who is told: how many items are listed so far, how many there are to read, how one of them ended."""

    listed: Callable[[int], None] = lambda count: None
    total: Callable[[int], None] = lambda count: None
    ended: Callable[[Ended], None] = lambda ended: None


class Pace:
    """At most `rate` beginnings a second; 0: any number."""

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate if rate > 0 else 0.0
        self._next = time.monotonic()

    def wait(self, stop: threading.Event) -> None:
        """Until it is our turn, or all is over."""
        now = time.monotonic()
        stop.wait(max(0.0, self._next - now))
        self._next = max(now, self._next) + self._step


class Backfill:
    """One run, held alone."""

    def __init__(self, resources: Resources, plan: Plan, run: Run, read: Read, watch: Watch | None = None) -> None:
        self._resources, self._plan, self._run, self._read = resources, plan, run, read
        self._watch = watch or Watch()
        self.stop = threading.Event()

    def work(self) -> None:
        """List what is not listed yet, read what is not read yet. Raises ScoutError where the source is away."""
        if not self._run.listed:
            self._list()
        if self.stop.is_set():
            return
        with self._resources.engine.connect() as connection:
            left = store.counts(connection, self._run).get("pending", {})
        self._watch.total(int(left.get("items", 0)))
        self._each(store.pending(self._resources.engine, self._run))
        if not self.stop.is_set():
            with self._resources.engine.begin() as connection:
                store.finish(connection, self._run)

    def _list(self) -> None:
        found = 0
        for page in self._plan.source.pages(self._run.cursor, self._plan.wanted):
            if self.stop.is_set():
                return
            with self._resources.engine.begin() as connection:
                store.add_page(connection, self._run, page)
            found += len(page.items)
            self._watch.listed(found)

    def _each(self, items: Iterator[Item]) -> None:
        """A few items ahead of the readers, no more: memory stays the same however many there are."""
        pace, running = Pace(self._plan.rate), set[Future[Ended]]()
        with ThreadPoolExecutor(self._plan.workers, "backfill") as pool:
            for item in items:
                pace.wait(self.stop)
                if self.stop.is_set():
                    break
                running.add(pool.submit(self._one, item))
                if len(running) >= 2 * self._plan.workers:
                    running = self._told(running)
            while running:
                running = self._told(running)

    def _told(self, running: set[Future[Ended]]) -> set[Future[Ended]]:
        done, left = wait(running, return_when=FIRST_COMPLETED)
        for one in done:
            self._watch.ended(one.result())
        return left

    def _one(self, item: Item) -> Ended:
        for attempt in range(1, TRIES + 1):
            try:
                return self._finished(item, attempt)
            except (TransientError, EngineFailed) as error:
                if attempt == TRIES:
                    return self._failed(item, error, attempt)
                if self.stop.wait(PAUSE_S * 2 ** (attempt - 1)):
                    break
            except (PermanentError, ReadingError) as error:
                return self._failed(item, error, attempt)
            except UNREACHABLE:
                raise
            except DBAPIError as error:  # it is there and refuses this file's result: the others are to be read
                return self._failed(item, _refused(item, error), attempt)
        return Ended(item=item.id, error={"message": "interrupted", "hint": ""})  # it stays to be read

    def _finished(self, item: Item, attempt: int) -> Ended:
        """Read it, save what was read, then say that it is done: whoever is killed in between finds the reading."""
        plan = self._plan
        data = plan.source.read(item.id, self._resources.settings.max_upload_bytes)
        sha256 = hashlib.sha256(data).hexdigest()
        result, took_s = self._saved(item, data, sha256, plan.choice.answers(plan.options), "champion")
        shadow = plan.choice.shadows(plan.options, sha256)
        if shadow is not None:
            self._shadowed(item, data, sha256, shadow)
        if plan.beside:
            keep_beside(self._resources, plan.source, item.id, str(self._run.id), result, plan.beside)
        plan.source.mark(item.id, "read")
        return self._ended(Ended(item=item.id, sha256=sha256, took_s=took_s, attempts=attempt))

    def _shadowed(self, item: Item, data: bytes, sha256: str, options: ReadOptions) -> None:
        """Nobody waits for a shadow; that it could not read a file counts when readers are compared."""
        try:
            self._saved(item, data, sha256, options, "shadow")
        except (EngineUnavailable, DataError):
            return
        except ReadingError as error:
            seen = self._seen(item, sha256, error=str(error), reader=options.engine, role="shadow")
            with self._resources.engine.begin() as connection:
                observe(connection, seen, self._resources.settings)

    def _saved(
        self, item: Item, data: bytes, sha256: str, options: ReadOptions, role: str
    ) -> tuple[dict[str, Any], float]:
        """The reading as JSON, remembered or read now, and its seconds; kept, observed, its file stored if wanted."""
        key = ReadingKey(tenant=self._run.tenant, sha256=sha256, options=options, version=self._plan.version)
        with self._resources.engine.connect() as connection:
            found = find_results(connection, [key]).get(sha256)
        text, took_s = (dump_json(found), 0.0) if found is not None else self._read(data, options)
        result: dict[str, Any] = json.loads(text)
        reading = from_json(result)
        seen = self._seen(item, sha256, reading=reading, reader=options.engine, role=role)
        with self._resources.engine.begin() as connection:
            keep_readings(connection, [KeptReading(key=key, result=text, took_s=took_s)], owner=seen.owner)
            questions = observe(connection, seen, self._resources.settings)
            if questions or self._plan.keep:
                self._stored(connection, data, sha256, reading.media_type)
        return result, took_s

    def _stored(self, connection: Connection, data: bytes, sha256: str, media_type: str) -> None:
        """A copy of the file in our own store."""
        self._resources.blobs.put(data, media_type)
        asset = {"sha256": sha256, "media_type": media_type, "bytes": len(data)}
        connection.execute(ADD_ASSET, {**asset, "tenant": self._run.tenant})

    def _failed(self, item: Item, error: ScoutError | ReadingError, attempts: int) -> Ended:
        """A file that cannot be read is for a person to look at, so a copy stays; that it is not there is not."""
        message = error.message if isinstance(error, ScoutError) else str(error)
        sha256 = None
        with contextlib.suppress(ScoutError):
            if isinstance(error, ReadingError):
                data = self._plan.source.read(item.id, self._resources.settings.max_upload_bytes)
                sha256 = hashlib.sha256(data).hexdigest()
                reader = self._plan.choice.answers(self._plan.options).engine
                seen = self._seen(item, sha256, error=message, reader=reader)
                with self._resources.engine.begin() as connection:
                    observe(connection, seen, self._resources.settings)
                    self._stored(connection, data, sha256, "application/octet-stream")
            self._plan.source.mark(item.id, "failed", message)
        told = {"message": message[:1000], "hint": error.hint[:500]}
        return self._ended(Ended(item=item.id, sha256=sha256, attempts=attempts, error=told))

    def _seen(self, item: Item, sha256: str, **more: Any) -> Seen:
        kind = self._plan.options.kind
        shared = {"tenant": self._run.tenant, "owner": str(self._run.id), "name": item.name, "kind": kind}
        return Seen(sha256=sha256, **{"reading": None, **shared, **more})

    def _ended(self, ended: Ended) -> Ended:
        with self._resources.engine.begin() as connection:
            store.end_item(connection, self._run, ended)
        return ended


def _refused(item: Item, error: DBAPIError) -> PermanentError:
    """Without the details of the database's words, which may quote what was read."""
    said = reason(error).partition(" DETAIL:")[0]
    return PermanentError(f"the database refuses what was read: {said}", subject=item.name)
