"""Ending PostgreSQL servers: our own child, or one that an earlier run left behind."""

import contextlib
import logging
import os
import signal
import subprocess
import time
from pathlib import Path

from scout_common.errors import EmbeddedDatabaseError

log = logging.getLogger(__name__)

# Fast shutdown ends sessions and keeps everything committed; the harder ones cost a recovery at the next start.
_SIGNS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


def end(server: subprocess.Popen[bytes]) -> None:
    """End our own child."""
    for sign, patience in _SIGNS:
        if server.poll() is not None:
            return
        server.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(patience)


def stop_orphan(data: Path) -> None:
    """End a server that an earlier run left behind on this data folder, and forget a stale lock file."""
    lock = data / "postmaster.pid"
    pid = _postmaster(lock)
    if pid is None:
        return
    log.warning("a database server of an earlier run (pid %d) is still there: stopping it", pid)
    for sign, patience in _SIGNS:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if _postmaster(lock) != pid:
                return
            time.sleep(0.05)
    raise EmbeddedDatabaseError(f"the database server of an earlier run (pid {pid}) does not end", subject=str(data))


def _postmaster(lock: Path) -> int | None:
    """Process id of the live server of that lock file; a lock that names no live PostgreSQL is removed."""
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    if _is_postgres(pid):
        return pid
    lock.unlink(missing_ok=True)  # else PostgreSQL would refuse while any process bears that number
    return None


def _is_postgres(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    if Path("/proc/self/status").exists():
        try:
            words = status.read_text()
        except OSError:
            return False
        return "Name:\tpostgres" in words and "State:\tZ" not in words
    told = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in told.stdout
