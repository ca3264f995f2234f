"""Real HTTP servers for tests, on a free port of this machine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    """Serve with the handler until the block ends; the port of 127.0.0.1 it serves at."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True  # a client that hangs keeps no test from ending
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


@contextmanager
def serving_folder(folder: Path) -> Iterator[str]:
    """Serve the files of a folder; its address."""
    with serving(partial(_Quiet, directory=str(folder))) as port:
        yield f"http://127.0.0.1:{port}"
