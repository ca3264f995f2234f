"""The database and the blobs for a command that works on them beside no other: held, migrated, open."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scout_common.db import make_engine
from scout_common.postgres import running_url
from scout_common.settings import Settings
from scout_common.work import Resources

from scout_app import bootstrap, folder


@contextmanager
def open_database(data_dir: Path | None, command: str) -> Iterator[Resources]:
    """What a worker has open. A database of SCOUT_DATABASE_URL is shared, and so is the data folder's own while
    `scout up` has it; else the folder is held alone.

    Raises DataFolderBusy, BadRequest (settings), DatabaseUnavailable."""
    settings = bootstrap.read_settings(data_dir=data_dir)
    if not settings.database_url and (url := _served(settings.data_dir)):
        settings = settings.model_copy(update={"database_url": url})
    if settings.database_url:
        with bootstrap.database(settings) as found:
            yield from _resources(found)
        return
    with folder.hold(settings.data_dir, command=command), bootstrap.database(settings) as found:
        yield from _resources(found)


def _served(data_dir: Path) -> str | None:
    """The database of the `scout up` that has this data folder; a one-shot command does not share its own."""
    held = folder.holder(data_dir)
    return running_url(data_dir) if held and held.get("url") else None


def _resources(settings: Settings) -> Iterator[Resources]:
    engine = make_engine(settings.database_url, pool_size=settings.db_pool_size, name="scout-command")
    try:
        yield bootstrap.open_resources(settings, engine)
    finally:
        engine.dispose()
