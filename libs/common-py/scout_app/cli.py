"""The command `scout`. Everything heavy is imported by the command that needs it: `scout --help` answers at once."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from scout_app import (
    cli_admin,
    cli_exhibitors,
    cli_job,
    cli_keys,
    cli_match,
    cli_models,
    cli_ocr,
    cli_purge,
    cli_run,
    cli_smoke,
    cli_up,
    cli_watch,
)
from scout_app.default_group import PlainGroup

app = typer.Typer(
    name="scout",
    cls=PlainGroup,
    help="Which of my catalogue's products appear in this video, when, and how do you know?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("match")(cli_match.match)
app.command("up")(cli_up.up)
app.command("run")(cli_run.run)
app.command("smoke")(cli_smoke.smoke)
app.command("watch")(cli_watch.watch)
app.command("upload")(cli_watch.upload)
app.add_typer(cli_job.app, name="job")
app.add_typer(cli_models.app, name="models")
app.add_typer(cli_ocr.app, name="ocr")
app.add_typer(cli_exhibitors.app, name="exhibitors")
app.add_typer(cli_keys.app, name="keys")
app.command("doctor")(cli_admin.doctor)
app.command("purge")(cli_purge.purge)
app.add_typer(cli_admin.database, name="db")
app.add_typer(cli_admin.evidence, name="evidence")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scout {version('tradeshow-scout')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which one this is.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]


@app.callback()
def options(
    *,
    version: Version = False,
    debug: Debug = False,
) -> None:
    """Find catalogue products in trade-show video and photos, with proof."""


def main() -> None:
    """Run the command line; an error of ours is two lines: what happened, and what to do."""
    debug = "--debug" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--debug"]  # before or after the command
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from scout_app.complaints import complain

        if debug or not complain(error):
            raise
        sys.exit(1)
