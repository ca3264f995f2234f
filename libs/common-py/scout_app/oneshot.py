"""`scout match`: everything in this process, one job by the flow's own steps, what it found shown and written."""

import asyncio
import json
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from scout_common.blobs import BlobStore
from scout_common.errors import BadRequest, ScoutError
from scout_common.progress import ExpectedFalse, JobProgress, StageProgress, expected_false
from scout_common.settings import Settings
from sqlalchemy import Engine

from flows import steps, store
from scout_app import bootstrap, display, exhibitor_list, folder, log_file
from scout_app.proofs import write_proofs
from scout_app.report import Report, write_report
from services.orchestrator.media import need_catalogue
from services.orchestrator.request import JobRequest, parse

READING_S = 20.0
"""How long signs are waited for after the job is done."""
EXIT_CODES = {"done": 0, "partial": 3, "failed": 1, "cancelled": 130}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a job ended and what it found."""

    title: str
    state: str
    ended_at: datetime  # signs may have been read later
    doubt: ExpectedFalse
    sightings: list[store.Sighting]
    candidates: list[store.Candidate]
    problems: list[store.Problem]
    costs: dict[str, dict[str, float]]  # per stage: units, failed, cpu_s
    reading: tuple[StageProgress, ...] = ()  # stages that went on after the job was done


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a run writes: the result as JSON, an HTML report, a folder of proofs."""

    json: Path | None = None
    report: Path | None = None
    proofs: Path | None = None

    def places(self) -> list[Path]:
        return [place for place in (self.json, self.report, self.proofs) if place is not None]


class Interrupted(Exception):
    """Ctrl-C or SIGTERM came while the job ran."""


def run(
    request: Mapping[str, Any],
    *,
    data_dir: Path | None = None,
    workers: int | None = None,
    written: Written = Written(),
    exhibitors: Path | None = None,
) -> int:
    """Run the job and return the exit code: 0 done, 3 partial, 1 failed, 130 interrupted."""
    console = Console()
    job = parse(request)
    listed = _listed(job, exhibitors)
    need_catalogue(job.catalogue)  # before a database is started
    if written.proofs and "evidence_builder" not in job.to_spec()["options"]["stages"]:
        raise BadRequest("there are no proofs without evidence", subject="--proofs", hint="leave out --no-evidence")
    for place in written.places():
        _writable(place)
    settings = bootstrap.read_settings(data_dir=data_dir, workers=workers)
    started = time.monotonic()
    if told := bootstrap.elsewhere(settings):
        console.print(told, highlight=False, soft_wrap=True)
    with (
        folder.hold(settings.data_dir, command="scout match"),
        log_file.stderr_to_log(settings),
        bootstrap.database(settings) as open_settings,
    ):
        try:
            outcome = asyncio.run(_job(open_settings, job, console, listed))
        except Interrupted:
            console.print("Cancelled. What was computed is kept and will be used again.")
            return EXIT_CODES["cancelled"]
        _write(outcome, written, bootstrap.blobs(open_settings))
    _tell(console, outcome, time.monotonic() - started, written.places())
    return exit_code(outcome.state, outcome.problems)


def _write(outcome: Outcome, written: Written, blobs: BlobStore) -> None:
    if written.report:
        write_report(written.report, _report(outcome), blobs)
    if written.proofs:
        write_proofs(written.proofs, outcome.sightings, blobs)
    if written.json:
        write_json(written.json, outcome)


def exit_code(state: str, problems: Sequence[store.Problem]) -> int:
    """A job that is done although some of its input could not be used ends like a partial one."""
    unusable = state == "done" and any(problem.severity == "error" for problem in problems)
    return EXIT_CODES["partial" if unusable else state]


def _listed(job: JobRequest, exhibitors: Path | None) -> str | None:
    """The text of the show's exhibitor list, where one is given."""
    if exhibitors is None:
        return None
    if job.show is None:
        raise BadRequest("which show is that list of?", subject="--exhibitors", hint="add --show NAME")
    return exhibitor_list.read_list(exhibitors)


def _import(engine: Engine, job: JobRequest, listed: str, console: Console) -> None:
    assert job.show is not None
    done = exhibitor_list.into(engine, job.show.name, listed)
    for row in done.bad:
        console.print(f"[yellow]warning:[/] exhibitor list, line {row.line}: {escape(row.message)}", highlight=False)


