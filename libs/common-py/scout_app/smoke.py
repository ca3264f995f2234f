"""`scout smoke`: the sample through any installation, over HTTP alone, with the time of each stage."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from scout_common.errors import ScoutError
from scout_common.progress import StageProgress

from flows.store import Sighting
from scout_app import display
from scout_app.client import ENDED, Client, problems_of, stages_of
from scout_app.sample import SCRIPT, STAMP
from scout_app.uploading import upload_file

POLL_S = 0.2


def run(url: str | None, folder: Path, catalogue: str | None) -> int:
    """Send the sample's media, run its job and tell how long each stage took and what was found; the exit code.

    folder: the sample, rendered where it is not there; catalogue: its path or address as the installation sees it,
    None: as we do. Raises ScoutError where the installation cannot read it."""
    console, client = Console(highlight=False), Client(url)
    client.get("/ready")
    _render(folder, console)
    files = sorted(path for path in (folder / "media").iterdir() if path.is_file())
    began = time.monotonic()
    media = [upload_file(file, client.url) for file in files]
    console.print(f"{len(files)} files, {_megabytes(files):.0f} MB, sent in {time.monotonic() - began:.1f} s")
    named = catalogue or str((folder / "catalogue" / "catalogue.csv").resolve())
    request = {"title": "Smoke test", "catalogue": named, "media": media}
    job_id = _start(client, request)
    watch = Stopwatch()
    while (job := client.job(job_id))["state"] not in ENDED:
        watch.look(stages_of(job))
        time.sleep(POLL_S)
    watch.look(stages_of(job))
    watch.show(console)
    display.print_problems(console, problems_of(job))
    _need_catalogue(job, named)
    right, claims, present = _score(list(client.sightings(job_id, 0.5)), folder)
    console.print(f"{job['state']} in {watch.seconds:.1f} s; {right} of {present} products found, {claims} claims")
    return 0 if job["state"] == "done" and right else 1


@dataclass
class Stopwatch:
    """When each stage was first seen at work and when it had nothing left, in seconds, as exact as we look."""

    began: float = field(default_factory=time.monotonic)
    stages: dict[str, StageProgress] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def look(self, stages: list[StageProgress]) -> None:
        """Note what has changed."""
        self.seconds = time.monotonic() - self.began
        for stage in stages:
            before = self.stages.get(stage.stage)
            if stage.running or stage.ended:
                self.first.setdefault(stage.stage, self.seconds)
            if before is None or stage.ended > before.ended:
                self.last[stage.stage] = self.seconds
            self.stages[stage.stage] = stage

    def show(self, console: Console) -> None:
        """A line for each stage: its units, from when to when it worked."""
        table = Table("Stage", "Units", "From s", "To s", "Units/s", box=None, pad_edge=False, header_style="bold")
        for name, stage in self.stages.items():
            if name in self.first:
                start, end = self.first[name], self.last[name]
                pace = stage.ended / max(end - start, POLL_S)
                table.add_row(stage.title, str(stage.ended), f"{start:.1f}", f"{end:.1f}", f"{pace:.1f}")
        console.print(table)


def _render(folder: Path, console: Console) -> None:
    if (folder / STAMP).exists():
        return
    if not SCRIPT.exists():
        raise ScoutError("the sample's script is not there", subject=str(SCRIPT), hint="run from a clone")
    console.print(f"Rendering the sample hall into {folder}, once ...")
    if subprocess.run([sys.executable, str(SCRIPT), "--out", str(folder)], check=False).returncode:
        raise ScoutError("the sample could not be rendered", subject=str(folder))


def _start(client: Client, request: dict[str, Any]) -> str:
    """The job's id; a Scout on one machine refuses a catalogue at once that it does not see."""
    try:
        return str(client.start(request)["job_id"])
    except httpx.HTTPStatusError as error:
        if error.response.json().get("subject") != request["catalogue"]:
            raise
        raise _unseen(str(request["catalogue"])) from error


def _need_catalogue(job: dict[str, Any], catalogue: str) -> None:
    """Media are sent; a catalogue is read where the services are, and that may be another machine."""
    if any(failure["stage"] == "catalog" for failure in job["failures"]):
        raise _unseen(catalogue)


def _unseen(catalogue: str) -> ScoutError:
    return ScoutError(
        "the installation cannot read the sample's catalogue there",
        subject=catalogue,
        hint="put the sample's folder where its services see it, and name the file there with --catalogue",
    )


def _score(claims: list[Sighting], folder: Path) -> tuple[int, int, int]:
    """Products that were found where they are, claims, products that are to be found, over all media."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    there = {(photo["file"], sku) for photo in truth["photos"] for sku in photo["present"]}
    there |= {
        (clip["video"], seen["product"]) for clip in truth["clips"] for seen in clip["products"] if seen["visible"]
    }
    found = {(Path(claim.name).name, claim.sku) for claim in claims}
    return len(found & there), len(claims), len(there)


def _megabytes(files: list[Path]) -> float:
    return sum(file.stat().st_size for file in files) / 1e6
