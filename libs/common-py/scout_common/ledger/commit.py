"""The end of work: rows and children in one transaction with the unit's new state, or its failure.

Every statement holds the fence: a worker whose lease was taken over can write nothing.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scout_contracts.codec import UnitRef, to_data
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from scout_common.db import past_collisions
from scout_common.errors import LeaseLost, PermanentError, ScoutError
from scout_common.ledger.claim import Held
from scout_common.settings import Settings
from scout_common.work import Batch, Child, Issue, Unit

Save = Callable[[Connection, Unit, tuple[Any, ...]], None]

# Hold the unit while its batch is written; no row: it is not ours any more.
LOCK = text("""
    SELECT 1 FROM unit
    WHERE job_id = :job AND stage = :stage AND key = :key AND fence = :fence AND state = 'running' FOR UPDATE
""")

# The last batch: the unit is done. Wakes the keeper, for its place in the stage's window is free.
DONE = text("""
    WITH ended AS (
        UPDATE unit SET state = 'done', finished_at = clock_timestamp(), lease_until = NULL, error = NULL,
                        cpu_s = cpu_s + :cpu_s
        WHERE job_id = :job AND stage = :stage AND key = :key AND fence = :fence AND state = 'running' RETURNING 1
    ) SELECT pg_notify('scout_work', '') FROM ended
""")

# Children meet their primary key when they are there already; those of an older generation are taken up again.
# Stages the job does not want are skipped at once. A retry may have deleted one of the same name, whose worker still
# lives: the fence of the new one begins above all that it can have held.
CHILDREN = text("""
    INSERT INTO unit (job_id, tenant_id, stage, key, scope, generation, payload, state, blocking, fence)
    SELECT j.id, j.tenant_id, c.stage, c.key, c.scope, :generation, c.payload,
           CASE WHEN (j.spec -> 'options' -> 'stages') IS NULL OR j.spec -> 'options' -> 'stages' ? c.stage
                THEN c.state ELSE 'skipped' END,
           c.blocking, (:generation - 1) * 10000
    FROM job j, jsonb_to_recordset(CAST(:children AS jsonb))
         AS c (stage text, key text, scope text, payload jsonb, state text, blocking boolean)
    WHERE j.id = :job
    ORDER BY c.stage, c.key
    ON CONFLICT (job_id, stage, key) DO UPDATE SET
        generation = excluded.generation, payload = excluded.payload, state = excluded.state,
        blocking = excluded.blocking, attempt = 0, fence = unit.fence + 1, published_at = NULL, not_before = NULL,
        error = NULL, finished_at = NULL
    WHERE unit.generation < excluded.generation
""")

# What is wrong with the input is said once per job.
ISSUES = text("""
    INSERT INTO job_issue (job_id, tenant_id, generation, severity, subject, message, hint)
    SELECT j.id, j.tenant_id, :generation, i.severity, i.subject, i.message, coalesce(i.hint, '')
    FROM job j, jsonb_to_recordset(CAST(:issues AS jsonb)) AS i (severity text, subject text, message text, hint text)
    WHERE j.id = :job
    ORDER BY i.subject, i.message
    ON CONFLICT (job_id, subject, message) DO UPDATE SET generation = excluded.generation
""")

# A failed attempt: for good, or pending again after a pause that doubles (exponential backoff, full jitter above half).
FAILED = text("""
    WITH ended AS (
        UPDATE unit SET
            state = CASE WHEN :permanent OR attempt >= :max_attempts THEN 'failed' ELSE 'pending' END,
            finished_at = CASE WHEN :permanent OR attempt >= :max_attempts THEN clock_timestamp() END,
            not_before = clock_timestamp() + make_interval(
                secs => least(:backoff_cap_s, :backoff_s * power(2, least(attempt, 30) - 1)) * (0.5 + random() / 2)),
            published_at = NULL, lease_until = NULL, error = CAST(:error AS jsonb), cpu_s = cpu_s + :cpu_s
        WHERE job_id = :job AND stage = :stage AND key = :key AND fence = :fence AND state = 'running'
        RETURNING state
    ) SELECT state, pg_notify('scout_work', '') FROM ended
""")

# A message the broker gave up: its unit fails where nothing has happened to it since.
DEAD = text("""
    UPDATE unit SET state = 'failed', finished_at = clock_timestamp(), lease_until = NULL, error = CAST(:error AS jsonb)
    WHERE job_id = :job AND stage = :stage AND key = :key AND generation = :generation AND attempt = :attempt
      AND state = 'pending'
    RETURNING scope
