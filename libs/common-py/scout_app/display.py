"""What a job looks like on a terminal: a bar per stage while it runs, the sightings as a table when it has ended."""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from types import TracebackType

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from scout_common.progress import StageProgress
from scout_contracts.stages import STAGES

from flows.store import Problem, Sighting

LINE_S = 3.0
SURE_BOOTH = 0.8
WIDEST = 10_000
BACKGROUND = tuple(stage.name for stage in STAGES if stage.background)
STATE_COLOURS = {"done": "green", "partial": "yellow", "failed": "red", "cancelled": "yellow"}

Column = tuple[str, JustifyMethod]
COLUMNS: tuple[Column, ...] = (
    ("Seen in", "left"),
    ("From", "right"),
    ("To", "right"),
    ("p", "right"),
    ("Facings", "right"),
    ("Booth", "left"),
)
"""Of a sighting, beside its product."""


class StageBars:
    """A bar per stage; where the output is no terminal, a line about what is at work each LINE_S seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<32}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("[red]{task.fields[failed]}"),
            console=console,
            expand=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._next_line = 0.0

    def __enter__(self) -> "StageBars":
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    def show(self, stages: Sequence[StageProgress]) -> None:
        """Draw the stages as they are now."""
        if self._console.is_terminal:
            for stage in stages:
                self._draw(stage)
        elif time.monotonic() >= self._next_line:
            at_work = [f"{s.title} {s.ended}/{s.total}{_failed(s)}" for s in stages if s.left and s.ended + s.running]
            if at_work:
                self._console.print(f"  {', '.join(at_work)}", highlight=False, soft_wrap=True)
                self._next_line = time.monotonic() + LINE_S

    def _draw(self, stage: StageProgress) -> None:
        if stage.stage not in self._tasks:
            self._tasks[stage.stage] = self._bars.add_task(stage.title, total=None, start=False, failed="")
        task = self._tasks[stage.stage]
        if stage.total and not self._bars.tasks[task].started:
            self._bars.start_task(task)
        self._bars.update(task, completed=stage.ended, total=stage.total or None, failed=_failed(stage))


def print_stages(console: Console, stages: Sequence[StageProgress]) -> None:
    """Every stage with what is done, what is left and what failed."""
    table = Table("Stage", "Done", "Left", "Failed", box=None, pad_edge=False, header_style="bold")
    for stage in stages:
        table.add_row(stage.title, str(stage.done), str(stage.left), str(stage.failed or ""))
    console.print(table)


def print_problems(console: Console, problems: Sequence[Problem], most: int = 20) -> None:
    """Warnings and failures, each with its subject; the rest as a number."""
    for problem in problems[:most]:
        colour = "red" if problem.severity == "error" else "yellow"
        hint = f"\n  [dim]{escape(problem.hint[:1].upper() + problem.hint[1:])}[/]" if problem.hint else ""
        subject = f"{escape(problem.subject)}: " if problem.subject else ""
        said = f"[{colour}]{problem.severity}:[/] {subject}{escape(problem.message)}{hint}"
        console.print(said, highlight=False, soft_wrap=True)
    if len(problems) > most:
        console.print(f"[dim]... and {len(problems) - most} more[/]")


def print_sightings(console: Console, sightings: Sequence[Sighting], *, most: int = 200) -> None:
    """The sightings in the order of the media: a row each; where rows are wider than the console, the product on a
    line of its own and the rest below it."""
    columns = COLUMNS if any(sighting.stood for sighting in sightings) else COLUMNS[:-1]
    names = short_names([sighting.name for sighting in sightings])
    rows = [_cells(sighting, names[sighting.name])[: len(columns)] for sighting in sightings[:most]]
    if rows:
        _print_rows(console, columns, sightings, rows)
    if len(sightings) > most:
        console.print(f"[dim]... and {len(sightings) - most} more[/]")


def _print_rows(
    console: Console, columns: Sequence[Column], sightings: Sequence[Sighting], rows: Sequence[Sequence[str]]
) -> None:
    table = _table([("Product", "left"), *columns])
    for sighting, cells in zip(sightings, rows, strict=False):
        label = _label(sighting)
        apart = "\n  " if label and sighting.label_verdict != "agrees" else " "
        table.add_row(f"{escape(sighting.product)}{apart}{label}".rstrip(), *map(escape, cells))
    if Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum <= console.width:
        console.print(table)
        return
    heads = [name for name, _ in columns]
    widths = [max(map(cell_len, column)) for column in zip(heads, *rows, strict=True)]
    console.print("[bold]Product[/]")
    console.print(_below(columns, widths, [f"[bold]{head}[/]" for head in heads]))
    for sighting, cells in zip(sightings, rows, strict=False):
        console.print(f"{escape(sighting.product)}  {_label(sighting)}".rstrip(), highlight=False)
        console.print(_below(columns, widths, [escape(cell) for cell in cells]))


def _table(columns: Sequence[Column], widths: Sequence[int] = ()) -> Table:
    """With heads and as wide as it needs to be; or, where widths are given, without heads."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=not widths)
    for place, (name, side) in enumerate(columns):
        width = widths[place] if widths else None
        table.add_column(name, justify=side, overflow="fold", no_wrap=side == "right", width=width)
    return table


