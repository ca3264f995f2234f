"""What code that talks to video sites may do: no other program, no connection to a private network.

A second wall behind the checked connections: Python's audit events (PEP 578) tell of every program started and every
socket connected, whichever library does it. It stands around one thread for as long as it is asked to.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from scout_common.network import is_public

_PROGRAMS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile"}
)
_walls = threading.local()


class Confined(PermissionError):
    """Something was tried that is not allowed here."""


@contextmanager
def confinement(*, allow_private: bool) -> Iterator[None]:
    """Refuse programs and, unless allowed, private addresses to this thread; those who try get Confined."""
    _install()
    before = getattr(_walls, "allow_private", None)
    _walls.allow_private = allow_private
    try:
        yield
    finally:
        _walls.allow_private = before


@cache
def _install() -> None:
    sys.addaudithook(_watch)  # can never be removed, so once


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" and event not in _PROGRAMS:
        return
    allow_private = getattr(_walls, "allow_private", None)
    if allow_private is None:
        return
    if event != "socket.connect":
        raise Confined("no other program may be started here")
    address = arguments[1]
    host = address[0] if isinstance(address, tuple) and address else ""
    if not allow_private and not is_public(str(host)):
        raise Confined("no connection to a private network may be made here")
