"""Barriers and the end of a job. Always in a transaction after the finish that may have caused it.

A concurrent finish is then either visible here, or its own check comes later and sees ours: the last one opens.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scout_contracts.stages import BY_NAME, CATALOGUE_SCOPE, STAGES, Stage
from sqlalchemy import Connection, Engine, text

from scout_common.ledger.endings import tell
from scout_common.ledger.events import counts

# Any unit of the stage and scope that others may wait for. One look at the partial index of active units.
STILL_ACTIVE = text("""
    SELECT 1 FROM unit WHERE job_id = :job AND scope = :scope AND stage = :stage
        AND state IN ('waiting', 'pending', 'running') AND blocking LIMIT 1
""")

# Jobs end once, and barriers open under the same lock. (NO KEY: inserting units must not wait for it.)
LOCK_JOB = text("SELECT generation FROM job WHERE id = :job AND state = 'running' FOR NO KEY UPDATE")

# Waiting units begin where no active blocking unit is left upstream, in their scope, in the catalogue and in the job.
# One that nobody waits for waits itself for those nobody else waits for.
OPEN = text("""
    UPDATE unit w SET state = 'pending', published_at = NULL
    WHERE w.job_id = :job AND w.stage = :stage AND w.state = 'waiting'
      AND (CAST(:scope AS text) IS NULL OR w.scope = :scope)
      AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.job_id = w.job_id AND u.scope = w.scope
                      AND (u.blocking OR NOT w.blocking)
                      AND u.stage = ANY(CAST(:after AS text[])) AND u.state IN ('waiting', 'pending', 'running'))
      AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.job_id = w.job_id AND u.scope = :catalogue AND u.blocking
                      AND u.stage = ANY(CAST(:after_catalogue AS text[]))
                      AND u.state IN ('waiting', 'pending', 'running'))
      AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.job_id = w.job_id AND (u.blocking OR NOT w.blocking)
                      AND u.stage = ANY(CAST(:after_all AS text[])) AND u.state IN ('waiting', 'pending', 'running'))
""")

# Without a catalogue nothing can be found: what has not begun is not begun, and complains of nothing by itself.
SKIP_REST = text("""
    UPDATE unit SET state = 'skipped', finished_at = clock_timestamp()
    WHERE job_id = :job AND state IN ('waiting', 'pending') AND blocking
      AND EXISTS (SELECT 1 FROM unit f WHERE f.job_id = :job AND f.scope = :catalogue AND f.state = 'failed'
                  AND f.stage = ANY(CAST(:essential AS text[])))
""")

ANY_LEFT = text("""
    SELECT 1 FROM unit WHERE job_id = :job AND state IN ('waiting', 'pending', 'running') AND blocking LIMIT 1
""")

# The job ends exactly once.
END_JOB = text("""
    UPDATE job SET state = :state, finished_at = clock_timestamp(), incomplete = :incomplete,
                   error = CAST(:error AS jsonb)
    WHERE id = :job AND state = 'running' RETURNING id
""")

FIRST_ERROR = text("""
    SELECT stage, key, error FROM unit WHERE job_id = :job AND stage = ANY(CAST(:stages AS text[])) AND state = 'failed'
    ORDER BY finished_at LIMIT 1
""")

RUNNING = text("SELECT id::text FROM job WHERE state = 'running' ORDER BY created_at")

# Jobs that have ended, with a barrier in what nobody waits for.
ENDED_WAITING = text("""
    SELECT DISTINCT j.id::text, u.stage FROM job j JOIN unit u ON u.job_id = j.id
    WHERE j.state IN ('done', 'partial') AND u.state = 'waiting' AND NOT u.blocking ORDER BY 1, 2
