"""`scout watch` and `scout upload`: media on their way to a running Scout."""

from pathlib import Path
from typing import Annotated

import typer

from scout_app import cli_job, cli_match

Folder = Annotated[Path, typer.Argument(help="Folder to watch, with those below.", file_okay=False, show_default=False)]
Every = Annotated[float, typer.Option("--every", min=0.1, help="Seconds between two looks.")]
Settle = Annotated[
    float, typer.Option("--settle", min=0, help="A file is complete when unchanged for so many seconds.")
]
Once = Annotated[bool, typer.Option("--once", help="Look once, start what is new, end: for cron.")]
NewOnly = Annotated[bool, typer.Option("--new-only", help="Pass over what lies there at the very first look.")]
Cron = Annotated[
    str | None, typer.Option("--cron", help='Let Prefect look instead, on a schedule like "0 3 * * *".', metavar="WHEN")
]
Files = Annotated[
    list[Path], typer.Argument(help="Videos and photos.", exists=True, dir_okay=False, show_default=False)
]


@cli_match.asks_for_jobs
def watch(
    *,
    folder: Folder,
    request: dict[str, object],
    every: Every = 5.0,
    settle: Settle = 10.0,
    once: Once = False,
    new_only: NewOnly = False,
    cron: Cron = None,
    data: cli_match.Data = None,
    url: cli_job.Url = None,
) -> None:
    """Start a job of a running Scout for each lot of new, complete media in a folder. Ctrl-C ends it.

    Ended and started again it goes on where it was: nothing is searched twice, nothing is left out.
    """
    from scout_app import watching

    watched = watching.Watched(folder=folder.absolute(), request=request, settle_s=settle)
    if cron:
        typer.echo(watching.schedule(watched, cron))
    elif once:
        watching.look_once(watched, url=url, data_dir=data, say=typer.echo)
    else:
        watching.keep_looking(watched, every_s=every, new_only=new_only, url=url, data_dir=data, say=typer.echo)


def upload(*, files: Files, url: cli_job.Url = None) -> None:
    """Bring files to a Scout on another machine, in parts; prints for each what a job calls it (`upload:<id>`).

    A connection that breaks is taken up again. Run again after a longer break, it sends what is missing.
    """
    from scout_app.uploading import upload_file

    for file in files:
        typer.echo(upload_file(file, url))