""")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often a unit is tried, and how long the pauses are."""

    max_attempts: int
    backoff_s: float
    backoff_cap_s: float

    @staticmethod
    def of(settings: Settings) -> "Patience":
        return Patience(
            max_attempts=settings.max_attempts, backoff_s=settings.backoff_s, backoff_cap_s=settings.backoff_cap_s
        )


def commit_batch(engine: Engine, unit: Unit, batch: Batch, save: Save, *, last: bool, cpu_s: float = 0.0) -> None:
    """Write a batch; with the last one the unit is done. Raises LeaseLost where the unit is no longer ours.

    cpu_s: CPU seconds the unit has taken, told with the last batch."""

    def write() -> None:
        with engine.begin() as connection:
            _write(connection, unit, batch, save, last=last, cpu_s=cpu_s)

    past_collisions(write)


def _write(connection: Connection, unit: Unit, batch: Batch, save: Save, *, last: bool, cpu_s: float) -> None:
    if not last or batch.rows or batch.children or batch.issues:
        if connection.execute(LOCK, _names(unit)).one_or_none() is None:
            raise LeaseLost(subject=f"{unit.stage} {unit.key}")
        if batch.rows:
            save(connection, unit, batch.rows)
        add_children(connection, unit.job_id, batch.children, scope=unit.scope, generation=unit.generation)
        add_issues(connection, unit.job_id, batch.issues, generation=unit.generation)
        if batch.children and not last:
            connection.execute(text("NOTIFY scout_work"))
    if last and connection.execute(DONE, {**_names(unit), "cpu_s": cpu_s}).one_or_none() is None:
        raise LeaseLost(subject=f"{unit.stage} {unit.key}")


def add_children(
    connection: Connection, job_id: str, children: Sequence[Child], *, scope: str, generation: int
) -> None:
    """Insert units of a job; `scope` is for those that name none."""
    if children:
        rows = [
            {
                "stage": child.stage,
                "key": child.key,
                "scope": child.scope or scope,
                "payload": to_data(child.event),
                "state": child.state,
                "blocking": child.blocking,
            }
            for child in children
        ]
        connection.execute(CHILDREN, {"job": job_id, "generation": generation, "children": json.dumps(rows)})


def add_issues(connection: Connection, job_id: str, issues: Sequence[Issue], *, generation: int) -> None:
    """Say what is wrong with a job's input."""
    if issues:
        rows = [
            {"severity": i.severity, "subject": i.subject, "message": i.message, "hint": i.hint}
            for i in {(i.subject, i.message): i for i in issues}.values()
        ]
        connection.execute(ISSUES, {"job": job_id, "generation": generation, "issues": json.dumps(rows)})


def fail(
    engine: Engine, unit: Unit | Held, error: dict[str, str], patience: Patience, *, permanent: bool, cpu_s: float = 0.0
) -> str | None:
    """Record a failed attempt; returns the unit's new state (`failed` or `pending`), None where it is not ours."""
    values = {**_names(unit), **vars(patience), "permanent": permanent, "error": json.dumps(error), "cpu_s": cpu_s}
    with engine.begin() as connection:
        state: str | None = connection.execute(FAILED, values).scalar_one_or_none()
    return state


def fail_dead_letter(engine: Engine, ref: UnitRef, error: dict[str, str]) -> str | None:
    """Fail the unit of a message the broker gave up; returns its scope, None where the unit has moved on."""
    values = {
        "job": ref.job_id,
        "stage": ref.stage,
        "key": ref.key,
        "generation": ref.generation,
        "attempt": ref.attempt,
        "error": json.dumps(error),
    }
    with engine.begin() as connection:
        scope: str | None = connection.execute(DEAD, values).scalar_one_or_none()
    return scope


def describe(error: BaseException) -> dict[str, str]:
    """An error as the ledger keeps it: kind, message, hint, subject."""
    if isinstance(error, ScoutError):
        return {
            "kind": "permanent" if isinstance(error, PermanentError) else type(error).__name__,
            "message": error.message,
            "hint": error.hint,
            "subject": error.subject,
        }
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error  # without the SQL
    hint = str(getattr(error, "hint", "") or "")
    return {"kind": type(told).__name__, "message": (str(told) or type(told).__name__)[:2000], "hint": hint}


def _names(unit: Unit | Held) -> dict[str, Any]:
    return {"job": unit.job_id, "stage": unit.stage, "key": unit.key, "fence": unit.fence}
