"""`scout purge`: remove what its rules make due, and what nobody needs any more."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")]
Rules = Annotated[
    str | None, typer.Option("--rules", metavar="RULES", help="Instead of SCOUT_RETENTION: ocr=30,match=365.")
]
Job = Annotated[UUID | None, typer.Option("--job", help="This ended job too, whatever its age.")]
Now = Annotated[bool, typer.Option("--now", help="Files too that a job needed within the last hour, while jobs run.")]
Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]


def purge(*, dry_run: Dry = False, rules: Rules = None, job: Job = None, now: Now = False, data: Data = None) -> None:
    """Remove jobs, results and files that are older than SCOUT_RETENTION says, and files that no job needs any more."""
    from scout_app.opened import open_database
    from services.retention.purge import purge as run
    from services.retention.rules import read_rules

    with open_database(data, "scout purge") as opened:
        kept = read_rules(opened.settings.retention if rules is None else rules)
        removed = run(opened, kept, job=job, now=now, dry_run=dry_run)
    gone = [f"{count} {what}" for what, count in sorted(removed.counts.items()) if count]
    verb = "Would remove" if dry_run else "Removed"
    typer.echo(f"{verb}: {', '.join(gone) or 'nothing'}; {removed.bytes / 1e6:.1f} MB of files.")
    if removed.waiting:
        typer.echo("Jobs run: files that one needed within the last hour wait for the next purge (--now: they do not).")
