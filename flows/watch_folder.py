"""A watched folder as a Prefect flow, for schedules: each run looks once and starts jobs for media that are new.

`scout up` serves it as the deployment `watch-folder/scout`; docs/sources.md tells how to schedule it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from scout_common.db import make_engine
from scout_common.settings import Settings
from sqlalchemy import Engine

from flows.watching import FolderWatch, Journal
from services.orchestrator import store as orchestrator
from services.orchestrator.request import parse


@flow(name="watch-folder", persist_result=False)
def watch_folder(folder: str, request: dict[str, Any], settle_s: float = 10.0) -> list[str]:
    """Start jobs for new media in `folder`; `request` is that of POST /start-job without media. Returns job ids."""
    settings = Settings()  # a flow run is a process of its own: the supervisor hands it its settings
    engine = make_engine(settings.database_url, pool_size=1, name="scout-watch")
    try:
        found = look(engine, settings.data_dir / "watch", Path(folder), request, settle_s)
    finally:
        engine.dispose()
    get_run_logger().info("%d new jobs: %s", len(found), ", ".join(found) or "nothing is new")
    return found


def look(engine: Engine, journals: Path, folder: Path, request: Mapping[str, Any], settle_s: float) -> list[str]:
    """The flow's work as a plain function: look once, start jobs on this database. The keeper takes them from there."""

    def start(job: Mapping[str, Any], key: str) -> str:
        return orchestrator.start_job(engine, parse(job), idempotency_key=key)[0]

    with Journal.open(journals, folder.absolute(), request) as journal:
        watch = FolderWatch(folder=folder.absolute(), request=request, journal=journal, start=start, settle_s=settle_s)
        return [started.job_id for started in watch.look_once()]
