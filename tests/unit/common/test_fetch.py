"""Against a real server on this machine: some names are said to be public and led to it, all else is refused."""

import contextlib
import errno
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpcore
import pytest
from scout_common.errors import ScoutError, StorageFull
from scout_common.fetch import (
    FetchFailed,
    FetchInterrupted,
    FetchLimits,
    Network,
    UrlRefused,
    fetch,
    fetch_to_file,
    is_url,
)
from scout_common.settings import Settings

PUBLIC = "93.184.215.14"
NAMES = {"shop.example": [PUBLIC], "cdn.example": [PUBLIC], "intranet.example": ["10.0.0.7"]}
NAMES["half.example"] = [PUBLIC, "169.254.169.254"]
LIMITS = FetchLimits(max_bytes=100_000, total_s=3.0, silence_s=0.4, attempts=1, pause_s=0.01)
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

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    state.port = http.server_port
    state.led = Led(state.port)
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    yield state
    state.stop.set()
    http.shutdown()
    http.server_close()


def error_of(server: Server, url: str, limits: FetchLimits = LIMITS) -> ScoutError:
    with pytest.raises(ScoutError) as caught:
        fetch(url, limits, network=server.network)
    return caught.value


def test_a_file_comes_with_its_type_and_address(server: Server) -> None:
    got = fetch("http://shop.example/a.png", LIMITS, network=server.network)
    assert (got.data, got.media_type, got.final_url) == (PICTURE, "image/png", "http://shop.example/a.png")


def test_connects_to_the_address_that_was_checked_and_keeps_the_name(server: Server) -> None:
    fetch("http://shop.example/a.png", LIMITS, network=server.network)
    assert server.led.asked == [PUBLIC]
    assert server.resolved == ["shop.example"], "a second look-up could be answered differently"
    assert server.seen == [("shop.example", "/a.png")]


@pytest.mark.parametrize("path", ["/moved", "/relative"])
def test_redirects_are_followed(server: Server, path: str) -> None:
    got = fetch(f"http://shop.example{path}", LIMITS, network=server.network)
    assert got.data == PICTURE
    assert got.final_url.endswith(".example/a.png")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.png",
        "http://[::1]/a.png",
        "http://2130706433/a.png",
        "http://0.0.0.0/a.png",
        "http://intranet.example/a.png",
        "http://half.example/a.png",
        "http://shop.example/inside",
        "http://shop.example/metadata",
        "http://shop.example/file",
        "http://shop.example/broken-location",
        "http://user:secret@shop.example/a.png",
        "ftp://shop.example/a.png",
        "http:///a.png",
        "http://[::",
    ],
)
def test_private_and_strange_addresses_are_refused(server: Server, url: str) -> None:
    error = error_of(server, url)
    assert isinstance(error, UrlRefused)
    assert "secret" not in str(error)
    assert not [path for _, path in server.seen if path == "/a.png"], "nothing may be asked of a private address"


def test_private_addresses_may_be_allowed(server: Server) -> None:
    allowed = replace(LIMITS, allow_private=True)
    assert fetch(f"http://127.0.0.1:{server.port}/a.png", allowed).data == PICTURE


@pytest.mark.parametrize("path", ["/drip", "/drip-head"])
def test_a_server_that_drips_is_cut_off_at_the_deadline(server: Server, path: str) -> None:
    began = time.monotonic()
    error = error_of(server, f"http://shop.example{path}", replace(LIMITS, total_s=0.6))
    assert isinstance(error, FetchInterrupted)
    assert time.monotonic() - began < 1.5


def test_a_server_that_hangs_is_given_up_and_named(server: Server) -> None:
    error = error_of(server, "http://shop.example/hang")
    assert isinstance(error, FetchInterrupted)
    assert error.subject == "http://shop.example/hang"
    assert "silent" in error.message


def test_a_name_server_that_hangs_is_given_up(server: Server) -> None:
    def resolve(host: str, port: int) -> list[str]:
        server.stop.wait(5)
        return [PUBLIC]

    network = Network(resolve=resolve, backend=server.led)
    with pytest.raises(FetchInterrupted):
        fetch("http://shop.example/a.png", replace(LIMITS, total_s=0.2), network=network)


def test_a_crawling_server_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scout_common.exchange._PATIENCE_S", 0.1)
    assert "bytes a second" in error_of(server, "http://shop.example/drip").message


def test_fewer_bytes_than_announced_is_an_interruption(server: Server) -> None:
    assert isinstance(error_of(server, "http://shop.example/more"), FetchInterrupted)


@pytest.mark.parametrize("path", ["/declared", "/endless"])
def test_too_large_is_refused_whether_announced_or_not(server: Server, path: str) -> None:
    error = error_of(server, f"http://shop.example{path}")
    assert isinstance(error, FetchFailed)
    assert "larger than" in error.message


