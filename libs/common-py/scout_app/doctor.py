"""`scout doctor`: what is installed, reachable, missing, and what to do about each."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from importlib import metadata

import httpx
from scout_common.db import current_revision, make_engine, outdated
from scout_common.errors import BusUnavailable, ScoutError
from scout_common.postgres_files import find_places
from scout_common.settings import Settings
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from scout_app import bootstrap, folder
from scout_app.doctor_reading import reading
from scout_app.finding import Finding

NEEDED = ("numpy", "opencv-python-headless", "av", "faiss-cpu", "psycopg", "pgvector", "fastapi", "prefect")
SOURCES = ("extruct", "yt-dlp")
OPENCVS = ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless")
LEAST_FREE = 2_000_000_000
LEAST_MEMORY = 2_500_000_000


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding at a time; no check ends the others."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _decoder,
        reading,
        _machine,
        _data_folder,
        _blobs,
        _database,
        _broker,
        _api,
        _prefect,
    )
    for check in checks:
        try:
            yield from check(settings)
        except Exception as error:  # a doctor who faints helps nobody: what failed is the finding
            name = check.__name__.strip("_").replace("_", " ")
            yield Finding(level="problem", what=name, said=f"{type(error).__name__}: {error}")


def _python(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(level="ok", what="Python", said=f"{version} at {sys.prefix}")


def _packages(settings: Settings) -> Iterator[Finding]:
    found = {distribution.metadata["Name"].lower(): distribution.version for distribution in metadata.distributions()}
    missing = [name for name in NEEDED if name not in found]
    if missing:
        yield Finding(level="problem", what="packages", said=f"missing: {', '.join(missing)}", hint="pip install -e .")
    else:
        yield Finding(level="ok", what="packages", said=", ".join(f"{name} {found[name]}" for name in NEEDED))
    absent = [name for name in SOURCES if name not in found]
    if absent:
        said = f"without {' and '.join(absent)}: no catalogues from web pages, no videos from sites"
        yield Finding(level="note", what="sources", said=said, hint="pip install -e '.[sources]' if you want them")
    doubled = [name for name in OPENCVS if name in found]
    if doubled:
        wrong = " ".join(doubled)
        yield Finding(
            level="problem",
            what="OpenCV",
            said=f"{wrong} shares its folder with opencv-python-headless, and one overwrites the other",
            hint=f"pip uninstall {wrong}, then pip install --force-reinstall opencv-python-headless",
        )


def _decoder(settings: Settings) -> Iterator[Finding]:
    import av

    missing = [name for name in ("h264", "hevc", "vp9", "av1", "mjpeg") if name not in av.codecs_available]
    if missing:
        yield Finding(level="note", what="video", said=f"cannot decode {', '.join(missing)}")
    else:
        yield Finding(level="ok", what="video", said="H.264, HEVC, VP9, AV1 and MJPEG can be decoded")


def _machine(settings: Settings) -> Iterator[Finding]:
    import psutil

    memory = psutil.virtual_memory().available
    said = f"{os.cpu_count()} cores, {settings.workers} workers, {memory / 1e9:.1f} GB of memory free"
    if memory < LEAST_MEMORY:
        yield Finding(level="problem", what="machine", said=said, hint="close something, or take fewer SCOUT_WORKERS")
    else:
        yield Finding(level="ok", what="machine", said=said)


def _data_folder(settings: Settings) -> Iterator[Finding]:
    path = settings.data_dir.resolve()
    near = next(parent for parent in (path, *path.parents) if parent.exists())
    if not os.access(near, os.W_OK):
        yield Finding(level="problem", what="data folder", said=f"{path} cannot be written", hint="set SCOUT_DATA_DIR")
        return
    free = shutil.disk_usage(near).free
    level = "ok" if free > LEAST_FREE else "problem"
    yield Finding(
        level=level,
        what="data folder",
        said=f"{path}, {free / 1e9:.0f} GB free",
        hint="" if level == "ok" else "free some space: keyframes and features need about 100 MB an hour of video",
    )
    who = folder.holder(settings.data_dir)
    if who:
        yield Finding(level="note", what="in use by", said=f"{who.get('command')}, process {who.get('pid')}")


def _blobs(settings: Settings) -> Iterator[Finding]:
    if not settings.blob_url:
        return
    try:
        store = bootstrap.blobs(settings)
        store.put_named("doctor", b"ok")
        store.get("doctor")
        store.delete("doctor")
    except ScoutError as error:
        said = f"{error.subject}: {error.message}" if error.subject else error.message
        yield Finding(level="problem", what="blobs", said=said, hint=error.hint)
        return
    yield Finding(level="ok", what="blobs", said=f"{settings.blob_url} can be written and read")


def _database(settings: Settings) -> Iterator[Finding]:
    if not settings.database_url:
        places = find_places(settings.data_dir)
        account = f" as user {places.account.name}" if os.geteuid() == 0 else ""
        yield Finding(level="ok", what="PostgreSQL", said=f"embedded, data in {places.data}{account}")
        return
    engine = make_engine(settings.database_url, pool_size=1, name="scout-doctor")
    try:
        with engine.connect() as connection:
            server = connection.execute(text("SHOW server_version")).scalar_one()
            vector = connection.execute(
                text("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            ).scalar_one_or_none()
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield Finding(level="problem", what="PostgreSQL", said=said, hint="is SCOUT_DATABASE_URL right, the server up?")
        return
    if vector is None:
        hint = "install pgvector 0.8 or newer beside that server"
        yield Finding(level="problem", what="PostgreSQL", said=f"{server}, without pgvector", hint=hint)
        return
    yield Finding(level="ok", what="PostgreSQL", said=f"{server}, pgvector {vector}")
    with engine.connect() as connection:
        problem = outdated(current_revision(connection))
    if problem:
        yield Finding(level="problem", what="tables", said=problem, hint="scout db migrate")


def _broker(settings: Settings) -> Iterator[Finding]:
    if not settings.bus_url:
        yield Finding(level="ok", what="messages", said="in this process; SCOUT_BUS_URL names a RabbitMQ")
        return

    async def look() -> None:
        bus = bootstrap.bus(settings)
        try:
            await bus.declare([])
        finally:
            await bus.close()

    try:
        asyncio.run(look())
    except BusUnavailable as error:
        yield Finding(level="problem", what="RabbitMQ", said=str(error), hint="correct SCOUT_BUS_URL, or start it")
    else:
        yield Finding(level="ok", what="RabbitMQ", said="it answers, and has Scout's exchanges")


def _api(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    try:
        answer = httpx.get(f"{url}/ready", timeout=5)
    except httpx.HTTPError:
        yield _port(settings)
        return
    if answer.is_success:
        yield Finding(level="ok", what="API", said=f"answers at {url}")
    else:
        yield Finding(level="problem", what="API", said=f"{url}/ready says {answer.status_code}: {answer.text[:200]}")


def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Finding(
                level="problem",
                what="API",
                said=f"port {settings.port} cannot be used: {error.strerror}",
                hint=f"end what uses it, or set SCOUT_PORT={settings.port + 1}",
            )
    return Finding(level="note", what="API", said=f"not running; port {settings.port} is free", hint="scout up")


def _prefect(settings: Settings) -> Iterator[Finding]:
    from scout_app.prefect_api import answers

    if not settings.prefect_api_url:
        yield Finding(level="ok", what="Prefect", said="a local server, started by `scout up`")
    elif answers(settings.prefect_api_url.rstrip("/")):
        yield Finding(level="ok", what="Prefect", said=f"answers at {settings.prefect_api_url}")
    else:
        said = f"no answer at {settings.prefect_api_url}; jobs run without it"
        yield Finding(level="problem", what="Prefect", said=said, hint="is SCOUT_PREFECT_API_URL right, the server up?")