async def _job(settings: Settings, request: JobRequest, console: Console, listed: str | None) -> Outcome:
    async with bootstrap.running(settings) as scout:
        if listed is not None:
            await asyncio.to_thread(_import, scout.resources.engine, request, listed, console)
        job_id, _ = await asyncio.to_thread(scout.control.start_job, request, None)
        stop = threading.Event()
        following = asyncio.create_task(asyncio.to_thread(_follow, scout, job_id, console, stop))
        interrupted = _on_signals()
        try:
            await asyncio.wait({following, interrupted, scout.work}, return_when=asyncio.FIRST_COMPLETED)
            if scout.work.done():
                scout.work.result()  # raises what ended it
        finally:
            stop.set()
            if not following.done() or interrupted.done():
                await asyncio.to_thread(scout.control.cancel, job_id)
            await asyncio.gather(following, return_exceptions=True)
        if interrupted.done():
            raise Interrupted
        interrupted.cancel()
        following.result()
        return await asyncio.to_thread(_outcome, scout, job_id)


def _follow(scout: bootstrap.Scout, job_id: str, console: Console, stop: threading.Event) -> None:
    """The flow's steps, in its order, drawn as bars."""
    engine = scout.resources.engine
    with display.StageBars(console) as bars:

        def watch(progress: JobProgress, part: float) -> None:
            if stop.is_set():
                raise Interrupted
            bars.show(progress.stages)

        steps.start(engine, job_id)
        steps.wait_until_indexed(engine, job_id, watch)
        steps.wait_until_matched(engine, job_id, watch)
        steps.wait_until_ended(engine, job_id, watch)
        steps.wait_until_read(engine, job_id, watch, within_s=READING_S)


def _on_signals() -> "asyncio.Future[None]":
    """A future that is done at the first SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[None] = loop.create_future()

    def come() -> None:
        if not came.done():
            came.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, come)
    return came


def _outcome(scout: bootstrap.Scout, job_id: str) -> Outcome:
    with scout.resources.engine.connect() as connection:
        doubt = expected_false(connection, job_id)
        progress = steps.look(scout.resources.engine, job_id)
        return Outcome(
            title=store.title_of(connection, job_id),
            state=progress.state,
            ended_at=store.ended_at(connection, job_id),
            doubt=doubt,
            sightings=store.sightings(connection, job_id, doubt.min_probability),
            candidates=store.candidates(connection, job_id),
            problems=store.problems(connection, job_id),
            costs=store.stage_costs(connection, job_id),
            reading=tuple(stage for stage in progress.stages if stage.stage in steps.BACKGROUND),
        )


def write_json(path: Path, outcome: Outcome) -> None:
    """Write the result: sightings, candidates (the best five of every medium), the expected false, problems."""
    result = {
        "state": outcome.state,
        "ended_at": outcome.ended_at.isoformat(),
        "expected_false": {
            "by_chance": outcome.doubt.by_chance,
            "siblings": outcome.doubt.siblings,
            "by_probability": outcome.doubt.by_probability,
        },
        "sightings": [_sighting_json(sighting) for sighting in outcome.sightings],
        "candidates": [vars(candidate) for candidate in outcome.candidates],
        "stages": outcome.costs,
        "problems": [vars(problem) for problem in outcome.problems],
    }
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _sighting_json(sighting: store.Sighting) -> dict[str, Any]:
    names = ("id", "media", "sku", "start_s", "end_s", "probability", "title", "best_s", "facings", "frames", "signals")
    row = {name: getattr(sighting, name) for name in names}
    row |= {"booth": _booth_json(sighting), "label": _label_json(sighting)}
    return row | ({"family": list(sighting.family)} if sighting.sku is None else {})


def _booth_json(sighting: store.Sighting) -> dict[str, Any] | None:
    if sighting.booth_confidence is None:
        return None
    where = {name: getattr(sighting, name) for name in ("hall", "company", "sign")}
    return {"number": sighting.booth, "confidence": sighting.booth_confidence, "how": sighting.booth_how, **where}


def _label_json(sighting: store.Sighting) -> dict[str, Any] | None:
    if sighting.label_verdict is None:
        return None
    return {
        "text": sighting.label,
        "verdict": sighting.label_verdict,
        "reasons": list(sighting.label_reasons),
    }


def _report(outcome: Outcome) -> Report:
    return Report(
        title=outcome.title,
        state=outcome.state,
        doubt=outcome.doubt.text,
        min_probability=outcome.doubt.min_probability,
        sightings=outcome.sightings,
        problems=outcome.problems,
    )


def _tell(console: Console, outcome: Outcome, took_s: float, written: list[Path]) -> None:
    display.print_sightings(console, outcome.sightings)
    display.print_problems(console, outcome.problems)
    display.print_reading(console, outcome.reading)
    console.print(f"[bold]{outcome.doubt.text}[/]", highlight=False, soft_wrap=True)
    display.print_state(console, outcome.state, took_s)
    for path in written:
        console.print(f"Written: {path}", highlight=False)


def _writable(path: Path) -> None:
    """Say that a result cannot be written before an hour of work, not after."""
    if not path.absolute().parent.is_dir():
        raise ScoutError("its folder is not there", subject=str(path), hint="make the folder first")
