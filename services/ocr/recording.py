"""Writes down what was read at once: a finished job, its file, its reading. Many requests share a transaction.

One thread writes whatever has gathered meanwhile in one statement, so that eight clients cost one round trip and one
commit. The commit does not wait for the disk: should the database server crash in the next half second, an answer that
was given may not be found again, and the file is read anew.
"""

import json
import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from scout_common.observations import Seen, observe
from scout_common.readings import KeptReading, ReadingKey, keep_readings
from scout_common.settings import Settings
from scout_common.vault import vault_of
from scout_ocr.reading_codec import from_json, options_hash, options_to_json
from sqlalchemy import Connection, Engine, text

from services.ocr.handler import SHADOW

log = logging.getLogger(__name__)

AT_ONCE = 64

RECORD = text("""
    WITH quick AS (
        SELECT set_config('synchronous_commit', 'off', true)
    ), given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
            job uuid, tenant text, title text, spec jsonb, name text, url text, sha256 text, media_type text,
            bytes bigint, reading uuid, options text, version text, result jsonb, took_s float8, waited_s float8)
    ), jobs AS (
        INSERT INTO job (id, tenant_id, kind, state, title, spec, created_at, picked_up_at, finished_at)
        SELECT job, tenant, 'ocr', 'done', title, spec, clock_timestamp() - make_interval(secs => waited_s),
               clock_timestamp() - make_interval(secs => took_s), clock_timestamp() FROM given
    ), units AS (
        INSERT INTO unit (job_id, tenant_id, stage, key, scope, payload, state, attempt, started_at, finished_at, cpu_s)
        SELECT job, tenant, 'ocr', '000000', 'file:0',
               jsonb_build_object('position', 0, 'name', name, 'sha256', sha256, 'url', coalesce(url, '')), 'done', 1,
               clock_timestamp() - make_interval(secs => took_s), clock_timestamp(), took_s FROM given
    ), files AS (
        INSERT INTO ocr_file (job_id, position, tenant_id, name, url, sha256, media_type, bytes, reading_id)
        SELECT job, 0, tenant, name, url, sha256, media_type, bytes, reading FROM given
    ), assets AS (
        INSERT INTO asset (tenant_id, sha256, media_type, bytes)
        SELECT DISTINCT ON (sha256) tenant, sha256, media_type, bytes FROM given ORDER BY sha256 ON CONFLICT DO NOTHING
    ), refs AS (
        INSERT INTO asset_ref (tenant_id, sha256, job_id) SELECT tenant, sha256, job FROM given
    ), readings AS (
        INSERT INTO reading (id, tenant_id, sha256, options, version, result, took_s)
        SELECT DISTINCT ON (reading) reading, tenant, sha256, options, version, result, took_s FROM given
        WHERE result IS NOT NULL ORDER BY reading ON CONFLICT DO NOTHING
    )
    INSERT INTO job_event (tenant_id, job_id, type, data)
    SELECT tenant, job, 'ocr.completed',
           jsonb_build_object('job_id', job, 'position', 0, 'name', name, 'sha256', sha256) FROM given, quick
""")

ADD_SHADOW = text("""
    WITH added AS (
        INSERT INTO unit (job_id, tenant_id, stage, key, scope, payload, blocking)
        VALUES (:job, :tenant, :stage, '000000', 'file:0',
                jsonb_build_object('position', 0, 'name', CAST(:name AS text), 'sha256', CAST(:sha256 AS text)), false)
    ) SELECT pg_notify('scout_work', '')
""")


@dataclass(frozen=True, kw_only=True)
class Done:
    """A file that was read. result: JSON text of the reading, b"" where it was remembered. waited_s: since it came.
    shadowed: another reader is to read it as well, to be compared."""

    job_id: str
    key: ReadingKey
    title: str
    name: str
    url: str | None
    media_type: str
    size: int
    result: bytes
    took_s: float
    waited_s: float
    shadowed: bool = False

    def row(self, *, sealed: bool) -> bytes:
        """The record as JSON; the result is there already as such."""
        spec = {"options": options_to_json(self.key.options), "direct": True}
        values: dict[str, Any] = {
            "job": self.job_id,
            "tenant": self.key.tenant,
            "title": self.title,
            "spec": spec,
            "name": self.name,
            "url": self.url,
            "sha256": self.key.sha256,
            "media_type": self.media_type,
            "bytes": self.size,
            "reading": self.key.id,
            "options": options_hash(self.key.options),
            "version": self.key.version,
            "took_s": self.took_s,
            "waited_s": self.waited_s,
        }
        head = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        return head if sealed or not self.result else head[:-1] + b',"result":' + self.result + b"}"

    @property
    def observed(self) -> bool:
        """Whether a reader may be judged by it: a single line has no fields."""
        return bool(self.result) and b'"kind":"line"' not in self.result[:120]


class Recorder:
    """The thread that writes."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: queue.SimpleQueue[tuple[Done, Future[None]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="ocr records", daemon=True).start()

    def record(self, done: Done) -> None:
        """Write it down and wait until it is. Raises what the database raises."""
        written: Future[None] = Future()
        self._waiting.put((done, written))
        written.result(timeout=60)

    def close(self) -> None:
        """End the thread after what it has."""
        self._waiting.put(None)

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, ends = [first], False
            while len(batch) < AT_ONCE and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    ends = True
                    break
                batch.append(more)
            self._write(batch)
            if ends:
                return

    def _write(self, batch: Sequence[tuple[Done, "Future[None]"]]) -> None:
        try:
            done = [one for one, _ in batch]
            with self._engine_for(done).begin() as connection:
                write(connection, done, self._settings)
        except Exception as error:
            if len(batch) > 1:  # one bad row costs its own request alone
                for one in batch:
                    self._write([one])
                return
            batch[0][1].set_exception(error)
        else:
            for _, written in batch:
                written.set_result(None)

    def _engine_for(self, done: Sequence[Done]) -> Engine:
        """One that commits with the statement where one statement says all: three round trips less."""
        more = vault_of(self._engine).seals or any(one.shadowed or one.observed for one in done)
        return self._engine if more else self._at_once


def write(connection: Connection, done: Sequence[Done], settings: Settings) -> None:
    """Write records in one statement, and what is to be judged of them."""
    sealed = vault_of(connection).seals
    rows = b"[" + b",".join(one.row(sealed=sealed) for one in done) + b"]"
    connection.execute(RECORD, {"rows": rows.decode()})
    for one in done:
        if sealed and one.result:
            kept = KeptReading(key=one.key, result=one.result, took_s=one.took_s)
            keep_readings(connection, [kept], owner=one.job_id)
        if one.shadowed:
            shadow = {"job": one.job_id, "tenant": one.key.tenant, "name": one.name, "sha256": one.key.sha256}
            connection.execute(ADD_SHADOW, {**shadow, "stage": SHADOW})
        if one.observed:
            seen = Seen(
                tenant=one.key.tenant,
                owner=one.job_id,
                sha256=one.key.sha256,
                reading=from_json(json.loads(one.result)),
                job=one.job_id,
                name=one.name,
                reader=one.key.options.engine,
            )
            observe(connection, seen, settings)
