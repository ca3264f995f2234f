"""SQL of backfills: a run and its items are rows, so that whoever is killed goes on where the rows end."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from scout_common.errors import Conflict
from sqlalchemy import Connection, Engine, text

from services.backfill.items import Item, Listed

LOCK_SPACE = 7303015  # any number of our own: the first half of the lock of a run

HOLD = text("SELECT pg_try_advisory_lock(:space, :second)")
LET_GO = text("SELECT pg_advisory_unlock(:space, :second)")
OPEN = text("""
    SELECT id, cursor, listed FROM backfill
    WHERE tenant_id = :tenant AND fingerprint = :fingerprint AND state = 'running'
""")
BEGIN = text("""
    INSERT INTO backfill (id, tenant_id, source, wanted, fingerprint)
    VALUES (:id, :tenant, :source, CAST(:wanted AS jsonb), :fingerprint)
    ON CONFLICT DO NOTHING
""")
FORGET = text("DELETE FROM backfill WHERE tenant_id = :tenant AND fingerprint = :fingerprint AND state = 'running'")
ADD_ITEMS = text("""
    INSERT INTO backfill_item (backfill_id, item, tenant_id, name, media_type, bytes)
    VALUES (:run, :id, :tenant, :name, :media_type, :bytes) ON CONFLICT DO NOTHING
""")
LISTED = text("UPDATE backfill SET cursor = :cursor, listed = :listed WHERE id = :run")
PENDING = text("""
    SELECT item, name, media_type, bytes FROM backfill_item
    WHERE backfill_id = :run AND state = 'pending' AND item > :after ORDER BY item LIMIT :limit
""")
ENDED = text("""
    UPDATE backfill_item SET state = :state, attempt = attempt + :attempts, sha256 = :sha256,
           error = CAST(:error AS jsonb), took_s = :took_s, finished_at = now()
    WHERE backfill_id = :run AND item = :item
""")
DONE = text("UPDATE backfill SET state = 'done', finished_at = now() WHERE id = :run")
AGAIN = text("UPDATE backfill_item SET state = 'pending' WHERE backfill_id = :run AND state = 'failed'")
COUNTS = text("""
    SELECT state, count(*) AS items, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(took_s), 0) AS took_s
    FROM backfill_item WHERE backfill_id = :run GROUP BY state
""")
FAILURES = text("""
    SELECT name, error FROM backfill_item WHERE backfill_id = :run AND state = 'failed' ORDER BY item LIMIT :limit
""")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A backfill that is not done. resumed: it was begun before; listed: all its items are known."""

    id: UUID
    tenant: str
    cursor: str | None
    listed: bool
    resumed: bool


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How one item ended. error: None where it was read."""

    item: str
    sha256: str | None = None
    took_s: float = 0.0
    attempts: int = 1
    error: Mapping[str, str] | None = None


@contextmanager
def opened(
    engine: Engine, source: str, wanted: Mapping[str, Any], *, tenant: str = "default", restart: bool = False
) -> Iterator[Run]:
    """The run of this source and these wishes: the one that is not done, or a new one; held alone until the block ends.

    Whoever held it and was killed has let go of it with its connection. Raises Conflict: another process is at it."""
    fingerprint = hashlib.sha256(json.dumps([source, wanted], sort_keys=True).encode()).hexdigest()
    asked = {"tenant": tenant, "fingerprint": fingerprint}
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        _held(connection, fingerprint, source),
    ):
        if restart:
            connection.execute(FORGET, asked)
        row = connection.execute(OPEN, asked).first()
        resumed = row is not None
        if row is None:
            connection.execute(BEGIN, {**asked, "id": uuid4(), "source": source, "wanted": json.dumps(wanted)})
            row = connection.execute(OPEN, asked).one()
        yield Run(id=row.id, tenant=tenant, cursor=row.cursor, listed=row.listed, resumed=resumed)


def add_page(connection: Connection, run: Run, page: Listed) -> None:
    """Note items and how far the listing is, together."""
    rows = [_row(run, item) for item in page.items]
    if rows:
        connection.execute(ADD_ITEMS, rows)
    connection.execute(LISTED, {"run": run.id, "cursor": page.cursor, "listed": page.cursor is None})


def pending(engine: Engine, run: Run, step: int = 200) -> Iterator[Item]:
    """Items that are to be read, in their order."""
    after = ""
    while True:
        with engine.connect() as connection:
            rows = connection.execute(PENDING, {"run": run.id, "after": after, "limit": step}).all()
        if not rows:
            return
        yield from (Item(id=row.item, name=row.name, bytes=row.bytes, media_type=row.media_type) for row in rows)
        after = rows[-1].item


def end_item(connection: Connection, run: Run, ended: Ended) -> None:
    """Note how an item ended, with what was read of it."""
    error = None if ended.error is None else json.dumps(dict(ended.error)).replace("\\u0000", "")
    state = "done" if ended.error is None else "failed"
    connection.execute(ENDED, {**vars(ended), "run": run.id, "state": state, "error": error})


def retry_failed(connection: Connection, run: Run) -> None:
    """Items that failed are read again by this run."""
    connection.execute(AGAIN, {"run": run.id})


def finish(connection: Connection, run: Run) -> None:
    """Nothing is left: the same command begins a new run from now on."""
    connection.execute(DONE, {"run": run.id})


def counts(connection: Connection, run: Run) -> dict[str, dict[str, float]]:
    """Per state: items, bytes, took_s."""
    rows = connection.execute(COUNTS, {"run": run.id}).mappings()
    return {row["state"]: {name: float(row[name]) for name in ("items", "bytes", "took_s")} for row in rows}


def failures(connection: Connection, run: Run, most: int = 1000) -> Sequence[Mapping[str, Any]]:
    """The first failed items and why: name, error {message, hint}."""
    return connection.execute(FAILURES, {"run": run.id, "limit": most}).mappings().all()  # type: ignore[return-value]


@contextmanager
def _held(connection: Connection, fingerprint: str, source: str) -> Iterator[None]:
    """A lock of the session: the database lets go of it when the connection ends, however that happens."""
    number = {"space": LOCK_SPACE, "second": int.from_bytes(bytes.fromhex(fingerprint[:8]), "big", signed=True)}
    if not connection.execute(HOLD, number).scalar_one():
        hint = "wait for it, or end it; a killed one lets go within moments"
        raise Conflict("another process is at this backfill", subject=source, hint=hint)
    try:
        yield
    finally:
        connection.execute(LET_GO, number)


def _row(run: Run, item: Item) -> dict[str, Any]:
    plain = {name: getattr(item, name).replace("\x00", "") for name in ("name", "media_type")}
    return {"run": run.id, "tenant": run.tenant, "id": item.id, "bytes": item.bytes, **plain}
