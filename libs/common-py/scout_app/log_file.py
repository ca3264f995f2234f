"""Where everything writes that does not speak to the user: our logs, worker processes, libraries in C."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from scout_common import logs
from scout_common.errors import ScoutError
from scout_common.settings import Settings
from scout_common.worker_pool import WorkerDied

LARGEST = 20_000_000


@contextlib.contextmanager
def stderr_to_log(settings: Settings) -> Iterator[Path]:
    """Let standard error of this process and its children go to logs/scout.log of the data folder.

    Worker processes inherit it, and libraries in C write on it: the terminal stays the user's.
    """
    path = settings.data_dir / "logs" / "scout.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_suffix(".old.log"))
    sys.stderr.flush()
    terminal = os.dup(2)
    with path.open("ab") as log:
        os.dup2(log.fileno(), 2)
    logs.configure(settings.log_level)
    try:
        yield path
    except WorkerDied as error:  # its own last words are in the log
        raise ScoutError(error.message, hint=f"why stands in {path}") from error
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)
