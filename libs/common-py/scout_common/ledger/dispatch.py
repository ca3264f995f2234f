"""The keeper's questions: which units to publish now, fairly over the jobs, and what was lost on the way."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from scout_contracts.codec import UnitRef
from scout_contracts.stages import STAGES
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from scout_common.ledger.commit import Patience

TRICKLE = 4
"""Units of a background stage in flight while jobs wait for others, where many processes share the work."""

# How many units of each stage are with the broker or at work.
IN_FLIGHT = text("""
    SELECT stage, count(*) AS units FROM unit
    WHERE state IN ('pending', 'running') AND published_at IS NOT NULL GROUP BY stage
""")

# The next units of every stage with room, of every running job (and what no job waits for, of those that ended);
# others are told of a job whatever became of it. Locked, so that two keepers never take the same.
NEXT = text("""
    SELECT u.job_id::text, u.stage, u.key, u.generation, u.attempt, u.payload
    FROM unnest(CAST(:stages AS text[]), CAST(:room AS int[])) AS s (stage, room)
    CROSS JOIN job j
    CROSS JOIN LATERAL (
        SELECT * FROM unit
        WHERE job_id = j.id AND stage = s.stage AND state = 'pending' AND published_at IS NULL
          AND (not_before IS NULL OR not_before <= clock_timestamp())
        ORDER BY created_at, key LIMIT s.room FOR UPDATE SKIP LOCKED
    ) u
    WHERE j.state = 'running'
       OR ((j.state IN ('done', 'partial') OR (j.state IN ('failed', 'cancelled') AND s.stage = 'notify')) AND j.id IN (
        SELECT job_id FROM unit WHERE NOT blocking AND state = 'pending' AND published_at IS NULL))
""")

# Whether anybody waits for work: a worker that is idle for a moment, at a barrier, is soon needed again.
AWAITED = text("""
    SELECT EXISTS (
        SELECT 1 FROM unit u JOIN job j ON j.id = u.job_id
        WHERE j.state = 'running' AND u.blocking AND u.state IN ('waiting', 'pending', 'running')
    )
""")

PUBLISHED = text("""
    UPDATE unit u SET published_at = clock_timestamp()
    FROM unnest(CAST(:jobs AS uuid[]), CAST(:stages AS text[]), CAST(:keys AS text[])) AS p (job_id, stage, key)
    WHERE u.job_id = p.job_id AND u.stage = p.stage AND u.key = p.key AND u.state = 'pending'
""")

# Leases that ended: their worker is gone. The attempt counts, so that a unit which kills its worker ends as failed.
EXPIRED = text("""
    WITH lost AS (
        SELECT job_id, stage, key FROM unit
        WHERE state = 'running' AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED
    )
    UPDATE unit u SET
        state = CASE WHEN attempt >= :max_attempts THEN 'failed' ELSE 'pending' END,
        finished_at = CASE WHEN attempt >= :max_attempts THEN clock_timestamp() END,
        not_before = clock_timestamp() + make_interval(
            secs => least(:backoff_cap_s, :backoff_s * power(2, least(attempt, 30) - 1)) * (0.5 + random() / 2)),
        published_at = NULL, lease_until = NULL, error = CAST(:error AS jsonb)
    FROM lost WHERE u.job_id = lost.job_id AND u.stage = lost.stage AND u.key = lost.key
    RETURNING u.state
""")

# Messages nobody has taken for long, where their queue does not move, or has moved past them: published again; should
# the first still come, its claim finds nothing. A queue that is long and moves has lost nothing.
LOST = text("""
    WITH late AS (
        SELECT DISTINCT job_id, stage FROM unit
        WHERE state = 'pending' AND published_at < clock_timestamp() - make_interval(secs => :lost_s)
    ), taken AS (
        SELECT stage, published_at, started_at FROM unit WHERE state = 'running' AND published_at IS NOT NULL
        UNION ALL
        SELECT stage, u.published_at, u.started_at FROM unit u JOIN late USING (job_id, stage)
    ), moving AS (
        SELECT stage, max(published_at) AS reached FROM taken
        WHERE started_at > clock_timestamp() - make_interval(secs => :lost_s) AND published_at <= started_at
        GROUP BY stage
    )
    UPDATE unit u SET published_at = NULL
    WHERE state = 'pending' AND published_at < clock_timestamp() - make_interval(secs => :lost_s)
      AND NOT EXISTS (
        SELECT 1 FROM moving m WHERE m.stage = u.stage AND m.reached < u.published_at + make_interval(secs => :lost_s))
""")

# The bus died with its process, and so did every worker on it: all it carried is lost.
ALL_LOST = text("""
    UPDATE unit SET published_at = NULL, lease_until = CASE WHEN state = 'running' THEN clock_timestamp() END
    WHERE state IN ('pending', 'running') AND (published_at IS NOT NULL OR state = 'running')
