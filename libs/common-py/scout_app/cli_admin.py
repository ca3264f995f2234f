"""`scout doctor`, `scout db ...`, `scout evidence ...`."""

from pathlib import Path
from typing import Annotated

import typer

database = typer.Typer(help="The database's tables.", no_args_is_help=True)
evidence = typer.Typer(help="The proof of a sighting.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]
Url = Annotated[str | None, typer.Option("--url", help="Where Scout answers (SCOUT_URL, else this machine).")]
Proof = Annotated[
    str, typer.Argument(help="Proof file (JSON), or id of a sighting of a running Scout.", show_default=False)
]

SIGNS = {"ok": "[green]ok[/]", "note": "[cyan]note[/]", "problem": "[red]problem[/]"}


def doctor(*, data: Data = None) -> None:
    """What is installed, reachable or missing, and what to do about each. Ends 1 where something stops Scout."""
    from rich.console import Console
    from rich.markup import escape

    from scout_app import bootstrap
    from scout_app.doctor import examine

    console = Console(soft_wrap=True, highlight=False)
    problems = 0
    for finding in examine(bootstrap.read_settings(data_dir=data)):
        problems += finding.level == "problem"
        console.print(f"{SIGNS[finding.level]}{'':<{9 - len(finding.level)}}{finding.what:<14}{escape(finding.said)}")
        if finding.hint:
            console.print(f"{'':<9}{'':<14}[dim]{escape(finding.hint)}[/]")
    console.print("Everything is in place." if not problems else f"[red]{problems} to put right.[/]")
    raise typer.Exit(1 if problems else 0)


@database.command()
def migrate(*, data: Data = None) -> None:
    """Bring the tables to the newest version: of SCOUT_DATABASE_URL, or of the data folder's own database."""
    from scout_app import bootstrap, folder

    settings = bootstrap.read_settings(data_dir=data)
    with folder.hold(settings.data_dir, command="scout db migrate"), bootstrap.database(settings):
        typer.echo("The tables are up to date.")


@evidence.command()
def verify(proof: Proof, *, data: Data = None, url: Url = None) -> None:
    """Recompute a proof from the stored pictures, compare its words with the stored sighting, and say whether it holds.

    Ends 1 where it does not."""
    from scout_app.verify import verify_proof

    verified = verify_proof(proof, data_dir=data, url=url)
    verdict = verified.verdict
    found = f"{verdict.confirmed} of {verdict.stated} stated points were found again"
    if not verified.reasons:
        typer.echo(f"The proof holds: {found}, {verdict.reprojection_px:.2f} pixels off in the median.")
        typer.echo(verified.compared.line)
        typer.echo(
            "Points, geometry and pictures are recomputed. Which product a picture shows is the catalogue's word,"
        )
        typer.echo("the probability an estimate, and the frame's second the video's: these are compared, not proved.")
        return
    typer.echo(f"The proof does not hold ({found}):")
    for reason in verified.reasons:
        typer.echo(f"  {reason}")
    raise typer.Exit(1)
