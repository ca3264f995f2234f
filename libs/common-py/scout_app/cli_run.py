"""`scout run NAME`: one part of a distributed Scout."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class PartName(StrEnum):
    """What can be a process of its own."""

    catalog = "catalog"
    media_ingestion = "media_ingestion"
    embedding = "embedding"
    keypoint = "keypoint"
    vector_index = "vector_index"
    matcher = "matcher"
    reading = "reading"
    evidence_builder = "evidence_builder"
    ocr = "ocr"
    notify = "notify"
    api = "api"
    keeper = "keeper"
    flows = "flows"


Name = Annotated[PartName, typer.Argument(help="Which part.", show_default=False)]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on (SCOUT_HOST, else 127.0.0.1).")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Of the API (SCOUT_PORT, else 8000).")]
HealthPort = Annotated[
    int | None, typer.Option("--health-port", min=1, max=65535, help="Answer /health, /ready, /metrics there.")
]
Data = Annotated[Path | None, typer.Option("--data", "--data-dir", help="Data folder (SCOUT_DATA_DIR, else ./data).")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes (default: one per core).")]


def run(
    name: Name,
    *,
    host: Host = None,
    port: Port = None,
    health_port: HealthPort = None,
    data: Data = None,
    workers: Workers = None,
) -> None:
    """Run one part of Scout as a process of its own, on SCOUT_DATABASE_URL and SCOUT_BUS_URL, until SIGTERM."""
    from scout_app import bootstrap, part_process

    given = {"host": host, "port": port, "health_port": health_port, "data_dir": data, "workers": workers}
    part_process.run(name.value, bootstrap.read_settings(**given))
