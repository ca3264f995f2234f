"""`scout job ...`: jobs of a running Scout, over HTTP."""

import json
import threading
from typing import Annotated

import typer

from scout_app import cli_match

app = typer.Typer(help="Jobs of a running Scout (`scout up`), over HTTP.", no_args_is_help=True)

Url = Annotated[str | None, typer.Option("--url", help="Where Scout answers (SCOUT_URL, else this machine).")]
Job = Annotated[str, typer.Argument(help="Id of the job, or a beginning that is unique.", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="How many.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Follow it until it has ended.")]
Key = Annotated[str | None, typer.Option("--idempotency-key", help="The same key starts the same job once.")]
Nearest = Annotated[
    int | None,
    typer.Option(
        "--nearest", min=1, max=1000, help="Match only the keyframes nearest to each product (learned vectors)."
    ),
]
Least = Annotated[float | None, typer.Option("--min-probability", "-p", min=0, max=1, help="Claims from here on.")]
Model = Annotated[str | None, typer.Option(help="Another than the job's.")]
AsJson = Annotated[bool, typer.Option("--json", help="As the API says it.")]


@app.command()
@cli_match.asks_for_a_job
def start(
    *,
    request: dict[str, object],
    key: Key = None,
    watch: Watch = False,
    url: Url = None,
) -> None:
    """Start a job and say its id."""
    from scout_app.client import Client

    client = Client(url)
    job_id = str(client.start(request, key)["job_id"])
    typer.echo(job_id)
    if watch:
        _watch(client, job_id)


@app.command()
def rematch(
    job: Job,
    *,
    catalogue: cli_match.Catalogue,
    nearest: Nearest = None,
    title: cli_match.Title = None,
    min_probability: Least = None,
    embedder: Model = None,
    extractor: Model = None,
    key: Key = None,
    watch: Watch = False,
    url: Url = None,
) -> None:
    """Search the stored keyframes of a job for another catalogue: no video is opened. Says the new job's id."""
    from scout_app.client import Client

    client = Client(url)
    wanted = {"nearest": nearest, "min_probability": min_probability, "embedder": embedder, "extractor": extractor}
    request: dict[str, object] = {
        "catalogue": cli_match.absolute(catalogue),
        "frames_of": client.complete(job),
        "options": {name: value for name, value in wanted.items() if value is not None},
    }
    job_id = str(client.start(request | ({"title": title} if title else {}), key)["job_id"])
    typer.echo(job_id)
    if watch:
        _watch(client, job_id)


@app.command("list")
def list_jobs(*, limit: Limit = 20, json_: AsJson = False, url: Url = None) -> None:
    """Jobs, newest first."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from scout_app.client import Client
    from scout_app.display import STATE_COLOURS

    jobs = Client(url).jobs(limit)
    if json_:
        typer.echo(json.dumps(jobs, indent=1))
        return
    if not jobs:
        typer.echo("No jobs yet: `scout job start --catalogue FILE MEDIA...`")
        return
    table = Table("Id", "Title", "State", "Media", "Sightings", "Started", box=None, pad_edge=False)
    for job in jobs:
        state = f"[{STATE_COLOURS.get(job['state'], 'cyan')}]{job['state']}[/]"
        since = str(job["created_at"])[:19].replace("T", " ")
        table.add_row(job["id"], escape(job["title"]), state, str(job["media"]), str(job["sightings"]), since)
    Console().print(table)


@app.command()
def show(job: Job, *, json_: AsJson = False, url: Url = None) -> None:
    """One job: progress per stage, what went wrong, what it found."""
    from rich.console import Console
    from rich.markup import escape

    from scout_app import display
    from scout_app.client import Client, stages_of
    from scout_app.follow import print_result

    client = Client(url)
    found = client.job(client.complete(job))
    if json_:
        typer.echo(json.dumps(found, indent=1))
        return
    console = Console()
    console.print(f"[bold]{escape(found['title'])}[/]  {found['id']}", highlight=False)
    display.print_stages(console, stages_of(found))
    print_result(client, found, console)


@app.command()
def watch(job: Job, *, url: Url = None) -> None:
    """Follow a job until it has ended, then show what it found. Ctrl-C stops watching, not the job."""
    from scout_app.client import Client

    client = Client(url)
    _watch(client, client.complete(job))


@app.command()
def cancel(job: Job, *, url: Url = None) -> None:
    """Cancel what is left of a job; what it has found stays."""
    from scout_app.client import Client

    client = Client(url)
    typer.echo(client.cancel(client.complete(job))["state"])


@app.command()
def retry(job: Job, *, url: Url = None) -> None:
    """Try a finished job's failed units again, and what hangs on them."""
    from scout_app.client import Client

    client = Client(url)
    typer.echo(f"{client.retry(client.complete(job))['units']} units queued again")


def _watch(client: object, job_id: str) -> None:
    from rich.console import Console

    from scout_app.client import Client
    from scout_app.follow import follow, print_result
    from scout_app.oneshot import EXIT_CODES

    assert isinstance(client, Client)
    console = Console()
    ended = follow(client, job_id, console, threading.Event())
    if ended is not None:
        print_result(client, ended, console)
        raise typer.Exit(EXIT_CODES[ended["state"]])
