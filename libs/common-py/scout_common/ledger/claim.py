"""Taking a unit: the lease, by the database's clock, and the fence that tells its holder from an earlier one."""

from collections.abc import Sequence
from dataclasses import dataclass

from scout_contracts.codec import UnitRef
from sqlalchemy import Connection, Engine, text

from scout_common.work import Unit

# Make a pending unit ours: one attempt more, one fence more, a lease. No row: somebody else has it, or it waits.
# Others are told of a job whatever became of it.
CLAIM = text("""
    UPDATE unit u SET state = 'running', attempt = u.attempt + 1, fence = u.fence + 1, started_at = clock_timestamp(),
                      lease_until = clock_timestamp() + make_interval(secs => :lease_s)
    FROM job j
    WHERE u.job_id = :job AND u.stage = :stage AND u.key = :key AND u.generation = :generation AND u.state = 'pending'
      AND (u.not_before IS NULL OR u.not_before <= clock_timestamp())
      AND j.id = u.job_id AND (j.state = 'running' OR (j.state IN ('done', 'partial') AND NOT u.blocking)
                           OR (j.state <> 'submitted' AND u.stage = 'notify'))
    RETURNING u.job_id::text, u.tenant_id, u.stage, u.key, u.scope, u.generation, u.payload, u.attempt, u.fence
""")

# Prolong the leases that are still ours; the rows that do not come back are not ours any more.
RENEW = text("""
    UPDATE unit u SET lease_until = clock_timestamp() + make_interval(secs => :lease_s)
    FROM unnest(CAST(:jobs AS uuid[]), CAST(:stages AS text[]), CAST(:keys AS text[]), CAST(:fences AS int[]))
         AS held (job_id, stage, key, fence)
    WHERE u.job_id = held.job_id AND u.stage = held.stage AND u.key = held.key AND u.fence = held.fence
      AND u.state = 'running'
    RETURNING u.job_id::text, u.stage, u.key, u.scope, u.fence
""")

# Give a unit back as if it had not been taken: the runner stops in an orderly way.
RELEASE = text("""
    UPDATE unit SET state = 'pending', attempt = attempt - 1, lease_until = NULL, published_at = NULL
    WHERE job_id = :job AND stage = :stage AND key = :key AND fence = :fence AND state = 'running'
""")


@dataclass(frozen=True, kw_only=True)
class Held:
    """A claimed unit as the runner's parent knows it."""

    job_id: str
    stage: str
    key: str
    scope: str
    fence: int


def claim(connection: Connection, ref: UnitRef, *, lease_s: float) -> Unit | None:
    """Take the unit a message names; None where there is nothing to do for this message."""
    row = connection.execute(
        CLAIM,
        {
            "job": ref.job_id,
            "stage": ref.stage,
            "key": ref.key,
            "generation": ref.generation,
            "lease_s": lease_s,
        },
    ).one_or_none()
    return None if row is None else Unit(**row._mapping)


def renew(engine: Engine, held: Sequence[Held], *, lease_s: float) -> set[Held]:
    """Prolong these leases and return those that are lost."""
    columns = {
        "jobs": [unit.job_id for unit in held],
        "stages": [unit.stage for unit in held],
        "keys": [unit.key for unit in held],
        "fences": [unit.fence for unit in held],
    }
    with engine.begin() as connection:
        rows = connection.execute(RENEW, {**columns, "lease_s": lease_s})
        kept = {Held(**row._mapping) for row in rows}
    return set(held) - kept


def release(engine: Engine, held: Held) -> None:
    """Give the unit back; the attempt does not count."""
    with engine.begin() as connection:
        connection.execute(RELEASE, {"job": held.job_id, "stage": held.stage, "key": held.key, "fence": held.fence})
