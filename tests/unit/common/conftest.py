"""A real server on this machine that behaves as strangers do; some names are said to be public and led to it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpcore
import pytest
from scout_common.fetch import Network

from tests.servers import serving

PUBLIC = "93.184.215.14"
NAMES = {"shop.example": [PUBLIC], "cdn.example": [PUBLIC], "intranet.example": ["10.0.0.7"]}
NAMES["half.example"] = [PUBLIC, "169.254.169.254"]
PICTURE = bytes(range(256)) * 40

Route = Callable[["Server", BaseHTTPRequestHandler], None]


class Led(httpcore.NetworkBackend):
    """Leads every connection to the local server; remembers which address was asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        self.asked.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, *args, **kwargs)


@dataclass
class Server:
    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)  # (Host, path)
    stop: threading.Event = field(default_factory=threading.Event)
    led: Led = field(default_factory=lambda: Led(0))
    resolved: list[str] = field(default_factory=list)
    picture: bytes = PICTURE
    version: str = "1"
    breaks: int = 1
    sent: list[int] = field(default_factory=list)  # where each answer of /versioned began

    @property
    def network(self) -> Network:
        return Network(resolve=self.resolve, backend=self.led)

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        return NAMES.get(host, [host])


def head(handler: BaseHTTPRequestHandler, status: int, **headers: object) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()


def picture(server: Server, handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Type="image/png; charset=x", Content_Length=len(PICTURE))
    handler.wfile.write(PICTURE)


def hang(server: Server, handler: BaseHTTPRequestHandler) -> None:
    server.stop.wait(5)


def drip(server: Server, handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Type="image/png", Content_Length=len(PICTURE))
    while not server.stop.wait(0.05):
        handler.wfile.write(b".")
        handler.wfile.flush()


def drip_head(server: Server, handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not server.stop.wait(0.05):
        handler.wfile.write(b".")
        handler.wfile.flush()


def says_more(server: Server, handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Type="image/png", Content_Length=len(PICTURE) * 2)
    handler.wfile.write(PICTURE)


def endless(server: Server, handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Type="image/png")
    while not server.stop.is_set():
        handler.wfile.write(PICTURE)


def page(server: Server, handler: BaseHTTPRequestHandler) -> None:
    head(handler, 200, Content_Type="text/html")
    handler.wfile.write(b"<html>log in</html>")


def busy_once(server: Server, handler: BaseHTTPRequestHandler) -> None:
    if len(server.seen) == 1:
        head(handler, 503, Retry_After=0, Content_Length=0)
    else:
        picture(server, handler)


def torn_once(server: Server, handler: BaseHTTPRequestHandler) -> None:
    (says_more if len(server.seen) == 1 else picture)(server, handler)


def versioned(server: Server, handler: BaseHTTPRequestHandler) -> None:
    """A file with an ETag that breaks off in the middle when it is first asked for, and gives the rest on demand."""
    etag = f'"{server.version}"'
    if handler.headers["If-None-Match"] == etag:
        head(handler, 304, ETag=etag)
        return
    start = 0
    if handler.headers["Range"] and handler.headers["If-Range"] == etag:
        start = int(handler.headers["Range"].removeprefix("bytes=").rstrip("-"))
    length = len(PICTURE) - start
    span = f"bytes {start}-{len(PICTURE) - 1}/{len(PICTURE)}"
    more = {"Content_Range": span} if start else {}
    head(handler, 206 if start else 200, Content_Type="image/png", Content_Length=length, ETag=etag, **more)
    server.sent.append(start)
    handler.wfile.write(PICTURE[start : start + length // 2 if len(server.sent) <= server.breaks else None])


def other_part(server: Server, handler: BaseHTTPRequestHandler) -> None:
    """Gives the beginning, then, asked for the rest, another part than that."""
    asked = handler.headers["Range"]
    more = {"Content_Range": f"bytes 7-{len(PICTURE)}/9"} if asked else {}
    whole = len(server.seen) > 2
    head(handler, 206 if asked else 200, Content_Type="image/png", Content_Length=len(PICTURE), ETag='"1"', **more)
    handler.wfile.write(PICTURE if whole else PICTURE[:5000])


def to(address: str) -> Route:
    return lambda server, handler: head(handler, 302, Location=address, Content_Length=0)


def status(code: int, **headers: object) -> Route:
    return lambda server, handler: head(handler, code, Content_Length=0, **headers)


ROUTES: dict[str, Route] = {
    "/a.png": picture,
    "/hang": hang,
    "/drip": drip,
    "/drip-head": drip_head,
    "/more": says_more,
    "/huge": status(200, Content_Type="image/png"),
    "/declared": lambda s, h: head(h, 200, Content_Type="image/png", Content_Length=10**12),
    "/endless": endless,
    "/page": page,
    "/busy": busy_once,
    "/torn": torn_once,
    "/versioned": versioned,
    "/other-part": other_part,
    "/gone": status(410),
    "/later": status(429, Retry_After=3600),
    "/gzip": status(200, Content_Encoding="gzip"),
    "/moved": to("http://cdn.example/a.png"),
    "/relative": to("a.png"),
    "/loop": to("/loop"),
    "/nowhere": status(301),
    "/inside": to("http://127.0.0.1/a.png"),
    "/metadata": to("http://169.254.169.254/latest/meta-data/"),
    "/file": to("file:///etc/passwd"),
    "/broken-location": to("http://[::"),
}


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.seen.append((self.headers["Host"], self.path))
            try:
                ROUTES[self.path](state, self)
            except OSError:
                self.close_connection = True  # the client has given us up

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as state.port:
        state.led = Led(state.port)
        yield state
        state.stop.set()
