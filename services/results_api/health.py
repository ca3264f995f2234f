"""Whether the process lives and can work, and its figures for Prometheus."""

import time
from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from scout_common.db import UNREACHABLE, current_revision, outdated, reason
from scout_common.http import Opened, Problem, problems
from sqlalchemy import Engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.results_api.schemas import Health, Readiness
from services.results_api.store import figures

router = APIRouter(tags=["operation"])

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@router.get("/health", summary="Does the process answer?")
def health() -> Health:
    """Always ok while the process answers; it looks at nothing else."""
    return Health()


@router.get("/ready", summary="Can it work?", responses=problems(503))
def ready(resources: Opened) -> Readiness:
    """The database is reachable and its tables have what this version needs; otherwise 503 says what to do."""
    try:
        with resources.engine.connect() as connection:
            problem = outdated(current_revision(connection))
    except UNREACHABLE as error:
        advice = "What runs waits for it; an embedded one is started again by itself, another is yours to mend"
        raise Problem(
            503, f"The database cannot be used: {reason(error)}. {advice}.", headers={"Retry-After": "2"}
        ) from error
    if problem:
        raise Problem(503, f"The tables are {problem}.")
    return Readiness()


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
def metrics(request: Request) -> Response:
    """Units by stage and state, jobs by state, latency of HTTP answers."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)


class LedgerFigures(Collector):
    """Counts the ledger's rows when Prometheus asks, so that every API process tells the same."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing is counted before somebody asks."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Two gauges from two queries."""
        with self.engine.connect() as connection:
            units, jobs = figures(connection)
        unit_gauge = GaugeMetricFamily("scout_units", "Units of work in the ledger.", labels=["stage", "state"])
        for stage, state, count in units:
            unit_gauge.add_metric([stage, state], count)
        job_gauge = GaugeMetricFamily("scout_jobs", "Jobs in the ledger.", labels=["state"])
        for state, count in jobs:
            job_gauge.add_metric([state], count)
        return (unit_gauge, job_gauge)


class Latency:
    """ASGI middleware: seconds until an answer is complete, by method, route and status."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self.seconds = Histogram(
            "scout_http_seconds",
            "Seconds until an answer is complete.",
            ("method", "route", "status"),
            registry=registry,
            buckets=BUCKETS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            # The route's pattern, not the path: ids would make a series each.
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            self.seconds.labels(method, route, str(status)).observe(time.perf_counter() - began)


KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