""")

WAKE = text("NOTIFY scout_work")

_ESSENTIAL = [stage.name for stage in STAGES if stage.essential]
_CATALOGUE_ESSENTIAL = [name for name in _ESSENTIAL if any(name in stage.after_catalogue for stage in STAGES)]


def settle(engine: Engine, job_id: str, stage: str, scope: str, new_waiting: Iterable[str] = ()) -> None:
    """After a unit of that stage and scope ended: open what waited for it, end the job if it was the last.

    new_waiting: stages of waiting children it has just inserted; their barrier may be open already.
    Opening needs no lock: new upstream units come only from active ones, in the transaction that ends those."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        names = {"job": job_id, "stage": stage, "scope": scope}
        connection.execute(SKIP_REST, {"job": job_id, "catalogue": CATALOGUE_SCOPE, "essential": _CATALOGUE_ESSENTIAL})
        ended = connection.execute(STILL_ACTIVE, names).one_or_none() is None
        stages = [BY_NAME[name] for name in sorted(set(new_waiting))]
        opened = sum(_open(connection, job_id, waiting, scope) for waiting in stages)
        if ended:
            opened += sum(
                _open(connection, job_id, waiting, _reach(waiting, stage, scope))
                for waiting in STAGES
                if _waits_for(waiting, stage, scope)
            )
        if opened:
            connection.execute(WAKE)
        left = not ended or opened or connection.execute(ANY_LEFT, {"job": job_id}).one_or_none()
    if not left or stage in _CATALOGUE_ESSENTIAL:
        settle_job(engine, job_id)


def settle_all(engine: Engine) -> None:
    """Look at every running job: covers a worker that died between its last commit and its look at the barrier."""
    with engine.connect() as connection:
        jobs = list(connection.execute(RUNNING).scalars())
        ended = connection.execute(ENDED_WAITING).all()
    for job_id in jobs:
        settle_job(engine, job_id)
    for job_id, stage in ended:
        with engine.begin() as connection:
            if stage in BY_NAME and _open(connection, job_id, BY_NAME[stage], None):
                connection.execute(WAKE)


def settle_job(engine: Engine, job_id: str) -> None:
    """Open every barrier of a job that can open; end the job if nothing is left."""
    with engine.begin() as connection:
        if connection.execute(LOCK_JOB, {"job": job_id}).one_or_none() is None:
            return
        names = {"job": job_id, "catalogue": CATALOGUE_SCOPE, "essential": _CATALOGUE_ESSENTIAL}
        connection.execute(SKIP_REST, names)
        if sum(_open(connection, job_id, stage, None) for stage in STAGES if stage.first_state == "waiting"):
            connection.execute(WAKE)
        elif connection.execute(ANY_LEFT, {"job": job_id}).one_or_none() is None:
            _end(connection, job_id)


def _waits_for(stage: Stage, upstream: str, scope: str) -> bool:
    in_catalogue = scope == CATALOGUE_SCOPE and upstream in stage.after_catalogue
    return upstream in stage.after or in_catalogue or upstream in stage.after_all


def _reach(stage: Stage, upstream: str, scope: str) -> str | None:
    """The scope whose waiting units of `stage` may have waited for that; None for all."""
    return None if scope == CATALOGUE_SCOPE or upstream in stage.after_all else scope


def _open(connection: Connection, job_id: str, stage: Stage, scope: str | None) -> int:
    values = {
        "job": job_id,
        "stage": stage.name,
        "scope": scope,
        "after": list(stage.after),
        "after_catalogue": list(stage.after_catalogue),
        "after_all": list(stage.after_all),
        "catalogue": CATALOGUE_SCOPE,
    }
    return connection.execute(OPEN, values).rowcount


def _end(connection: Connection, job_id: str) -> None:
    stages = counts(connection, job_id)
    state, error = verdict(stages), None
    if state == "failed":
        error = _first_error(connection, job_id, stages)
    values = {
        "job": job_id,
        "state": state,
        "incomplete": state != "done",
        "error": json.dumps(error) if error else None,
    }
    if connection.execute(END_JOB, values).one_or_none() is not None:
        kind = "job.failed" if state == "failed" else "job.completed"
        tell(connection, job_id, kind, {"job_id": job_id, "state": state, "stages": stages})
        connection.execute(WAKE)


def verdict(stages: Mapping[str, Mapping[str, int]]) -> str:
    """done: nothing failed; failed: a stage the result cannot do without has no success; else partial."""
    if not any(states.get("failed") for states in stages.values()):
        return "done"
    return "failed" if any(_hopeless(name, states) for name, states in stages.items()) else "partial"


def _hopeless(stage: str, states: Mapping[str, int]) -> bool:
    return bool(stage in _ESSENTIAL and states.get("failed") and not states.get("done"))


def _first_error(connection: Connection, job_id: str, stages: Mapping[str, Mapping[str, int]]) -> dict[str, Any] | None:
    hopeless = [name for name, states in stages.items() if _hopeless(name, states)]
    row = connection.execute(FIRST_ERROR, {"job": job_id, "stages": hopeless}).one_or_none()
    return None if row is None else {"stage": row.stage, "key": row.key, **(row.error or {})}
