"""`scout ocr accuracy|champion|export-training`: how right readers are, which one answers, what they can learn from."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

WIDE = 120  # columns of the report's longest lines
Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]
Url = Annotated[str | None, typer.Option("--url", help="Ask the Scout at this address (default: who has the data).")]
AsJson = Annotated[bool, typer.Option("--json", help="As the API says it.")]
Since = Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="Read from this day on.")]
Until = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Read before this day.")]
FieldName = Annotated[str | None, typer.Option("--field", help="Of this field only.")]
ReaderName = Annotated[str | None, typer.Option("--reader", help="Of this reader only: routing, rapidocr ...")]
Name = Annotated[str | None, typer.Argument(help="routing, rapidocr, tesseract, vlm or trocr.", show_default=False)]
Shadow = Annotated[str, typer.Option("--shadow", metavar="NAME", help="Another that reads beside it.")]
Share = Annotated[float, typer.Option("--share", min=0, max=1, help="Of the files that the shadow reads.")]
Force = Annotated[bool, typer.Option("--force", help="Take an engine that this machine lacks: others read.")]
Out = Annotated[Path, typer.Argument(help="Folder, made where there is none.", show_default=False)]


def accuracy(
    *,
    since: Since = None,
    until: Until = None,
    field: FieldName = None,
    reader: ReaderName = None,
    json_: AsJson = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """How right each engine is, per field, version and week, by what people said; champion and shadow compared."""
    from scout_app import judging

    wanted = {"since": since and since.date(), "until": until and until.date(), "field": field, "reader": reader}
    found = judging.accuracy(wanted, data, url)
    if json_:
        typer.echo(json.dumps(found, indent=1, default=str))
        return
    _tables(found)


def champion(
    name: Name = None,
    *,
    shadow: Shadow = "",
    share: Share = 0.0,
    force: Force = False,
    json_: AsJson = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Say which reader answers, or let NAME answer from now on. The same command with the old name goes back."""
    from scout_common.readers import Choice

    from scout_app import judging

    wanted = Choice(champion=name, shadow=shadow, share=share) if name else None
    found = judging.champion(wanted, data, url, force=force)
    if json_:
        typer.echo(json.dumps(found, indent=1, default=str))
        return
    beside = f", {found['shadow']} reads {found['share']:.0%} in its shadow" if found["shadow"] else ""
    typer.echo(f"{found['champion']} answers{beside}")
    for before in found["history"][1:6]:
        typer.echo(
            f"  before: {before['champion'] or 'routing'}, since {str(before['at'])[:19]} by {before['chosen_by']}"
        )


def export_training(out: Out, *, data: Data = None) -> None:
    """Write what people said as a training set: OUT/labels.jsonl and the cut-outs in OUT/images."""
    from scout_app.opened import open_database
    from services.review.training import export_training as export

    with open_database(data, "scout ocr export-training") as resources:
        done = export(resources, out)
    missing = f"; {done.without_file} without a stored file" if done.without_file else ""
    typer.echo(f"{done.written} cut-outs in {out}{missing}")


def _tables(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not found["rows"]:
        console.print("Nobody has judged a value yet: /api/v1/review lists those to be looked at.")
        return
    table = Table("Week", "Field", "Engine", "Asked", box=None, pad_edge=False)
    for head in ("n", "right", "wrong", "missed", "invented", "accuracy"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in found["rows"]:
        asked = row["reader"] + (" (shadow)" if row["role"] == "shadow" else "")
        counts = (str(row[name]) for name in ("judged", "right", "wrong", "missed", "invented"))
        engine = f"{row['engine']} {row['version']}".strip()
        table.add_row(str(row["week"]), row["field"], engine, asked, *counts, f"{row['accuracy']:.3f}")
    # Names are never cut off: versions differ at their end. A narrow terminal wraps the lines itself.
    Console(width=max(console.width, WIDE)).print(table)
    for row in found["comparisons"]:
        said = (
            f"{row['champion']} {row['champion_right']}, {row['shadow']} {row['shadow_right']} of {row['judged']} right"
        )
        console.print(f"{row['field']}, the same files: {said}", highlight=False)