def _below(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> Padding:
    """A line below a product's; every such line has its columns at the same places."""
    table = _table(columns, widths)
    table.add_row(*cells)
    return Padding(table, (0, 0, 0, 2))


def _cells(sighting: Sighting, name: str) -> list[str]:
    """What stands in COLUMNS."""
    photo = sighting.kind == "photo"
    times = ("photo", "") if photo else (clock(sighting.start_s), clock(sighting.end_s))
    return [name, *times, f"{sighting.probability:.2f}", str(sighting.facings), _booth(sighting)]


def _booth(sighting: Sighting) -> str:
    """Where it stood; with a doubt where that is no more than likely."""
    if not sighting.stood or sighting.booth_confidence is None:
        return ""
    doubt = "" if sighting.booth_confidence >= SURE_BOOTH else f" ({sighting.booth_confidence:.2f})"
    return f"{sighting.stood}{doubt}"


def _label(sighting: Sighting) -> str:
    """What its label says: as read, unless that is what the catalogue has anyway; a contradiction stands out."""
    if sighting.label_verdict == "agrees":
        return "[dim]label agrees[/]"
    said = escape(", ".join((sighting.label or "").splitlines()))
    if sighting.label_verdict == "contradicts":
        return f"[red]label contradicts: {said or escape('; '.join(sighting.label_reasons))}[/]"
    return f"[dim]label: {said}[/]" if said else ""


def print_reading(console: Console, stages: Sequence[StageProgress]) -> None:
    """Whether signs of an ended job are still being read."""
    left = sum(stage.left for stage in stages if stage.stage in BACKGROUND)
    if left:
        console.print(f"[yellow]Still reading signs[/]: {left} more to do, booths follow.", highlight=False)


def print_state(console: Console, state: str, took_s: float | None = None) -> None:
    """The job's last word."""
    after = f" after {took_s:.0f} s" if took_s is not None else ""
    console.print(f"Job [{STATE_COLOURS.get(state, 'cyan')}]{state}[/]{after}")


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Names of media without the folder they share; one alone in its folder keeps its last part."""
    distinct = sorted(set(names))
    if any("://" in name for name in distinct) or len({name.startswith("/") for name in distinct}) > 1:
        return {name: name for name in distinct}
    shared = len(os.path.commonpath([str(PurePath(name).parent) for name in distinct])) if distinct else 0
    return {name: name[shared:].lstrip("/\\") for name in distinct}


def clock(seconds: float) -> str:
    """Seconds as m:ss.d, with hours where there are any."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes}:{rest / 10:04.1f}"
    return f"{hours}:{text:0>7}" if hours else text


def _failed(stage: StageProgress) -> str:
    return f" {stage.failed} failed" if stage.failed else ""
