"""The distributed Scout on this machine, a process per part: scripts/dev-distributed, for development and tests.

The same topology as on many machines: a real PostgreSQL (the one of the wheel, by TCP) and a real RabbitMQ, unless
SCOUT_DATABASE_URL and SCOUT_BUS_URL name others.
"""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import httpx
import typer
from rich.console import Console
from scout_common.db import make_engine, migrate, plain_url
from scout_common.errors import BadRequest, ScoutError
from scout_common.ledger import dispatch
from scout_common.postgres import EmbeddedPostgres
from scout_common.rabbit_server import RabbitServer
from scout_common.settings import Settings

from scout_app import bootstrap, folder, prefect_child
from scout_app.children import STOP_S, Child, Children
from scout_app.complaints import complain
from scout_app.serving import SIGNALS

READY_S = 120.0
CONNECTIONS = {"max_connections": "300"}  # each part and each worker has its own few

Replicas = Annotated[
    list[str] | None, typer.Option("--replicas", metavar="NAME=COUNT", help="E.g. keypoint=2; may be given again.")
]
Data = Annotated[Path | None, typer.Option("--data", help="Data folder (SCOUT_DATA_DIR, else ./data).")]
Port = Annotated[int | None, typer.Option("--port", help="Port of the API (SCOUT_PORT, else 8000).")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Worker processes of each service.")]
Prefect = Annotated[bool, typer.Option("--prefect", help="A local Prefect server and the process of the flows too.")]


def main(
    *, replicas: Replicas = None, data: Data = None, port: Port = None, workers: Workers = 1, prefect: Prefect = False
) -> None:
    """Start every part of Scout as a process of its own, on RabbitMQ and PostgreSQL, until Ctrl-C."""
    settings = bootstrap.read_settings(data_dir=data, port=port, workers=workers)
    counts = _counts(replicas or [], prefect=prefect)
    console = Console(highlight=False, soft_wrap=True)
    with _stopped_by_signals(), folder.hold(settings.data_dir, command="dev-distributed"), _servers(settings) as real:
        children = Children(settings.data_dir)
        children.end_orphans()
        try:
            _start(children, real, counts, console, prefect=prefect)
            _watch(children, console)
        except KeyboardInterrupt:
            console.print("\nStopping ...")
        finally:
            children.stop(settings.drain_s + STOP_S)  # a part at work drains first
    console.print("Stopped.")


def _counts(given: list[str], *, prefect: bool) -> dict[str, int]:
    """Processes of each part."""
    counts = dict.fromkeys((*bootstrap.SERVICES, "keeper", "api", *(("flows",) if prefect else ())), 1)
    for word in given:
        name, _, count = word.partition("=")
        if name not in counts or not count.isdigit():
            raise BadRequest("is not NAME=COUNT", subject=f"--replicas {word}", hint=f"NAME of {', '.join(counts)}")
        counts[name] = int(count)
    if counts["api"] > 1:
        raise BadRequest(
            "one port takes one API", subject="--replicas api", hint="behind a load balancer there may be more"
        )
    return counts


@contextlib.contextmanager
def _servers(settings: Settings) -> Iterator[Settings]:
    """The settings with the addresses of a migrated database and of a broker, ours where none is named."""
    with contextlib.ExitStack() as servers:
        database = settings.database_url
        if not database:
            database = servers.enter_context(EmbeddedPostgres(settings.data_dir, options=CONNECTIONS))
        migrate(database)
        bus = settings.bus_url
        if not bus:
            bus = servers.enter_context(RabbitServer())
            _forget_messages(database)
        yield settings.model_copy(update={"database_url": database, "bus_url": bus})


def _forget_messages(database: str) -> None:
    """A new broker holds nothing that an earlier run published: it is published again at once."""
    engine = make_engine(database, pool_size=1, name="scout-dev")
    with dispatch.sole_bus(engine):
        pass
    engine.dispose()


def _start(children: Children, settings: Settings, counts: dict[str, int], console: Console, *, prefect: bool) -> None:
    """Start the parts and tell the addresses when all are ready."""
    environment = _environment(settings)
    if prefect:
        server = prefect_child.start(children, settings)
        environment["PREFECT_API_URL"] = str(server.api_url)
    ports = {}
    for name, count in counts.items():
        for number in range(1, count + 1):
            port = prefect_child.free_port(0)
            words = ["scout_app", "run", name, "--health-port", str(port)]
            ports[children.start(f"{name}-{number}", words, environment, drains=True)] = port
    for child, port in ports.items():
        _wait_ready(child, port)
    api = settings.public_url or f"http://{settings.host}:{settings.port}"
    rows = {"Results": api, "Prefect": environment.get("PREFECT_API_URL", "").removesuffix("/api")}
    rows |= {"Logs": str(settings.data_dir / "logs")}
    rows |= {name: environment[name] for name in ("SCOUT_DATABASE_URL", "SCOUT_BUS_URL")}
    for name, shown in rows.items():
        if shown:
            console.print(f"  {name:<20} {shown}")
    console.print(f"\n{len(ports)} processes are ready. Ctrl-C ends everything.")


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "SCOUT_DATABASE_URL": plain_url(settings.database_url),
        "SCOUT_BUS_URL": settings.bus_url,
        "SCOUT_DATA_DIR": str(settings.data_dir.resolve()),
        "SCOUT_PORT": str(settings.port),
        "SCOUT_WORKERS": str(settings.workers),
    }


def _wait_ready(child: Child, port: int) -> None:
    deadline = time.monotonic() + READY_S
    while not _ready(port):
        if not child.running() or time.monotonic() > deadline:
            words = child.log.read_text(errors="replace").strip().splitlines()[-3:]
            raise ScoutError(f"{child.name} does not get ready: {' / '.join(words)}", hint=f"see {child.log}")
        time.sleep(0.2)


def _ready(port: int) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}/ready", timeout=5).is_success
    return False


def _watch(children: Children, console: Console) -> None:
    """Tell once of each part that has ended by itself; the others go on, as on many machines."""
    told: set[str] = set()
    while True:
        time.sleep(1)
        for child in children.ended():
            if child.name not in told:
                told.add(child.name)
                console.print(f"{child.name} has ended; the others go on. See {child.log}")


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """The first SIGINT or SIGTERM raises KeyboardInterrupt; later ones do not break what is already ending.

    SIGINT gets its handler here: Python sets none where a shell started us with it ignored, as it does with `&`."""

    def stop(number: int, frame: FrameType | None) -> None:
        for later in SIGNALS:
            signal.signal(later, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    try:
        typer.run(main)
    except ScoutError as error:
        complain(error)
        raise SystemExit(1) from None
