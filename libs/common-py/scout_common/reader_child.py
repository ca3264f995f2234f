"""A process that reads: `python -m scout_common.reader_child FD`. Its engines stay warm from file to file.

parent -> child: {"begin": setup, "work": "module:function" that makes a Work of it}; then {"read": options} or
    {"render": reading} with the file's bytes
child -> parent: {"ready": version, "languages": {}}; then {"done": seconds} with bytes, or
    {"failed": [class, message, hint]}
When the parent goes, the socket closes and the child ends at once.
"""

import importlib
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from typing import Any, Protocol

from scout_ocr import errors
from scout_ocr.errors import ReadingError

from scout_common import wire

log = logging.getLogger(__name__)
Order = tuple[dict[str, Any], bytes]


class Work(Protocol):
    """What such a process does."""

    @property
    def version(self) -> str:
        """Changes whenever the same file may be read differently."""

    @property
    def languages(self) -> dict[str, list[str]]:
        """ISO 639-1 codes of each engine that is there."""

    def do(self, head: dict[str, Any], data: bytes) -> bytes:
        """Read a file, or render what was read of it. Raises ReadingError."""


def main(descriptor: int) -> None:
    """Read files until the parent closes the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    line = socket.socket(fileno=descriptor)
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(line, orders), daemon=True).start()
    head, _ = orders.get()
    module, _, name = head["work"].partition(":")
    try:
        work: Work = getattr(importlib.import_module(module), name)(head["begin"])
    except Exception as error:
        log.exception("the reader cannot be made")
        told = f"the reader cannot be made: {type(error).__name__}: {error}"[:1000]
        wire.send(line, {"failed": ["EngineUnavailable", told, getattr(error, "hint", "")]})
        return
    wire.send(line, {"ready": work.version, "languages": work.languages})
    while True:
        head, data = orders.get()
        began = time.perf_counter()
        try:
            answer = work.do(head, data)
        except Exception as error:
            if not isinstance(error, ReadingError):
                log.exception("reading broke off")
            wire.send(line, {"failed": _told(error)})
        else:
            wire.send(line, {"done": time.perf_counter() - began}, answer)


def _listen(line: socket.socket, orders: "queue.SimpleQueue[Order]") -> None:
    try:
        while True:
            orders.put(wire.receive(line))
    except (EOFError, OSError):
        os._exit(0)


def _told(error: Exception) -> list[str]:
    """Class, message and hint. What is no reading error is a fault of ours over this file, or of the machine."""
    if isinstance(error, ReadingError) and hasattr(errors, type(error).__name__):
        return [type(error).__name__, str(error), error.hint]
    kind = "EngineFailed" if isinstance(error, MemoryError | OSError) else "BadDocument"
    return [kind, f"reading it broke off: {type(error).__name__}: {error}"[:1000], "the log of the reader says where"]


if __name__ == "__main__":
    main(int(sys.argv[1]))