""")

# Processes with a bus of their own know of each other by a lock; the first may clean up.
BUS_LOCK = 7303015
ALONE = text("SELECT pg_try_advisory_lock(:lock)")
SHARED = text("SELECT pg_advisory_lock_shared(:lock)")
NOT_ALONE = text("SELECT pg_advisory_unlock(:lock)")
LEAVE = text("SELECT pg_advisory_unlock_shared(:lock)")

# Jobs no flow run has picked up in time.
NOT_PICKED_UP = text("""
    SELECT id::text FROM job
    WHERE state = 'submitted' AND created_at <= clock_timestamp() - make_interval(secs => :patience_s)
    ORDER BY created_at
""")


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A unit that may be published."""

    ref: UnitRef
    payload: dict[str, Any]


def room(connection: Connection, window: int, workers: int | None = None) -> dict[str, int]:
    """How many more units of each stage may be in flight.

    workers: of the one process that does everything; what no job waits for then begins when nothing else is left. Of
    many processes (None) a few are let at it meanwhile: an installation that is never idle would not come to it."""
    flying = {row.stage: row.units for row in connection.execute(IN_FLIGHT)}
    if connection.execute(AWAITED).scalar_one():
        background = TRICKLE if workers is None else 0
    else:
        background = window if workers is None else workers
    windows = {stage.name: min(window, background) if stage.background else window for stage in STAGES}
    return {name: free for name, most in windows.items() if (free := most - flying.get(name, 0)) > 0}


def next_units(connection: Connection, free: dict[str, int]) -> list[Ready]:
    """Units to publish, in turn over the jobs; they stay locked until the transaction ends."""
    rows = connection.execute(NEXT, {"stages": list(free), "room": list(free.values())})
    queues: dict[str, dict[str, list[Ready]]] = {}
    for row in rows:
        ref = UnitRef(job_id=row.job_id, stage=row.stage, key=row.key, generation=row.generation, attempt=row.attempt)
        queues.setdefault(row.stage, {}).setdefault(row.job_id, []).append(Ready(ref=ref, payload=row.payload))
    return [unit for stage, jobs in queues.items() for unit in _in_turn(list(jobs.values()), free[stage])]


def _in_turn(queues: Sequence[list[Ready]], limit: int) -> list[Ready]:
    """One of each queue, again and again, until the limit."""
    longest = max(map(len, queues), default=0)
    turns = (queue[place] for place in range(longest) for queue in queues if place < len(queue))
    return [unit for unit, _ in zip(turns, range(limit), strict=False)]


def mark_published(connection: Connection, units: Sequence[UnitRef]) -> None:
    """These are with the broker now."""
    if units:
        connection.execute(
            PUBLISHED,
            {
                "jobs": [unit.job_id for unit in units],
                "stages": [unit.stage for unit in units],
                "keys": [unit.key for unit in units],
            },
        )


def requeue_expired(engine: Engine, patience: Patience) -> int:
    """Take units back from workers that are gone; returns how many."""
    error = {"kind": "crash", "message": "its worker ended without a word", "hint": "see the log of the workers"}
    values = {**vars(patience), "error": json.dumps(error)}
    with engine.begin() as connection:
        return len(connection.execute(EXPIRED, values).all())


def requeue_lost(engine: Engine, *, lost_s: float) -> int:
    """Publish again what nobody has claimed for so long, unless its queue is only long; returns how many."""
    with engine.begin() as connection:
        return connection.execute(LOST, {"lost_s": lost_s}).rowcount


@contextmanager
def sole_bus(engine: Engine) -> Iterator[int]:
    """Stand for a bus that lives in this process, as long as the block lasts.

    Where no other process does so on this database, everything in flight belongs to one that is gone: it is published
    again. Yields how many units that were. (The lock ends with its connection, so even by kill -9.)"""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        lost = 0
        if connection.execute(ALONE, {"lock": BUS_LOCK}).scalar_one():
            lost = connection.execute(ALL_LOST).rowcount
            connection.execute(SHARED, {"lock": BUS_LOCK})
            connection.execute(NOT_ALONE, {"lock": BUS_LOCK})
        else:
            connection.execute(SHARED, {"lock": BUS_LOCK})
        try:
            yield lost
        finally:
            with suppress(OperationalError):  # the server is gone, and the lock with it
                connection.execute(LEAVE, {"lock": BUS_LOCK})


def not_picked_up(engine: Engine, *, patience_s: float) -> list[str]:
    """Jobs that were submitted so long ago and have no units yet."""
    with engine.connect() as connection:
        return list(connection.execute(NOT_PICKED_UP, {"patience_s": patience_s}).scalars())
