"""Jobs begin, are cancelled, are tried again."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from scout_contracts.stages import BY_NAME, CATALOGUE_SCOPE, STAGES
from sqlalchemy import Connection, Engine, Row, text

from scout_common.db import past_collisions
from scout_common.errors import Conflict, NotFound
from scout_common.ledger.barrier import WAKE, settle_job
from scout_common.ledger.commit import add_children, add_issues
from scout_common.ledger.endings import tell
from scout_common.ledger.events import counts
from scout_common.work import Child, Issue

# One job per idempotency key.
INSERT_JOB = text("""
    INSERT INTO job (id, tenant_id, kind, title, spec, idempotency_key, show_id)
    VALUES (:id, :tenant, :kind, :title, CAST(:spec AS jsonb), :key, :show)
    ON CONFLICT (tenant_id, idempotency_key) DO NOTHING RETURNING id::text
""")
SAME_KEY = text("""
    SELECT id::text, spec = CAST(:spec AS jsonb) AS same FROM job WHERE tenant_id = :tenant AND idempotency_key = :key
""")

# Whoever picks the job up first inserts its root units.
PICK_UP = text("""
    UPDATE job SET state = 'running', picked_up_at = clock_timestamp()
    WHERE id = :job AND state = 'submitted' AND picked_up_at IS NULL RETURNING generation
""")

LOCK_JOB = text("SELECT state, generation, picked_up_at FROM job WHERE id = :job FOR NO KEY UPDATE")

CANCEL_JOB = text("""
    UPDATE job SET state = 'cancelled', finished_at = clock_timestamp() WHERE id = :job
""")
CANCEL_UNITS = text("""
    UPDATE unit SET state = 'cancelled', finished_at = clock_timestamp(), lease_until = NULL
    WHERE job_id = :job AND state IN ('waiting', 'pending', 'running')
""")
ANY_ACTIVE = text("SELECT 1 FROM unit WHERE job_id = :job AND state IN ('waiting', 'pending', 'running') LIMIT 1")

# A finished job goes on: what failed, was skipped for it or was cancelled, and every stage downstream of that.
REOPEN_JOB = text("""
    UPDATE job SET state = 'running', generation = generation + 1, finished_at = NULL, incomplete = false, error = NULL
    WHERE id = :job RETURNING generation
""")
UNFINISHED = text("""
    SELECT DISTINCT stage, scope FROM unit
    WHERE job_id = :job AND (state IN ('failed', 'cancelled')
                             OR (state = 'skipped' AND stage = ANY(CAST(:wanted AS text[]))))
""")
REOPEN_UNITS = text("""
    UPDATE unit SET state = :first, generation = :generation, attempt = 0, fence = fence + 1, not_before = NULL,
                    published_at = NULL, lease_until = NULL, error = NULL, started_at = NULL, finished_at = NULL
    WHERE job_id = :job AND stage = :stage AND (CAST(:scope AS text) IS NULL OR scope = :scope)
      AND (:downstream OR state IN ('failed', 'cancelled', 'skipped')) AND generation < :generation
""")
# What is made anew from above goes: its maker makes it again of what is true by then, and perhaps not all of it.
FORGET_REMADE = text("""
    DELETE FROM unit u WHERE u.job_id = :job AND u.stage = :stage
      AND EXISTS (SELECT 1 FROM unit m WHERE m.job_id = u.job_id AND m.stage = :maker AND m.scope = u.scope
                  AND m.generation = :generation)
    RETURNING u.generation = :generation
""")
RESUBMIT = text("""
    UPDATE job SET state = 'submitted', generation = generation + 1, finished_at = NULL, error = NULL WHERE id = :job
""")
FORGET_ISSUES = text("DELETE FROM job_issue WHERE job_id = :job")  # of a beginning that is made again

# A job whose beginning fails has no units that could say why.
FAIL_SUBMITTED = text("""
    UPDATE job SET state = 'failed', finished_at = clock_timestamp(), incomplete = true, error = CAST(:error AS jsonb)
    WHERE id = :job AND state = 'submitted' RETURNING generation
