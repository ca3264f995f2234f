"""An exhibitor list on its way: to a running Scout, or into a data folder that no Scout uses."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from scout_common.db import make_engine
from scout_common.encoding import decode, is_damaged
from scout_common.errors import BadRequest
from scout_common.exhibitors import Imported, import_exhibitors, read_rows
from sqlalchemy import Engine

from scout_app import bootstrap, folder
from scout_app.client import Client


def bring(file: Path, show: str, *, data_dir: Path | None, url: str | None) -> dict[str, Any]:
    """Import the list; says what the API says of it. Raises BadRequest, ScoutError."""
    text = read_list(file)
    if data_dir is None:
        return Client(url).import_exhibitors(show, text)
    settings = bootstrap.read_settings(data_dir=data_dir)
    with folder.hold(settings.data_dir, command="scout exhibitors"), bootstrap.database(settings) as opened:
        engine = make_engine(opened.database_url, pool_size=1)
        try:
            return asdict(into(engine, show, text))
        finally:
            engine.dispose()


def read_list(file: Path) -> str:
    """The text of a list in any encoding that catalogues may have. Raises BadRequest."""
    try:
        read = decode(file.read_bytes())
    except OSError as error:
        raise BadRequest(f"cannot be read: {error.strerror}", subject=str(file)) from None
    if is_damaged(read.text):
        line = next(number for number, text in enumerate(read.text.splitlines(), 1) if is_damaged(text))
        raise BadRequest(f"line {line} is not {read.encoding.upper()} text", subject=str(file), hint="Save it as UTF-8")
    return read.text


def into(engine: Engine, show: str, text: str, tenant: str = "default") -> Imported:
    """Import a list into an open database. Raises BadRequest."""
    rows, bad = read_rows(text)
    with engine.begin() as connection:
        return import_exhibitors(connection, tenant, show, rows, bad)
