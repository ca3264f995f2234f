"""`scout exhibitors import`: who exhibits where at a show."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from scout_app import cli_job

app = typer.Typer(help="Exhibitor lists of shows: they give booths their companies.", no_args_is_help=True)

File = Annotated[
    Path,
    typer.Argument(help="CSV: company, booth, hall, country, url.", exists=True, dir_okay=False, show_default=False),
]
Show = Annotated[str, typer.Option("--show", help="Name of the trade show, as its jobs have it.", show_default=False)]
Data = Annotated[
    Path | None, typer.Option("--data", "--data-dir", help="Into this data folder, instead of a running Scout.")
]


@app.callback()
def exhibitors() -> None:
    """Exhibitor lists of shows."""


@app.command("import")
def import_list(file: File, *, show: Show, data: Data = None, url: cli_job.Url = None) -> None:
    """Give a show its exhibitor list, in place of the one before. Bad lines are named and left out.

    A show that no job names yet is told: its list waits for the first.
    Sightings of the show's finished jobs get their booths anew. Ends 3 when lines were left out.
    """
    from scout_app import exhibitor_list

    done = exhibitor_list.bring(file, show, data_dir=data, url=url)
    for row in done["bad"]:
        typer.echo(f"{file}, line {row['line']}: {row['message']}", err=True)
    again = f"; booths of {done['jobs']} finished jobs are found again" if done["jobs"] else ""
    typer.echo(f"{done['exhibitors']} exhibitors at {done['booths']} booths of {done['show']}{again}")
    if not done["known"]:
        typer.echo(
            f"note: no job of this show yet; jobs get the list with --show {shlex.quote(done['show'])}", err=True
        )
    if done["bad"]:
        raise typer.Exit(3)
