"""uvicorn inside our own event loop, and the signals that end it."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from scout_common.errors import ScoutError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: whoever runs it stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: object, *, stop_s: float) -> Server:
    """A server of an ASGI app. stop_s: how long open requests may go on (event streams would hold it for ever)."""
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=int(stop_s),
    )
    return Server(config)


@contextlib.contextmanager
def listening(host: str, port: int, *, setting: str = "SCOUT_PORT") -> Iterator[socket.socket]:
    """A socket bound to an address before anything else is started. Raises ScoutError where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named asyncio turns Nagle's algorithm off; else each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ScoutError(
            f"port {port} of {host} cannot be used: {error.strerror}",
            hint=f"end what uses it, or choose another: {setting}={port + 1 if port else 8001}",
        ) from error
    with listener:
        yield listener


async def signalled() -> None:
    """Until SIGINT or SIGTERM, which mean the same."""
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def end_at_once() -> None:
    """From now on a signal ends the process, whatever it is still waiting for."""
    for number in SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