""")
WANTED = text("SELECT spec -> 'options' -> 'stages' FROM job WHERE id = :job")


def insert_job(
    connection: Connection,
    *,
    spec: dict[str, Any],
    title: str,
    kind: str = "match",
    tenant_id: str = "default",
    idempotency_key: str | None = None,
    show_id: str | None = None,
) -> tuple[str, bool]:
    """Insert a job; returns its id and whether it is new. Raises Conflict where the key stands for another request."""
    values = {
        "id": str(uuid4()),
        "tenant": tenant_id,
        "kind": kind,
        "title": title,
        "spec": json.dumps(spec),
        "key": idempotency_key,
        "show": show_id,
    }
    new = connection.execute(INSERT_JOB, values).scalar_one_or_none()
    if new is not None:
        return str(new), True
    row = connection.execute(SAME_KEY, values).one()
    if not row.same:
        raise Conflict(
            "this idempotency key was used for a different request",
            subject=str(idempotency_key),
            hint="use a new Idempotency-Key for a new job",
        )
    return str(row.id), False


def pick_up(connection: Connection, job_id: str) -> int | None:
    """Take a submitted job up; returns its generation, None where somebody else did or it was cancelled."""
    generation: int | None = connection.execute(PICK_UP, {"job": job_id}).scalar_one_or_none()
    return generation


def begin(
    connection: Connection, job_id: str, roots: Sequence[Child], issues: Sequence[Issue], *, generation: int
) -> None:
    """Insert the root units of a job that was picked up in this transaction."""
    add_children(connection, job_id, roots, scope=CATALOGUE_SCOPE, generation=generation)
    add_issues(connection, job_id, issues, generation=generation)
    _tell(connection, job_id, "job.started", "running")


def fail_submitted(engine: Engine, job_id: str, error: dict[str, str]) -> None:
    """A job that could not be begun has failed, and says why; one that has begun or ended stays as it is."""
    with engine.begin() as connection:
        values = {"job": job_id, "error": json.dumps(error)}
        generation = connection.execute(FAIL_SUBMITTED, values).scalar_one_or_none()
        if generation is not None:
            hint = error.get("hint") or "retry the job; if it fails again, the log of the keeper says where"
            issue = Issue(severity="error", subject="The job could not begin", message=error["message"], hint=hint)
            add_issues(connection, job_id, [issue], generation=generation)
            _tell(connection, job_id, "job.failed", "failed")


def cancel_job(engine: Engine, job_id: str) -> str:
    """Cancel a job and its units; a job that has ended stays as it is. Returns its state. Raises NotFound."""
    return past_collisions(lambda: _cancel(engine, job_id))


def _cancel(engine: Engine, job_id: str) -> str:
    with engine.begin() as connection:
        job = _locked(connection, job_id)
        if job.state not in ("submitted", "running"):
            return str(job.state)
        connection.execute(CANCEL_JOB, {"job": job_id})
        while connection.execute(ANY_ACTIVE, {"job": job_id}).one_or_none() is not None:
            connection.execute(CANCEL_UNITS, {"job": job_id})  # waits for batches that are being written
        _tell(connection, job_id, "job.cancelled", "cancelled")
        return "cancelled"


def retry_job(engine: Engine, job_id: str) -> int:
    """Let a finished job do again what failed and all that follows from it; returns how many units.

    Raises NotFound, or Conflict where it still runs or nothing failed."""
    with engine.begin() as connection:
        job = _locked(connection, job_id)
        if job.state in ("submitted", "running"):
            raise Conflict("the job has not ended yet", subject=job_id, hint="cancel it first")
        if job.picked_up_at is None:  # ended before it began
            connection.execute(FORGET_ISSUES, {"job": job_id})
            connection.execute(RESUBMIT, {"job": job_id})
            return 0
        units = _reopen(connection, job_id)
        _tell(connection, job_id, "job.started", "running")
    settle_job(engine, job_id)  # what waited for units that are done
    return units


def _reopen(connection: Connection, job_id: str) -> int:
    wanted = connection.execute(WANTED, {"job": job_id}).scalar_one() or list(BY_NAME)
    rows = connection.execute(UNFINISHED, {"job": job_id, "wanted": list(wanted)})
    unfinished = {(str(row.stage), str(row.scope)) for row in rows}
    if not unfinished:
        raise Conflict("nothing of this job failed", subject=job_id, hint="start a new job to run it again")
    generation = int(connection.execute(REOPEN_JOB, {"job": job_id}).scalar_one())
    units = 0
    for stage, scope, downstream in _again(unfinished):
        if stage in wanted:
            values: dict[str, Any] = {"job": job_id, "stage": stage, "scope": scope, "downstream": downstream}
            values |= {"first": BY_NAME[stage].first_state, "generation": generation}
            units += connection.execute(REOPEN_UNITS, values).rowcount
    for made in STAGES:
        if made.remade_by:
            values = {"job": job_id, "stage": made.name, "maker": made.remade_by, "generation": generation}
            units -= sum(connection.execute(FORGET_REMADE, values).scalars())
    return units


def _tell(connection: Connection, job_id: str, type: str, state: str) -> None:
    data = {"job_id": job_id, "state": state, "stages": counts(connection, job_id)}
    tell(connection, job_id, type, data)
    connection.execute(WAKE)


def _again(unfinished: Iterable[tuple[str, str]]) -> list[tuple[str, str | None, bool]]:
    """(stage, scope or None for all, whether finished units of it run again too), upstream first."""
    again: list[tuple[str, str | None, bool]] = [(stage, scope, False) for stage, scope in sorted(unfinished)]
    again += [(redone, scope, True) for stage, scope in sorted(unfinished) for redone in BY_NAME[stage].redone]
    stale: set[tuple[str, str | None]] = set(unfinished)
    for stage in STAGES:  # upstream stages stand before those that wait for them
        for upstream, scope in sorted(stale, key=str):
            of_catalogue = upstream in stage.after_catalogue and scope in (CATALOGUE_SCOPE, None)
            reach: str | None
            if upstream in stage.after:
                reach = scope
            elif of_catalogue or upstream in stage.after_all:
                reach = None
            else:
                continue
            stale.add((stage.name, reach))
            again.append((stage.name, reach, True))
    return list(dict.fromkeys(again))


def _locked(connection: Connection, job_id: str) -> Row[Any]:
    missing = NotFound("there is no such job", subject=job_id, hint="`scout job list` shows them")
    try:
        UUID(job_id)
    except ValueError:
        raise missing from None
    row = connection.execute(LOCK_JOB, {"job": job_id}).one_or_none()
    if row is None:
        raise missing
    return row
