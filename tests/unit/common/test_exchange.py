"""One exchange with a server that hangs, drips, lies, or leads elsewhere (see conftest.py)."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scout_common.errors import ScoutError
from scout_common.fetch import FetchFailed, FetchInterrupted, FetchLimits, Network, UrlRefused, fetch

LIMITS = FetchLimits(max_bytes=100_000, total_s=3.0, silence_s=0.4, attempts=1, pause_s=0.01)


def error_of(server: Any, url: str, limits: FetchLimits = LIMITS) -> ScoutError:
    with pytest.raises(ScoutError) as caught:
        fetch(url, limits, network=server.network)
    return caught.value


def test_a_file_comes_with_its_type_and_address(server: Any) -> None:
    got = fetch("http://shop.example/a.png", LIMITS, network=server.network)
    assert (got.data, got.media_type, got.final_url) == (server.picture, "image/png", "http://shop.example/a.png")


def test_connects_to_the_address_that_was_checked_and_keeps_the_name(server: Any) -> None:
    fetch("http://shop.example/a.png", LIMITS, network=server.network)
    assert server.led.asked == ["93.184.215.14"]
    assert server.resolved == ["shop.example"], "a second look-up could be answered differently"
    assert server.seen == [("shop.example", "/a.png")]


@pytest.mark.parametrize("path", ["/moved", "/relative"])
def test_redirects_are_followed(server: Any, path: str) -> None:
    got = fetch(f"http://shop.example{path}", LIMITS, network=server.network)
    assert got.data == server.picture
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
def test_private_and_strange_addresses_are_refused(server: Any, url: str) -> None:
    error = error_of(server, url)
    assert isinstance(error, UrlRefused)
    assert "secret" not in str(error)
    assert not [path for _, path in server.seen if path == "/a.png"], "nothing may be asked of a private address"


def test_private_addresses_may_be_allowed(server: Any) -> None:
    allowed = replace(LIMITS, allow_private=True)
    assert fetch(f"http://127.0.0.1:{server.port}/a.png", allowed).data == server.picture


@pytest.mark.parametrize("path", ["/drip", "/drip-head"])
def test_a_server_that_drips_is_cut_off_at_the_deadline(server: Any, path: str) -> None:
    began = time.monotonic()
    error = error_of(server, f"http://shop.example{path}", replace(LIMITS, total_s=0.6))
    assert isinstance(error, FetchInterrupted)
    assert time.monotonic() - began < 3


def test_a_server_that_hangs_is_given_up_and_named(server: Any) -> None:
    error = error_of(server, "http://shop.example/hang")
    assert isinstance(error, FetchInterrupted)
    assert error.subject == "http://shop.example/hang"
    assert "silent" in error.message


def test_a_name_server_that_hangs_is_given_up(server: Any) -> None:
    def resolve(host: str, port: int) -> list[str]:
        server.stop.wait(5)
        return ["93.184.215.14"]

    network = Network(resolve=resolve, backend=server.led)
    with pytest.raises(FetchInterrupted):
        fetch("http://shop.example/a.png", replace(LIMITS, total_s=0.2), network=network)


def test_a_crawling_server_is_given_up(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scout_common.exchange._PATIENCE_S", 0.1)
    assert "bytes a second" in error_of(server, "http://shop.example/drip").message


def test_fewer_bytes_than_announced_is_an_interruption(server: Any) -> None:
    assert isinstance(error_of(server, "http://shop.example/more"), FetchInterrupted)


@pytest.mark.parametrize("path", ["/declared", "/endless"])
def test_too_large_is_refused_whether_announced_or_not(server: Any, path: str) -> None:
    error = error_of(server, f"http://shop.example{path}")
    assert isinstance(error, FetchFailed)
    assert "larger than" in error.message


def test_the_wrong_type_is_refused(server: Any) -> None:
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
def test_answers_that_are_no_file(server: Any, path: str, kind: type[ScoutError]) -> None:
    assert type(error_of(server, f"http://shop.example{path}", replace(LIMITS, attempts=3))) is kind
    assert len(server.seen) == (6 if path == "/loop" else 1), "asked no more often than makes sense"


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


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    pytest.importorskip("cryptography", reason="makes the certificate")
    return _self_signed(tmp_path)


@pytest.fixture
def secured(server: Any, certificate: Path) -> Iterator[Network]:
    """Leads to a TLS server that answers one request and holds a certificate for shop.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_one, args=(listener, context), daemon=True).start()
        yield Network(resolve=server.resolve, backend=type(server.led)(listener.getsockname()[1]))


def test_a_certificate_nobody_vouches_for_is_refused_for_good(secured: Network) -> None:
    with pytest.raises(FetchFailed, match="certificate"):
        fetch("https://shop.example/a.png", LIMITS, network=secured)


@pytest.mark.parametrize(("host", "fits"), [("shop.example", True), ("cdn.example", False)])
def test_the_certificate_has_to_fit_the_name_not_the_address(
    secured: Network, certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str, fits: bool
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("scout_common.exchange._trusted", lambda: trusting)
    if fits:
        assert fetch(f"https://{host}/a.png", LIMITS, network=secured).data == b"secret"
    else:
        with pytest.raises(FetchFailed, match="certificate"):
            fetch(f"https://{host}/a.png", LIMITS, network=secured)


def _answer_one(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as talk:
        talk.recv(4096)
        talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")


def _self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.not_valid_before(now).not_valid_after(now + timedelta(hours=1)).sign(key, hashes.SHA256())
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "server.pem"
    path.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()) + signed.public_bytes(pem))
    return path
