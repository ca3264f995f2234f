"""`scout ocr ...`: read files; read what lies in a store; judge and compare what was read."""

import typer

from scout_app import cli_ocr_judge, cli_ocr_read, cli_ocr_store
from scout_app.default_group import DefaultCommand, DefaultGroup

app = typer.Typer(
    help="Read text, codes and fields: `scout ocr FILE...`, or one of the commands.",
    epilog="Options of reading: `scout ocr FILE... --help`.",
    cls=DefaultGroup,
    no_args_is_help=True,
)


@app.callback()
def options() -> None:
    """Read text, codes and fields: `scout ocr FILE...`, or one of the commands."""


app.command("read", cls=DefaultCommand, hidden=True)(cli_ocr_read.read)
app.command("backfill")(cli_ocr_store.backfill)
app.command("accuracy")(cli_ocr_judge.accuracy)
app.command("champion")(cli_ocr_judge.champion)
app.command("export-training")(cli_ocr_judge.export_training)
