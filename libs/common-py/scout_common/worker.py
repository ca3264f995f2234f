"""A worker process: `python -m scout_common.worker FD`. Speaks JSON lines with its parent over a socket.

parent -> worker: {"begin": {"bootstrap", "settings"}}, {"unit": {...}}, {"stop": true} (after the present batch)
worker -> parent: {"ready": true}, {"claimed": {"fence", "scope"}}, {"ended": as run_unit returns}
When the parent goes, the socket closes and the worker ends at once; its unit is found by its lease.
"""

import importlib
import json
import logging
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from scout_contracts.codec import UnitRef

from scout_common import logs
from scout_common.db import UNREACHABLE, reason
from scout_common.settings import Settings
from scout_common.unit_run import run_unit
from scout_common.work import Resources, Service

log = logging.getLogger(__name__)
Bootstrap = Callable[[Settings], tuple[Resources, Sequence[Service]]]


class Line:
    """The parent's end of the wire: a thread reads, so that `stop` and the parent's death are heard during work."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self.stop = threading.Event()
        self.orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, **words: Any) -> None:
        """Tell the parent."""
        try:
            self._wire.sendall(json.dumps(words).encode() + b"\n")
        except OSError:
            os._exit(1)

    def _listen(self) -> None:
        try:
            with self._wire.makefile("rb") as lines:
                for line in lines:
                    order = json.loads(line)
                    if "stop" in order:
                        self.stop.set()
                    else:
                        self.orders.put(order)
        finally:  # the parent is gone, perhaps by kill -9 with words of ours unread (then reading fails)
            os._exit(0)  # nothing here is worth finishing that its lease does not cover


def main(descriptor: int) -> None:
    """Serve units until the parent closes the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent drains us
    line = Line(socket.socket(fileno=descriptor))
    begin = line.orders.get()["begin"]
    settings = Settings.model_validate(begin["settings"])
    logs.configure(settings.log_level)
    module, _, name = begin["bootstrap"].partition(":")
    bootstrap: Bootstrap = getattr(importlib.import_module(module), name)
    resources, services = bootstrap(settings)
    by_stage = {stage: service for service in services for stage in service.stages}
    line.say(ready=True)
    while True:
        ref = UnitRef(**line.orders.get()["unit"])
        line.stop.clear()
        line.say(ended=_run(resources, by_stage[ref.stage], ref, line))


def _run(resources: Resources, service: Service, ref: UnitRef, line: Line) -> str:
    """Run a unit; while the database is away, wait for it."""
    pause = 0.5
    while True:
        try:
            return run_unit(
                resources,
                service,
                ref,
                claimed=lambda unit: line.say(claimed={"fence": unit.fence, "scope": unit.scope}),
                stopped=line.stop.is_set,
            )
        except UNREACHABLE as error:
            log.warning("the database is away: %s", reason(error))
            if line.stop.wait(pause):
                return "lost"
            pause = min(pause * 2, 10.0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
