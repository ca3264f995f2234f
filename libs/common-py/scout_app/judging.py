"""The accuracy report and the choice of the reader: from the Scout that has the data folder, else from the database."""

import getpass
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from scout_common import readers
from scout_common.reader_process import START_S, ReaderPool
from scout_common.reader_setup import reader_setup
from scout_common.readers import Choice
from scout_common.settings import Settings

from scout_app import bootstrap, folder
from scout_app.opened import open_database
from services.review.accuracy import Asked
from services.review.accuracy import accuracy as report


def accuracy(wanted: Mapping[str, Any], data_dir: Path | None, url: str | None) -> dict[str, Any]:
    """`rows` and `comparisons` (GET /api/v1/review/accuracy)."""
    address = _address(data_dir, url)
    if address:
        asked = {name: str(value) for name, value in wanted.items() if value}
        return _answer(httpx.get(f"{address}/api/v1/review/accuracy", params=asked, timeout=60))
    with open_database(data_dir, "scout ocr accuracy") as resources, resources.engine.connect() as connection:
        return report(connection, Asked(**wanted))


def champion(wanted: Choice | None, data_dir: Path | None, url: str | None, *, force: bool = False) -> dict[str, Any]:
    """The choice that holds, after another was made where one is wanted. force: also of engines that are not here.

    Raises BadRequest."""
    address = _address(data_dir, url)
    by = getpass.getuser()
    if address:
        place = f"{address}/api/v1/review/reader"
        if wanted is None:
            return _answer(httpx.get(place, timeout=30))
        return _answer(httpx.put(place, json={**vars(wanted), "by": by, "force": force}, timeout=START_S))
    with open_database(data_dir, "scout ocr champion") as resources, resources.engine.begin() as connection:
        if wanted is None:
            choice = readers.chosen(connection, resources.settings)
        else:
            here = None if force or not wanted.engines else _engines(resources.settings)
            choice = readers.choose(connection, wanted, by=by, here=here)
        return {**vars(choice), "champion": choice.champion_name, "history": readers.history(connection)}


def _engines(settings: Settings) -> Collection[str]:
    """Those of this machine."""
    with closing(ReaderPool(reader_setup(settings), 1)) as pool:
        return pool.about().languages


def _address(data_dir: Path | None, url: str | None) -> str:
    """Where a Scout answers that works on this data; "": none does."""
    if url:
        return url.rstrip("/")
    settings = bootstrap.read_settings(data_dir=data_dir)
    held = None if settings.database_url else folder.holder(settings.data_dir)
    return str(held.get("url") or "").rstrip("/") if held else ""


def _answer(response: httpx.Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.raise_for_status().json()
    return answer
