"""Follow a job over HTTP on a terminal."""

import threading
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from scout_common.progress import StageProgress

from scout_app import display
from scout_app.client import ENDED, Client, problems_of, stages_of

POLL_S = 0.4
READING_S = 20.0
"""How long signs are waited for after the job is done."""


def follow(client: Client, job_id: str, console: Console, stop: threading.Event) -> dict[str, Any] | None:
    """Draw a job's progress until it has ended, its signs read if that is short, and return it; None when stopped
    before."""
    ended = 0.0
    with display.StageBars(console) as bars:
        while not stop.is_set():
            job = client.job(job_id)
            stages = stages_of(job)
            bars.show(stages)
            if job["state"] in ENDED:
                ended = ended or time.monotonic()
                if not reading(job["state"], stages) or time.monotonic() > ended + READING_S:
                    return job
            stop.wait(POLL_S)
    return None


def reading(state: str, stages: Sequence[StageProgress]) -> bool:
    """Whether signs of a job that is done are still being read."""
    return state in ("done", "partial") and any(stage.left for stage in stages if stage.stage in display.BACKGROUND)


def print_result(client: Client, job: dict[str, Any], console: Console, took_s: float | None = None) -> None:
    """The sightings as a table, what was wrong, the expected false, the job's state."""
    doubt = job["expected_false"]
    found = client.sightings(job["id"], doubt["min_probability"])
    display.print_sightings(console, sorted(found, key=lambda s: (s.name, s.start_s, s.product)))
    display.print_problems(console, problems_of(job))
    if job["state"] in ("done", "partial"):
        display.print_reading(console, stages_of(job))
    console.print(f"[bold]{doubt['text']}[/]", highlight=False, soft_wrap=True)
    display.print_state(console, job["state"], took_s)
