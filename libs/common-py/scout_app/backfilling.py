"""`scout ocr backfill`: a source opened by its address, a run followed on a progress bar, a report at the end."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from scout_common.content_api import ContentApi
from scout_common.errors import BadRequest, NotInstalled, PermanentError
from scout_common.fetch import is_url
from scout_common.reader_process import ReaderPool
from scout_common.reader_setup import reader_setup
from scout_common.readers import chosen
from scout_common.settings import Settings
from scout_common.work import Resources
from scout_ocr.reading import ReadOptions

from scout_app import bootstrap
from scout_app.opened import open_database
from services.backfill import store
from services.backfill.beside import FORMATS, Beside
from services.backfill.items import Item, Source, Wanted, media_type_of
from services.backfill.remote_sources import ContentSource, S3Source
from services.backfill.sources import FolderSource, StoredSource
from services.backfill.store import Run
from services.backfill.work import Backfill, Plan, Watch

SHOWN_FAILURES = 10


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line asks for. retry: also items that failed before; restart: forget how far it was."""

    source: str
    wanted: Wanted
    options: ReadOptions
    beside: tuple[Beside, ...] = ()
    keep: bool = False
    rate: float = 0.0
    workers: int | None = None
    retry: bool = False
    restart: bool = False
    report: Path | None = None


def dry_run(asked: Asked, data_dir: Path | None) -> int:
    """Say what would be read; nothing is read or written. Returns the exit code."""
    with _source(asked.source, data_dir) as source:
        found: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for item in _items(source, asked.wanted):
            kind = item.media_type or media_type_of(item.name) or "unknown"
            found[kind] += 1
            sizes[kind] += item.bytes
    table = Table("Type", "Files", "MB", box=None, pad_edge=False)
    for kind, count in found.most_common():
        table.add_row(escape(kind), str(count), f"{sizes[kind] / 1e6:.1f}")
    console = Console()
    if found:
        console.print(table)
    console.print(f"{found.total()} files, {sizes.total() / 1e6:.1f} MB would be read.", highlight=False)
    return 0


def run(asked: Asked, data_dir: Path | None) -> int:
    """Read what is left and return the exit code: 0 all read, 3 some could not be, 130 interrupted."""
    console = Console(stderr=True)
    with open_database(data_dir, "scout ocr backfill") as resources:
        source = open_source(asked.source, resources.settings, resources)
        workers = asked.workers or resources.settings.workers
        pool = ReaderPool(reader_setup(resources.settings), workers)
        try:
            plan = _plan(asked, source, resources, pool.about().version, workers)
            with store.opened(resources.engine, source.name, plan.as_json(), restart=asked.restart) as held:
                return _run(asked, plan, held, resources, pool, console)
        finally:
            pool.close()


def open_source(name: str, settings: Settings, resources: Resources | None) -> Source:
    """A folder, s3://bucket/prefix, the address of a content API, or `stored`. Raises ScoutError."""
    if name == "stored":
        if resources is None:
            raise PermanentError("stored files are in the database", subject=name)
        return StoredSource(resources.engine, resources.blobs)
    if name.startswith("s3://"):
        try:
            from scout_common.s3_blobs import s3_client
        except ModuleNotFoundError as error:
            raise NotInstalled(f"{name} needs the package {error.name}", hint="pip install -e '.[s3]'") from error
        return S3Source(name, s3_client(settings.s3_endpoint_url))
    if is_url(name):
        return ContentSource(ContentApi.of(name, settings))
    return FolderSource(Path(name))


def formats(text: str) -> tuple[Beside, ...]:
    """`json,md` as formats. Raises BadRequest."""
    wanted = {part.strip() for part in text.split(",") if part.strip()}
    if unknown := wanted - set(FORMATS):
        raise BadRequest(
            f"there is no format {sorted(unknown)[0]!r}", subject="--beside", hint=f"choose from {', '.join(FORMATS)}"
        )
    return tuple(form for form in FORMATS if form in wanted)


