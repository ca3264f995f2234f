"""What a container's probes and Prometheus ask of a part that answers no HTTP otherwise: /health, /ready, /metrics."""

from collections.abc import Awaitable, Callable

from alembic.runtime.migration import MigrationContext
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from scout_common.db import UNREACHABLE, reason
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.results_api.health import newest_revision

Lacking = Callable[[], Awaitable[str | None]]
"""Says what a part lacks to work; None: it can."""


def probes(lacking: Lacking, registry: CollectorRegistry) -> Starlette:
    """The three addresses. /health: the event loop answers; /ready: 503 and what is lacking, in words."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(request: Request) -> Response:
        problem = await lacking()
        if problem is None:
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "waiting", "detail": problem}, status_code=503)

    async def metrics(request: Request) -> Response:
        return Response(await run_in_threadpool(generate_latest, registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)])


def tables_lacking(engine: Engine) -> str | None:
    """What is wrong with the database: away, or its tables are not of this version."""
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except UNREACHABLE as error:
        return f"the database does not answer: {reason(error)}"
    if current == (newest := newest_revision()):
        return None
    return f"the tables are {f'at {current}' if current else 'missing'}, {newest} is needed: run `scout db migrate`"
