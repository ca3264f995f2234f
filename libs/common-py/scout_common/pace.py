"""How often a host is asked: requests of all processes of this machine stand in one line per host.

The line is a small file per host that holds the time of the next free turn; its lock is the kernel's.
"""

import fcntl
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from scout_common.network import Deadline


class TooLate(Exception):
    """The turn would come after the deadline."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """At most `per_second` requests a second to one host; `folder` holds the lines."""

    folder: Path
    per_second: float

    def wait(self, host: str, deadline: Deadline) -> None:
        """Return when it is our turn to ask `host`. Raises TooLate."""
        delay = self._take_turn(host) - time.time()
        if delay >= deadline.left_s:
            raise TooLate(f"{host} is asked {self.per_second:g} times a second at most; its turn did not come in time")
        if delay > 0:
            time.sleep(delay)

    def _take_turn(self, host: str) -> float:
        """The moment (UNIX time) of our request; the next one's is after it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(host.lower().encode("utf-8", "replace")).hexdigest()[:32]
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            now = time.time()
            turn = max(now, _moment(os.pread(descriptor, 32, 0), now))
            os.pwrite(descriptor, f"{turn + 1 / self.per_second:032.6f}".encode(), 0)
        finally:
            os.close(descriptor)
        return turn


def _moment(said: bytes, now: float) -> float:
    """The free turn that the file tells; now where it tells none, or one of a clock that was set back."""
    try:
        moment = float(said)
    except ValueError:
        return now
    return moment if moment < now + 600 else now
