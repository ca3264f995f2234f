"""Follow a job over HTTP on a terminal."""

import threading
from typing import Any

from rich.console import Console

from scout_app import display
from scout_app.client import ENDED, Client, problems_of, stages_of

POLL_S = 0.4


def follow(client: Client, job_id: str, console: Console, stop: threading.Event) -> dict[str, Any] | None:
    """Draw a job's progress until it has ended, and return it; None when stopped before."""
    with display.StageBars(console) as bars:
        while not stop.is_set():
            job = client.job(job_id)
            bars.show(stages_of(job))
            if job["state"] in ENDED:
                return job
            stop.wait(POLL_S)
    return None


def print_result(client: Client, job: dict[str, Any], console: Console, took_s: float | None = None) -> None:
    """The sightings as a table, what was wrong, the expected false, the job's state."""
    doubt = job["expected_false"]
    found = client.sightings(job["id"], doubt["min_probability"])
    display.print_sightings(console, sorted(found, key=lambda s: (s.name, s.start_s, s.product)))
    display.print_problems(console, problems_of(job))
    console.print(f"[bold]{doubt['text']}[/]", highlight=False, soft_wrap=True)
    display.print_state(console, job["state"], took_s)
