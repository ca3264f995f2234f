"""What a container's probes and Prometheus ask of a part that answers no HTTP otherwise: /health, /ready, /metrics."""

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from scout_common.db import UNREACHABLE, current_revision, outdated, reason
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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
    """What is wrong with the database: away, or its tables are older than this version."""
    try:
        with engine.connect() as connection:
            problem = outdated(current_revision(connection))
    except UNREACHABLE as error:
        return f"the database does not answer: {reason(error)}"
    return problem and f"the tables are {problem}"
