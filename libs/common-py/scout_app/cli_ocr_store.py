"""`scout ocr backfill`: read what lies in a store already."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scout_app.cli_ocr_read import Engine, Kind, KindName, Languages, Least, Locale, Quality, QualityName, Workers

Where = Annotated[
    str,
    typer.Argument(
        help="Folder, s3://bucket/prefix, address of a content API, or `stored`: files of jobs nobody read.",
        show_default=False,
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Media types (image/*, application/pdf) or endings (.pdf)."),
]
Since = Annotated[datetime | None, typer.Option("--since", help="Changed from then on (UTC).")]
Until = Annotated[datetime | None, typer.Option("--until", help="Changed before then (UTC).")]
Owner = Annotated[str, typer.Option("--owner", help="Of this owner only.")]
Tenant = Annotated[str, typer.Option("--tenant", help="Of this tenant (folder, S3: the first folder below SOURCE).")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would be read, and read nothing.")]
Rate = Annotated[float, typer.Option("--rate", min=0, help="At most so many files a second (0: as fast as it goes).")]
Formats = Annotated[
    str, typer.Option("--beside", metavar="FORMATS", help="Store results beside the sources too: json,md,txt.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Store copies of all files, not only of those to be looked at.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="When going on: read again what failed.")]
Restart = Annotated[bool, typer.Option("--restart", help="Forget how far an earlier run of this command was.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write the report as JSON.")]
Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]


def backfill(
    source: Where,
    *,
    types: Types = None,
    since: Since = None,
    until: Until = None,
    owner: Owner = "",
    tenant: Tenant = "",
    dry_run: Dry = False,
    rate: Rate = 0.0,
    beside: Formats = "",
    keep: Keep = False,
    kind: Kind = KindName.auto,
    engine: Engine = "",
    languages: Languages = "",
    quality: Quality = QualityName.balanced,
    min_confidence: Least = 0.0,
    locale: Locale = "",
    workers: Workers = None,
    retry_failed: Retry = False,
    restart: Restart = False,
    report: Report = None,
    data: Data = None,
) -> None:
    """Read every file of a store; a run that was ended or killed goes on when the same command is given again.

    Ends 0 when everything was read, 3 when some files could not be, 130 when interrupted."""
    from scout_app import backfilling, reading_files
    from services.backfill.items import Wanted

    wanted = Wanted(
        types=tuple(sorted(one.lower() for one in types or ())),
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
        owner=owner,
        tenant=tenant,
    )
    options = reading_files.options(
        kind=kind.value,
        engine=engine,
        languages=languages,
        quality=quality.value,
        minimum_confidence=min_confidence,
        pages="",
        locale=locale,
    )
    asked = backfilling.Asked(
        source=source,
        wanted=wanted,
        options=options,
        beside=backfilling.formats(beside),
        keep=keep,
        rate=rate,
        workers=workers,
        retry=retry_failed,
        restart=restart,
        report=report,
    )
    raise typer.Exit(backfilling.dry_run(asked, data) if dry_run else backfilling.run(asked, data))
