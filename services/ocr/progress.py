"""How far a task is, live: one stream of events for server-sent events and WebSockets.

The database's rows are asked, so any process of the API may be listened to, whoever does the work.
"""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import anyio
from anyio.to_thread import run_sync
from sqlalchemy import Engine

from services.ocr.tasks import task_row

LOOK_S = 0.25
HEARTBEAT_S = 15.0
ENDED = {"done": "completed", "partial": "completed", "failed": "failed", "cancelled": "failed"}

Told = tuple[str, dict[str, Any]]
"""(event: started, progress, completed or failed; its data)"""


async def follow(engine: Engine, job: UUID) -> AsyncIterator[Told | None]:
    """Events of a task from now to its end; None as a sign of life each HEARTBEAT_S. Ends where there is no task."""
    before: dict[str, Any] = {}
    silent = 0.0
    while (now := await run_sync(_look, engine, job)) is not None:
        if not before:
            yield "started", now
        elif now != before and now["state"] not in ENDED:
            yield "progress", now
        if now["state"] in ENDED:
            yield ENDED[now["state"]], {**now, "result": f"/api/v1/ocr/result/{job}"}
            return
        silent = 0.0 if now != before else silent + LOOK_S
        before = now
        if silent >= HEARTBEAT_S:
            silent = 0.0
            yield None
        await anyio.sleep(LOOK_S)


async def ended(engine: Engine, job: UUID, wait_s: float) -> bool:
    """Wait so long for a task's end; whether it came."""
    with anyio.move_on_after(wait_s):
        async for told in follow(engine, job):
            if told is not None and told[0] in ENDED.values():
                return True
    return False


def sse(told: Told | None) -> str:
    """As a server-sent event (WHATWG HTML, 9.2); a comment as sign of life."""
    if told is None:
        return ": still here\n\n"
    event, data = told
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


def _look(engine: Engine, job: UUID) -> dict[str, Any] | None:
    with engine.connect() as connection:
        row = task_row(connection, job)
    if row is None:
        return None
    ended = row["read"] + row["failed"]
    return {
        "id": str(job),
        "state": row["state"],
        "progress": 1.0 if row["state"] in ENDED else ended / max(1, row["files"]),
        "files": row["files"],
        "read": row["read"],
        "failed": row["failed"],
    }