def test_the_wrong_type_is_refused(server: Server) -> None:
    error = error_of(server, "http://shop.example/page", replace(LIMITS, media_types=("image/",)))
    assert isinstance(error, FetchFailed)
    assert "text/html" in error.message


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/gone", FetchFailed),
        ("/gzip", FetchFailed),
        ("/loop", FetchFailed),
        ("/nowhere", FetchFailed),
        ("/later", FetchInterrupted),
    ],
)
def test_answers_that_are_no_file(server: Server, path: str, kind: type[ScoutError]) -> None:
    assert type(error_of(server, f"http://shop.example{path}", replace(LIMITS, attempts=3))) is kind
    assert len(server.seen) == (6 if path == "/loop" else 1), "asked no more often than makes sense"


def test_a_passing_failure_is_tried_again(server: Server) -> None:
    assert fetch("http://shop.example/busy", replace(LIMITS, attempts=2), network=server.network).data == PICTURE


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (socket.gaierror(socket.EAI_NONAME, "not known"), UrlRefused),
        (socket.gaierror(socket.EAI_AGAIN, "temporary failure"), FetchInterrupted),
        (UnicodeError("label too long"), UrlRefused),
    ],
)
def test_names_that_lead_nowhere(answer: Exception, kind: type[ScoutError]) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise answer

    with pytest.raises(kind, match=r"nobody\.example"):
        fetch("http://nobody.example/a.png", LIMITS, network=Network(resolve=resolve))


def test_a_certificate_nobody_vouches_for_is_refused_for_good(server: Server, tmp_path: Path) -> None:
    cryptography = pytest.importorskip("cryptography", reason="makes the certificate")
    del cryptography
    certificate = _self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_handshake, args=(listener, context), daemon=True).start()
        network = Network(resolve=server.resolve, backend=Led(listener.getsockname()[1]))
        with pytest.raises(FetchFailed, match="certificate"):
            fetch("https://shop.example/a.png", LIMITS, network=network)


def _handshake(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        context.wrap_socket(connection, server_side=True)


def _self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(now).not_valid_after(now + timedelta(hours=1)).sign(key, hashes.SHA256())
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()) + signed.public_bytes(pem))
    return path


def test_a_file_appears_only_when_it_is_whole(server: Server, tmp_path: Path) -> None:
    got = fetch_to_file("http://shop.example/a.png", tmp_path / "in/a.png", LIMITS, network=server.network)
    assert got.path.read_bytes() == PICTURE
    assert (got.bytes, got.sha256) == (len(PICTURE), hashlib.sha256(PICTURE).hexdigest())
    with pytest.raises(FetchInterrupted):
        fetch_to_file("http://shop.example/more", tmp_path / "in/b.png", LIMITS, network=server.network)
    assert [entry.name for entry in (tmp_path / "in").iterdir()] == ["a.png"]


def test_an_interrupted_start_is_not_part_of_the_file(server: Server, tmp_path: Path) -> None:
    def torn_once(state: Server, handler: BaseHTTPRequestHandler) -> None:
        (says_more if len(state.seen) == 1 else picture)(state, handler)

    ROUTES["/torn"] = torn_once
    limits = replace(LIMITS, attempts=2)
    got = fetch_to_file("http://shop.example/torn", tmp_path / "a.png", limits, network=server.network)
    assert got.path.read_bytes() == PICTURE


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageFull), (errno.EIO, OSError)])
def test_a_full_disk_is_said_and_leaves_nothing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def full(*args: object) -> tuple[str, str]:
        raise OSError(number, "no")

    monkeypatch.setattr("scout_common.fetch.follow", full)
    with pytest.raises(kind):
        fetch_to_file("http://shop.example/a.png", tmp_path / "a.png", LIMITS, network=server.network)
    assert list(tmp_path.iterdir()) == []


def test_limits_come_from_the_settings() -> None:
    settings = Settings(_env_file=None, http_timeout_s=4, http_retries=1, max_image_bytes=7, allow_private_urls=True)
    limits = FetchLimits.for_images(settings)
    assert (limits.max_bytes, limits.total_s, limits.attempts, limits.allow_private) == (7, 4, 2, True)
    assert FetchLimits.for_media(settings).max_bytes == settings.max_media_bytes
    assert FetchLimits.for_catalogues(settings).media_types == ()


@pytest.mark.parametrize(("source", "expected"), [("HTTP://x/y", True), ("https://x", True), ("/a/http", False)])
def test_what_is_an_address(source: str, expected: bool) -> None:
    assert is_url(source) is expected
