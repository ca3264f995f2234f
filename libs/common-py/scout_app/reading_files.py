"""Reading files on this machine with several processes: found, read, shown and written in their order."""

import contextlib
import glob
import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from scout_common.errors import BadRequest
from scout_common.reader_process import ReaderPool
from scout_common.reader_setup import reader_setup
from scout_common.settings import Settings
from scout_ocr.errors import ReadingError
from scout_ocr.reading import Kind, Quality, ReadOptions

from scout_app import bootstrap
from scout_app.reading_outputs import FileRead, Outputs, Writer

SOME_UNREAD = 3
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")
READABLE = frozenset({*PICTURES, ".pdf", ".docx", ".pptx", ".xlsx"})
"""What is looked for in a folder; a file that is named is read whatever it is called."""
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|\d{3}))?\Z")
_PAGES = re.compile(r"(\d{1,6})(-(\d{1,6})?)?\Z")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file to read; `problem` says why there is none."""

    name: str
    problem: str = ""


def options(
    *, kind: str, engine: str, languages: str, quality: str, minimum_confidence: float, pages: str, locale: str = ""
) -> ReadOptions:
    """The options as they were typed. Raises BadRequest."""
    first, last = _pages(pages)
    return ReadOptions(
        engine=engine,
        languages=tuple(code for code in re.split(r"[\s,;+]+", languages.lower()) if code),
        quality=cast(Quality, quality),
        minimum_confidence=minimum_confidence,
        kind=cast(Kind, kind),
        first_page=first,
        last_page=last,
        locale=_locale(locale),
    )


def run(files: Sequence[str], options: ReadOptions, outputs: Outputs, *, workers: int | None = None) -> int:
    """Read the files, show and write what they say. Returns the exit code."""
    settings = bootstrap.read_settings(workers=workers)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    found = [file for name in files for file in look_up(name)]
    began, unread = time.monotonic(), 0
    pool = ReaderPool(reader_setup(settings), min(settings.workers, max(1, len(found))))
    threads = ThreadPoolExecutor(pool.size, "reading")
    try:
        with _terminable(), Writer(outputs, several=len(found) > 1) as writer, _bar(console, len(found)) as bar:
            reads = [threads.submit(_read, file, pool, options, outputs, settings) for file in found]
            for read in _in_order(reads):
                unread += bool(read.error)
                writer.write(read)
                if read.error:
                    bar.console.print(f"[red]error:[/] {read.told}", highlight=False)
                elif read.told and not outputs.any:
                    bar.console.print(read.told, highlight=False, markup=False)
                bar.advance(bar.task_ids[0])
    except KeyboardInterrupt:
        return 130
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        pool.close()
    if outputs.any:
        took = time.monotonic() - began
        console.print(f"Read {len(found) - unread} of {len(found)} files in {took:.1f} s.{writer.told}")
    return SOME_UNREAD if unread else 0


def look_up(name: str) -> list[Found]:
    """The files that a name means: itself, what lies in a folder, what a pattern matches; in order of their names."""
    path = Path(os.path.expanduser(name))  # noqa: PTH111  (Path's own raises at `~nobody-here`)
    try:
        if path.is_dir():
            inside = sorted(str(file) for file in path.rglob("*") if _readable(file))
            return [Found(name=file) for file in inside] or [_nothing(name, "no image or document lies in that folder")]
        if not path.exists() and glob.has_magic(name):
            matched = sorted(file for file in glob.glob(str(path), recursive=True) if Path(file).is_file())  # noqa: PTH207
            return [Found(name=file) for file in matched] or [_nothing(name, "no file matches")]
    except OSError as error:
        return [_nothing(name, error.strerror or str(error))]
    return [Found(name=str(path))]


def _readable(file: Path) -> bool:
    return file.suffix.lower() in READABLE and not file.name.startswith(".") and file.is_file()


def _nothing(name: str, problem: str) -> Found:
    return Found(name=name, problem=problem)


def _read(file: Found, pool: ReaderPool, options: ReadOptions, outputs: Outputs, settings: Settings) -> FileRead:
    if file.problem:
        return FileRead(name=file.name, error=file.problem)
    try:
        data = Path(file.name).read_bytes()
        read = pool.read(data, options, timeout_s=settings.ocr_long_timeout_s)
        done = FileRead.of(file.name, read)
        return done if outputs.pdf is None else _with_pdf(done, data, pool, settings)
    except ReadingError as error:
        return FileRead(name=file.name, error=str(error), hint=error.hint)
    except (OSError, ValueError) as error:
        return FileRead(name=file.name, error=str(getattr(error, "strerror", None) or error))


def _with_pdf(read: FileRead, data: bytes, pool: ReaderPool, settings: Settings) -> FileRead:
    """With its searchable PDF; where there can be none, everything else is kept and the error says so."""
    try:
        pdf = pool.render(data, read.reading, timeout_s=settings.ocr_long_timeout_s)
    except ReadingError as error:
        return replace(read, error=str(error), hint=error.hint)
    return replace(read, pdf=pdf.result)


def _in_order(reads: "list[Future[FileRead]]") -> Iterator[FileRead]:
    """Each as soon as it and all before it are there; what was given out is forgotten."""
    for place, read in enumerate(reads):
        yield read.result()
        reads[place] = cast(Any, None)


def _pages(typed: str) -> tuple[int, int | None]:
    if not typed:
        return 1, None
    found = _PAGES.match(typed.strip())
    first = int(found[1]) if found else 0
    last = None if found and found[2] and not found[3] else int(found[3] or first) if found else 0
    if first < 1 or (last is not None and last < first):
        raise BadRequest("is no range of pages", subject=f"--pages {typed}", hint="e.g. 2-5, 3, or 7- for the rest")
    return first, last


def _locale(typed: str) -> str:
    if typed and not _LOCALE.match(typed):
        raise BadRequest("is no locale", subject=f"--locale {typed}", hint="e.g. en-US, de, sv-SE")
    return typed


def _bar(console: Console, files: int) -> Progress:
    columns = (
        TextColumn("Reading"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    bar = Progress(*columns, console=console, expand=True, transient=True, disable=files < 2 or not console.is_terminal)
    bar.add_task("", total=files)
    return bar


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the run like Ctrl-C while the block lasts."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