def _run(asked: Asked, plan: Plan, held: Run, resources: Resources, pool: ReaderPool, console: Console) -> int:
    began = time.monotonic()
    if held.resumed:
        console.print("This backfill was begun before: it goes on where it ended.", highlight=False)
        if asked.retry:
            with resources.engine.begin() as connection:
                store.retry_failed(connection, held)

    def read(data: bytes, options: ReadOptions) -> tuple[bytes, float]:
        done = pool.read(data, options, timeout_s=resources.settings.ocr_long_timeout_s)
        return done.result, done.took_s

    with _bar(console) as watch:
        backfill = Backfill(resources, plan, held, read, watch)
        with _stopped_by_signals(backfill):
            backfill.work()
    report = _report(resources, held, plan, time.monotonic() - began, interrupted=backfill.stop.is_set())
    _tell(console, report)
    if asked.report:
        asked.report.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 130 if backfill.stop.is_set() else 3 if report["failed"] else 0


def _plan(asked: Asked, source: Source, resources: Resources, version: str, workers: int) -> Plan:
    with resources.engine.connect() as connection:
        choice = chosen(connection, resources.settings)
    return Plan(
        source=source,
        wanted=asked.wanted,
        options=asked.options,
        version=version,
        choice=choice,
        beside=asked.beside,
        keep=asked.keep,
        rate=asked.rate,
        workers=workers,
    )


@contextmanager
def _bar(console: Console) -> Iterator[Watch]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Listing", total=None)

        yield Watch(
            listed=lambda count: progress.update(task, description=f"Listing: {count}"),
            total=lambda count: progress.update(task, description="Reading", total=count, completed=0),
            ended=lambda one: progress.advance(task),
        )


@contextmanager
def _stopped_by_signals(backfill: Backfill) -> Iterator[None]:
    """The first Ctrl-C lets files under way end; the second one ends everything."""
    before = {}

    def stop(number: int, frame: Any) -> None:
        backfill.stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(resources: Resources, held: Run, plan: Plan, took_s: float, *, interrupted: bool) -> dict[str, Any]:
    with resources.engine.connect() as connection:
        states = store.counts(connection, held)
        failures = store.failures(connection, held)
    of = {state: int(states.get(state, {}).get("items", 0)) for state in ("done", "failed", "pending")}
    megabytes = sum(state["bytes"] for name, state in states.items() if name != "pending") / 1e6
    return {
        "backfill": str(held.id),
        "source": plan.source.name,
        "state": "interrupted" if interrupted else "done",
        "read": of["done"],
        "failed": of["failed"],
        "left": of["pending"],
        "megabytes": round(megabytes, 3),
        "seconds": round(took_s, 2),
        "reading_seconds": round(sum(state["took_s"] for state in states.values()), 2),
        "failures": [{"name": row["name"], **row["error"]} for row in failures],
    }


def _tell(console: Console, report: dict[str, Any]) -> None:
    for failure in report["failures"][:SHOWN_FAILURES]:
        console.print(f"[red]{escape(failure['name'])}[/]: {escape(failure['message'])}", highlight=False)
    if (more := len(report["failures"]) - SHOWN_FAILURES) > 0:
        console.print(f"... and {more} more (--report FILE has them)", highlight=False)
    rest = f", {report['left']} left: the same command goes on" if report["left"] else ""
    said = f"{report['read']} read, {report['failed']} failed{rest}; {report['megabytes']:.1f} MB"
    console.print(f"{said} in {report['seconds']:.1f} s", highlight=False)


@contextmanager
def _source(name: str, data_dir: Path | None) -> Iterator[Source]:
    """The source alone: only stored files need the database."""
    if name == "stored":
        with open_database(data_dir, "scout ocr backfill --dry-run") as resources:
            yield open_source(name, resources.settings, resources)
    else:
        yield open_source(name, bootstrap.read_settings(data_dir=data_dir), None)


def _items(source: Source, wanted: Wanted) -> Iterator[Item]:
    for page in source.pages(None, wanted):
        yield from page.items
