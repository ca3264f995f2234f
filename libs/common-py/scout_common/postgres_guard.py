"""Somebody who waits at the embedded server's side: where it dies alone it is started again, on the same port.

A server that was killed (out of memory, say) recovers in about half a second with all that was committed; everybody's
connections are made anew by their pools. One that dies again and again, or does not start, is given up.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Callable

from scout_common.errors import EmbeddedDatabaseError

log = logging.getLogger(__name__)

MOST_DEATHS, WITHIN_S = 5, 60.0


class Guard:
    """Watches a server in a thread of its own until `stop`."""

    def __init__(
        self,
        server: "subprocess.Popen[bytes]",
        *,
        again: Callable[[], "subprocess.Popen[bytes]"],
        lost: Callable[[], None],
    ) -> None:
        """again: starts another one in its place, or raises EmbeddedDatabaseError; lost: told once it is given up."""
        self.failure: EmbeddedDatabaseError | None = None
        self._again = again
        self._lost = lost
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(server,), name="postgres-guard", daemon=True)
        self._thread.start()

    @property
    def stopping(self) -> bool:
        """Whether nobody is to start it any more."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """What dies from now on is meant to."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the thread, once the server has been ended."""
        self._thread.join()

    def _watch(self, server: "subprocess.Popen[bytes]") -> None:
        deaths: list[float] = []
        try:
            while True:
                status = server.wait()
                if self.stopping:
                    return
                deaths = [at for at in deaths if at > time.monotonic() - WITHIN_S] + [time.monotonic()]
                if len(deaths) > MOST_DEATHS:
                    raise EmbeddedDatabaseError(f"the database server ended by itself {len(deaths)} times in a minute")
                log.warning("the database server ended by itself (status %d): starting it again", status)
                server = self._again()
                log.warning("the database server is back")
        except EmbeddedDatabaseError as error:
            if not self.stopping:
                self.failure = error
                log.error("the database server is lost: %s", error)
                self._lost()
