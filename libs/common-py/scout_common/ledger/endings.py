"""What is told when a job ends: its event, files it could not read, and a webhook where the job names an address."""

import json
from typing import Any

from sqlalchemy import Connection, text

from scout_common.ledger.events import add_event

# Files that an OCR job could not read in its last run, one event each.
TELL_UNREAD = text("""
    INSERT INTO job_event (tenant_id, job_id, type, data)
    SELECT u.tenant_id, u.job_id, 'ocr.failed', jsonb_build_object(
        'job_id', u.job_id, 'position', u.payload -> 'position', 'name', u.payload -> 'name',
        'message', coalesce(u.error ->> 'message', 'no reason was recorded'), 'hint', coalesce(u.error ->> 'hint', ''))
    FROM unit u JOIN job j ON j.id = u.job_id
    WHERE u.job_id = :job AND u.stage = 'ocr' AND u.state = 'failed' AND u.generation = j.generation
    ORDER BY u.key
""")

# The delivery of a webhook is a unit of its own, tried again like any other; nobody waits for it.
DELIVER = text("""
    INSERT INTO unit (job_id, tenant_id, stage, key, scope, generation, payload, blocking)
    SELECT id, tenant_id, 'notify', :type || ' ' || generation, 'job', generation, jsonb_build_object(
        'url', spec -> 'webhook_url', 'about', CAST(:type AS text),
        'data', CAST(:data AS jsonb) || jsonb_build_object('kind', kind, 'title', title)), false
    FROM job WHERE id = :job AND spec ->> 'webhook_url' IS NOT NULL
    ON CONFLICT DO NOTHING
""")

ENDS = frozenset({"job.completed", "job.failed", "job.cancelled"})


def tell(connection: Connection, job_id: str, type: str, data: dict[str, Any]) -> None:
    """Tell observers what has become of a job; where it has ended, also what follows from that."""
    if type in ENDS:
        connection.execute(TELL_UNREAD, {"job": job_id})
        connection.execute(DELIVER, {"job": job_id, "type": type, "data": json.dumps(data)})
    add_event(connection, job_id, type, data)
