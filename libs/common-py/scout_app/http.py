"""The composed HTTP app: every service's router behind one guard. Any number of processes may run it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from scout_common.guard import add_guard, host_name
from scout_common.http import ProblemBody, add_problem_handlers, problems
from scout_common.settings import Settings
from scout_common.work import Resources

from services.media_ingestion import api as media_ingestion
from services.ocr import api as ocr
from services.ocr import tasks_api as ocr_tasks
from services.ocr.desk import close_desk
from services.orchestrator import api as orchestrator
from services.orchestrator.api import JobControl
from services.reading import api as reading
from services.results_api import api as results_api
from services.results_api.health import Latency, LedgerFigures
from services.results_api.pages import add_pages
from services.review import api as review
from services.vector_index import api as vector_index
from services.vector_index.api import SearchRequest

TAGS = [
    {"name": "jobs", "description": "Start a job, watch it, cancel it, retry what failed."},
    {"name": "uploads", "description": "Bring a large video, in parts that may break off (tus 1.0)."},
    {"name": "matches", "description": "Sightings: which product, in which medium, when, how sure, and the proof."},
    {"name": "booths", "description": "Where it stood: booths, companies, exhibitor lists, counts by booth."},
    {"name": "media and products", "description": "What was searched for and what was searched in."},
    {
        "name": "review",
        "description": "Values that a person should look at, what was decided, how right each engine is.",
    },
    {"name": "products from reading", "description": "Products that labels speak of and no catalogue knows."},
    {"name": "search", "description": "What looks like this picture?"},
    {"name": "reading", "description": "Text, bar codes and fields of images and documents."},
    {"name": "operation", "description": "For load balancers and monitoring."},
]
ABOUT = (
    "Which of my catalogue's products appear in this video, at which second, and how do you know? "
    "Errors are RFC 9457 problem documents whose `detail` says what to do. Lists are `{items}`; where a "
    "list may go on it has `next` too: send it back as `cursor`. Booths, the rollup and found words take a `limit` "
    "alone, product events the last id as `after`."
)
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def create_app(resources: Resources, control: JobControl) -> FastAPI:
    """The HTTP side over open resources; `control` starts, cancels and retries jobs."""
    app = FastAPI(
        title="TradeShow Scout",
        summary="Proven product sightings in trade-show video and photos.",
        description=ABOUT,
        version=_version(),
        openapi_tags=TAGS,
        docs_url=None,  # FastAPI's own pages load scripts from a CDN; ours works offline and under our CSP
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        lifespan=_closing,
    )
    app.state.resources, app.state.control = resources, control
    app.state.registry = CollectorRegistry()
    app.state.registry.register(LedgerFigures(resources.engine))
    parts = (orchestrator, media_ingestion, results_api, reading, vector_index, ocr, ocr_tasks, review)
    for router in (part.router for part in parts):
        app.include_router(router, responses=problems())
    add_pages(app)
    add_problem_handlers(app)
    app.add_middleware(Latency, registry=app.state.registry)
    add_guard(app, allowed_hosts(resources.settings), resources.settings)
    app.openapi = _documented(app.openapi, (ProblemBody, SearchRequest, *ocr.BODIES))  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _closing(app: FastAPI) -> AsyncIterator[None]:
    """At the end the processes that read end too, in the middle of a file if need be."""
    yield
    close_desk(app.state.resources)


def allowed_hosts(settings: Settings) -> tuple[str, ...]:
    """The names we answer to: this machine's, the address we listen on, how others reach us, and further ones."""
    more = tuple(name.strip() for name in settings.allowed_hosts.split(",") if name.strip())
    public = host_name(urlsplit(settings.public_url).netloc)
    return (*LOCAL_NAMES, settings.host, *((public,) if public else ()), *more)


def _documented(
    original: Callable[[], dict[str, Any]], models: Sequence[type[BaseModel]]
) -> Callable[[], dict[str, Any]]:
    """Add the schemas that routes only refer to."""

    def openapi() -> dict[str, Any]:
        document = original()
        _, schemas = models_json_schema(
            [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
        )
        document.setdefault("components", {}).setdefault("schemas", {}).update(schemas.get("$defs", {}))
        for schema in document["components"]["schemas"].values():
            _with_nulls(schema)
        return document

    return openapi


def _with_nulls(schema: dict[str, Any]) -> None:
    """FastAPI leaves the nulls of an example out; those of required properties belong to it."""
    if isinstance(example := schema.get("example"), dict):
        for name in schema.get("required", ()):
            kinds = schema["properties"][name].get("anyOf", ())
            if {"type": "null"} in kinds or not schema["properties"][name].get("type", kinds):
                example.setdefault(name, None)


def _operation_id(route: APIRoute) -> str:
    """Short names for generated clients; the two addresses that start a job must differ."""
    return "start_job_v1" if route.path == "/api/v1/jobs" and route.name == "start_job" else route.name


def _version() -> str:
    try:
        return version("tradeshow-scout")
    except PackageNotFoundError:
        return "0"
