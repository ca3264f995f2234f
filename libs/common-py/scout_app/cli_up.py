"""`scout up`: everything on this machine."""

from pathlib import Path
from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option("--host", help="Address to listen on (SCOUT_HOST, else 127.0.0.1).")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port of the API (SCOUT_PORT, else 8000).")]
Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes (default: one per core).")]
Sample = Annotated[bool, typer.Option("--sample", help="Render the sample hall where it is missing and run its job.")]
Prefect = Annotated[bool, typer.Option("--prefect/--no-prefect", help="A local Prefect server with its pages.")]
PrefectPort = Annotated[
    int | None,
    typer.Option("--prefect-port", min=0, max=65535, help="Its port (SCOUT_PREFECT_PORT, else 4200); or a free one."),
]


def up(
    *,
    host: Host = None,
    port: Port = None,
    data: Data = None,
    workers: Workers = None,
    sample: Sample = False,
    prefect: Prefect = True,
    prefect_port: PrefectPort = None,
) -> None:
    """Start database, services, API and Prefect here, and serve until Ctrl-C."""
    from scout_app import bootstrap, supervisor

    settings = bootstrap.read_settings(host=host, port=port, data_dir=data, workers=workers, prefect_port=prefect_port)
    raise typer.Exit(supervisor.run(settings, sample=sample, prefect=prefect))
