"""The one composition root: the only place that knows whether Scout runs embedded or distributed."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pydantic import ValidationError
from scout_common.blob_cache import BlobCache
from scout_common.blobs import BlobStore, LocalBlobs
from scout_common.bus import Bus, MemoryBus
from scout_common.content_api import ContentApi
from scout_common.content_blobs import ContentBlobs
from scout_common.db import make_engine, migrate
from scout_common.errors import BadRequest, NotInstalled
from scout_common.fetch import PART, is_url
from scout_common.postgres import EmbeddedPostgres
from scout_common.postgres_files import find_places
from scout_common.runner import Runner
from scout_common.settings import Settings
from scout_common.vault import with_vault
from scout_common.work import Resources, Service
from scout_contracts.stages import STAGES
from sqlalchemy import Engine

from services.orchestrator.control import StartFlow
from services.orchestrator.main import Keeper, LedgerControl
from services.orchestrator.media import need_catalogue

SERVICES = (
    "catalog",
    "media_ingestion",
    "embedding",
    "keypoint",
    "vector_index",
    "matcher",
    "reading",
    "evidence_builder",
    "ocr",
    "notify",
)

PARTS_KEPT_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Scout:
    """A running Scout: what the API, the one-shot and the supervisor work with."""

    settings: Settings  # with the database's real address
    resources: Resources
    control: LedgerControl
    work: asyncio.Task[None]  # keeper and runner; ends only by failure or when stopped


def read_settings(**given: object) -> Settings:
    """The settings from the environment and `.env`; what is given here and not None goes before them.

    Raises BadRequest that names every setting that cannot be used.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = [f"SCOUT_{str(e['loc'][0]).upper()}: {e['msg']} (not {e['input']!r})" for e in error.errors()]
        raise BadRequest("; ".join(wrong), hint=".env.example lists the settings and their defaults") from None


def services() -> tuple[Service, ...]:
    """Every service, each named in its main.py."""
    return tuple(import_module(f"services.{name}.main").SERVICE for name in SERVICES)


def worker(settings: Settings) -> tuple[Resources, tuple[Service, ...]]:
    """What a worker process has open; settings.database_url is the real one."""
    # A lost commit is a lost unit, which is done again with the same rows: a worker need not wait for the disk.
    engine = make_engine(settings.database_url, pool_size=2, name="scout-worker", durable=False)
    return open_resources(settings, engine), services()


def open_resources(settings: Settings, engine: Engine) -> Resources:
    """Blobs and scratch folder as the settings name them, beside an open database."""
    settings.scratch_dir.mkdir(parents=True, exist_ok=True)
    sealing = with_vault(engine, settings)
    return Resources(settings=settings, engine=sealing, blobs=blobs(settings), scratch=settings.scratch_dir)


def blobs(settings: Settings) -> BlobStore:
    """Where pictures, features and media are kept. Connects to nothing yet. Raises NotInstalled."""
    if not settings.blob_url:
        return LocalBlobs(settings.blob_dir)
    cache = BlobCache(settings.blob_cache_dir, settings.blob_cache_bytes)
    if is_url(settings.blob_url):
        return ContentBlobs(ContentApi.of(settings.blob_url, settings), cache)
    try:
        from scout_common.s3_blobs import S3Blobs, s3_client
    except ModuleNotFoundError as error:
        hint = "pip install -e '.[s3]'"
        raise NotInstalled(f"SCOUT_BLOB_URL needs the package {error.name}", hint=hint) from error
    return S3Blobs(settings.blob_url, s3_client(settings.s3_endpoint_url), cache)


def bus(settings: Settings) -> Bus:
    """What carries the messages. In this event loop: a RabbitBus connects when it is first used."""
    if not settings.bus_url:
        return MemoryBus()
    from scout_common.rabbit import RabbitBus

    return RabbitBus(settings.bus_url)


def distributed(settings: Settings) -> Settings:
    """The settings of one of many processes: what serves one machine well is chosen for many, unless it was given.

    Raises BadRequest where database or broker are not named: the embedded ones serve a single process."""
    for name in ("database_url", "bus_url"):
        if not getattr(settings, name):
            hint = "parts of a distributed Scout share them: see .env.example; on one machine use `scout up`"
            raise BadRequest("is not set", subject=f"SCOUT_{name.upper()}", hint=hint)
    prefect = (settings.prefect_api_url or os.environ.get("PREFECT_API_URL", "")).rstrip("/")
    usual = {"stage_window": 256, "drain_s": 60.0, **({} if prefect else {"pick_up_s": 0.0})}
    chosen = {name: value for name, value in usual.items() if name not in settings.model_fields_set}
    url = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    return settings.model_copy(update={**chosen, "prefect_api_url": prefect, "public_url": url})


def forget_downloads(scratch: Path) -> None:
    """Remove what nobody went on fetching for a day; younger parts are gone on with where their unit is tried again."""
    for part in scratch.glob(f"{PART}*"):
        if time.time() - part.stat().st_mtime <= PARTS_KEPT_S:
            continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def elsewhere(settings: Settings) -> str | None:
    """Where the embedded database lies when it cannot lie in the data folder, in words for the user; else None."""
    if settings.database_url:
        return None
    places = find_places(settings.data_dir)
    if places.data.parent == settings.data_dir.resolve():
        return None
    who = f"PostgreSQL does not run as root, and user {places.account.name} cannot reach {settings.data_dir.resolve()}"
    return f"{who}: the database is in {places.data}"


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """The settings with the address of a migrated database: the given one, or the embedded one while this lasts.

    Where that one dies and cannot be started again, this process is told to end, and leaving the block says why."""
    if settings.database_url:
        migrate(settings.database_url)
        yield settings
        return
    with EmbeddedPostgres(settings.data_dir, lost=lambda: os.kill(os.getpid(), signal.SIGTERM)) as url:
        migrate(url)
        yield settings.model_copy(update={"database_url": url})


@contextlib.asynccontextmanager
async def running(settings: Settings, start_flow: StartFlow | None = None) -> AsyncIterator[Scout]:
    """Keeper and service runner at work in this event loop on a migrated database; ended with the block."""
    resources = open_resources(settings, make_engine(settings.database_url, pool_size=settings.db_pool_size))
    forget_downloads(resources.scratch)
    control = LedgerControl(resources.engine, settings, start_flow, check=need_catalogue)
    carrier = bus(settings)
    keeper = Keeper(resources.engine, carrier, settings, start=control.pick_up)
    runner = Runner(
        bus=carrier,
        engine=resources.engine,
        settings=settings,
        stages=[stage.name for stage in STAGES],
        bootstrap="scout_app.bootstrap:worker",
    )
    work = asyncio.create_task(_together(keeper, runner), name="scout")
    try:
        yield Scout(settings=settings, resources=resources, control=control, work=work)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await carrier.close()
        resources.engine.dispose()


async def _together(keeper: Keeper, runner: Runner) -> None:
    try:
        async with asyncio.TaskGroup() as both:  # one without the other would wait for ever
            both.create_task(keeper.run(), name="keeper")
            both.create_task(runner.run(), name="runner")
    except BaseExceptionGroup as failures:
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from failures
