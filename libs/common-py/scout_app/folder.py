"""Who has a data folder: one `scout up` or one `scout match` at a time.

The lock is the kernel's (`flock`), so it cannot outlive its process, however that ends; the file's text only tells
the next one who it is.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scout_common.errors import DataFolderBusy, ScoutError


@contextlib.contextmanager
def hold(data_dir: Path, *, command: str, url: str = "") -> Iterator[None]:
    """Hold the data folder (made when missing) until the block ends.

    Raises DataFolderBusy with the holder's command, process, start and address; ScoutError where it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "scout.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ScoutError(
            f"cannot be used: {error.strerror}",
            subject=f"data folder {data_dir}",
            hint="name another one with --data or SCOUT_DATA_DIR",
        ) from error
    try:
        _lock(descriptor, data_dir)
        _write(descriptor, command, url)
        yield
        os.truncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder(data_dir: Path) -> dict[str, object] | None:
    """Who has the folder now (command, pid, since, url), or None."""
    path = data_dir / "scout.lock"
    if not path.exists():
        return None
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(path)
    return None


def _lock(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = _read(data_dir / "scout.lock")
        at = f" at {who['url']}" if who.get("url") else ""
        raise DataFolderBusy(
            f"in use by `{who.get('command', 'scout')}`"
            f" (process {who.get('pid', 'unknown')}, since {who.get('since', 'a moment ago')}){at}",
            subject=f"data folder {data_dir.resolve()}",
            hint="end that one first, or work in another folder with --data or SCOUT_DATA_DIR",
        ) from None


def _write(descriptor: int, command: str, url: str) -> None:
    since = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    text = json.dumps({"command": command, "pid": os.getpid(), "since": since, "url": url})
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
