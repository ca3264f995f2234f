"""What observers are told: rows of job_event, and a NOTIFY `scout_job` with the job's id."""

import json
from typing import Any

from sqlalchemy import Connection, text

ADD = text("""
    WITH told AS (
        INSERT INTO job_event (tenant_id, job_id, type, data)
        SELECT tenant_id, id, :type, CAST(:data AS jsonb) FROM job WHERE id = :job RETURNING job_id
    ) SELECT pg_notify('scout_job', job_id::text) FROM told
""")

# Units of a job per stage and state.
COUNTS = text("SELECT stage, state, count(*) AS units FROM unit WHERE job_id = :job GROUP BY stage, state")

# Only the newest progress is of interest; earlier rows would grow with the job's duration.
PROGRESS = text("""
    WITH before AS (
        SELECT id, data FROM job_event WHERE job_id = :job AND type = 'job.progress' ORDER BY id DESC LIMIT 1
    ), gone AS (
        DELETE FROM job_event e USING before
        WHERE e.job_id = :job AND e.type = 'job.progress' AND e.id <= before.id AND before.data <> CAST(:data AS jsonb)
    ), told AS (
        INSERT INTO job_event (tenant_id, job_id, type, data)
        SELECT tenant_id, id, 'job.progress', CAST(:data AS jsonb) FROM job
        WHERE id = :job AND state = 'running'
          AND NOT EXISTS (SELECT 1 FROM before WHERE data = CAST(:data AS jsonb))
        RETURNING job_id
    ) SELECT pg_notify('scout_job', job_id::text) FROM told
""")


def add_event(connection: Connection, job_id: str, type: str, data: dict[str, Any]) -> None:
    """Tell observers; they see it when the transaction commits."""
    connection.execute(ADD, {"job": job_id, "type": type, "data": json.dumps(data)})


def counts(connection: Connection, job_id: str) -> dict[str, dict[str, int]]:
    """Units per stage and state."""
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(COUNTS, {"job": job_id}):
        found.setdefault(row.stage, {})[row.state] = row.units
    return found


def tell_progress(connection: Connection, job_id: str) -> None:
    """Tell how far a running job is, where that changed since it was told last."""
    data = {"job_id": job_id, "state": "running", "stages": counts(connection, job_id)}
    connection.execute(PROGRESS, {"job": job_id, "data": json.dumps(data)})
