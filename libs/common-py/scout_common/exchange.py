"""One exchange with a server: redirects step by step, the answer judged by its head, its body within the limits.

Redirects are followed by hand, so that each step is checked like the first.
"""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import BinaryIO

import httpcore
import httpx

from scout_common.errors import PermanentError, TransientError
from scout_common.network import CheckedBackend, Deadline, Resolve, UrlRefused, resolve_name
from scout_common.settings import Settings

_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_ANY_BYTES = ("application/octet-stream", "binary/octet-stream", "")
_PATIENCE_S = 30.0
_HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": "tradeshow-scout",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


class FetchFailed(PermanentError):
    """The address gives nothing that can be used."""


class FetchInterrupted(TransientError):
    """The address does not answer properly at the moment."""

    default_hint = "try again later, or download the file and give its path"
    retry_after_s = 0.0  # what the server asked for


@dataclass(frozen=True, kw_only=True)
class FetchLimits:
    """How much, what and how long. `total_s` covers everything: names, redirects, repetitions, the last byte."""

    max_bytes: int
    total_s: float
    silence_s: float = 10.0  # longest wait for a connection or for the next bytes
    slowest_bytes_s: int = 1024  # an average below this after half a minute is given up
    media_types: tuple[str, ...] = ()  # accepted beginnings, like "image/"; (): any
    redirects: int = 5
    attempts: int = 3
    pause_s: float = 0.5  # before the second attempt; doubled each time
    allow_private: bool = False

    @staticmethod
    def for_images(settings: Settings) -> "FetchLimits":
        """Pictures of a catalogue, photos."""
        return FetchLimits(
            max_bytes=settings.max_image_bytes,
            total_s=settings.http_timeout_s,
            silence_s=min(10.0, settings.http_timeout_s),
            media_types=("image/",),
            attempts=1 + settings.http_retries,
            allow_private=settings.allow_private_urls,
        )

    @staticmethod
    def for_catalogues(settings: Settings) -> "FetchLimits":
        """A catalogue file: text of any declared type."""
        limits = FetchLimits.for_images(settings)
        return replace(limits, max_bytes=settings.max_upload_bytes, total_s=4 * settings.http_timeout_s, media_types=())

    @staticmethod
    def for_media(settings: Settings) -> "FetchLimits":
        """Videos and photos: large, so the unit's own time is the limit, and a crawling server is given up."""
        limits = FetchLimits.for_images(settings)
        return replace(
            limits,
            max_bytes=settings.max_media_bytes,
            total_s=0.9 * settings.unit_timeout_s,
            slowest_bytes_s=32_768,
            media_types=("image/", "video/", "audio/", "application/mp4", "application/mxf", "application/vnd."),
        )


@dataclass(frozen=True, kw_only=True)
class Network:
    """The two doors to the outside, so that a test can stand behind them."""

    resolve: Resolve = resolve_name
    backend: httpcore.NetworkBackend | None = None


SYSTEM = Network()


def follow(sink: BinaryIO, url: str, limits: FetchLimits, network: Network, deadline: Deadline) -> tuple[str, str]:
    """Fetch the body of `url` into `sink`, once; returns (media type, final address).

    Raises UrlRefused, FetchFailed, FetchInterrupted.
    """
    target = _checked_url(url)
    waits = dict.fromkeys(("connect", "read", "write", "pool"), limits.silence_s)
    backend = CheckedBackend(
        deadline, allow_private=limits.allow_private, resolve=network.resolve, inner=network.backend
    )
    with (
        _translated(url, limits),
        httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=backend, keepalive_expiry=0) as pool,
    ):
        for _ in range(limits.redirects + 1):
            step = httpcore.URL(
                scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
            )
            with pool.stream("GET", step, headers=_HEADERS, extensions={"timeout": waits}) as response:
                headers = httpx.Headers(response.headers)
                if response.status not in _REDIRECTS:
                    return _receive(sink, response, headers, url, limits), str(target)
                target = _checked_url(_location(target, headers, url))
    raise FetchFailed(f"more than {limits.redirects} redirects", subject=url)


def _receive(sink: BinaryIO, response: httpcore.Response, headers: httpx.Headers, url: str, limits: FetchLimits) -> str:
    """Judge the answer by its head, then take its body while it stays within the limits; returns the media type."""
    _check_status(response.status, headers, url)
    media_type = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    if limits.media_types and not media_type.startswith(limits.media_types) and media_type not in _ANY_BYTES:
        raise FetchFailed(
            f"the address gives {media_type}, not {' or '.join(limits.media_types)}",
            subject=url,
            hint="Use the address of the file itself, not of a page that shows it.",
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchFailed("the server sends the file compressed although it was asked not to", subject=url)
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.max_bytes:
        raise _too_large(url, limits)
    started, received = time.monotonic(), 0
    for chunk in response.iter_stream():
        received += len(chunk)
        if received > limits.max_bytes:
            raise _too_large(url, limits)
        elapsed = time.monotonic() - started
        if elapsed > _PATIENCE_S and received / elapsed < limits.slowest_bytes_s:
            raise FetchInterrupted(f"the server sends only {received / elapsed:.0f} bytes a second", subject=url)
        sink.write(chunk)
    return media_type


def _check_status(status: int, headers: httpx.Headers, url: str) -> None:
    if status == 200:
        return
    if status in _PASSING:
        error = FetchInterrupted(f"the server answers with status {status}", subject=url)
        wait = headers.get("retry-after", "")
        error.retry_after_s = float(wait) if wait.isdecimal() and len(wait) < 6 else 0.0
        raise error
    hint = {401: "It asks for a log-in.", 403: "It is not public.", 404: "Check the address.", 410: "It was removed."}
    raise FetchFailed(f"the server answers with status {status}", subject=url, hint=hint.get(status, ""))


def _too_large(url: str, limits: FetchLimits) -> FetchFailed:
    return FetchFailed(f"the file is larger than the {limits.max_bytes / 1e6:.0f} MB allowed", subject=url)


def _checked_url(url: str) -> httpx.URL:
    """An http(s) URL with a host and without a password. Raises UrlRefused."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, TypeError) as error:
        raise UrlRefused(f"this is not a valid address: {error}", subject=url[:200]) from error
    if target.scheme not in ("http", "https") or not target.host:
        raise UrlRefused("only http and https addresses are fetched", subject=url[:200])
    if target.userinfo:
        raise UrlRefused("addresses with a user name or password are not fetched", subject=target.host)
    return target


def _location(target: httpx.URL, headers: httpx.Headers, url: str) -> str:
    if "location" not in headers:
        raise FetchFailed("the server redirects without saying where to", subject=url)
    try:
        return str(target.join(headers["location"]))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UrlRefused("the server redirects to something that is no address", subject=url) from error


@contextmanager
def _translated(url: str, limits: FetchLimits) -> Iterator[None]:
    """httpcore's errors as ours; the refusals of our own network layer gain their subject."""
    try:
        yield
    except UrlRefused as error:
        raise UrlRefused(error.message, subject=error.subject or url, hint=error.hint) from error
    except httpcore.TimeoutException as error:
        raise FetchInterrupted(
            f"the server was silent for {limits.silence_s:g} s, or did not finish within {limits.total_s:g} s",
            subject=url,
        ) from error
    except httpcore.ConnectError as error:
        cause = error.__context__  # httpcore clears __cause__
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise FetchFailed(
                f"the server's certificate is not trusted: {cause.verify_message}", subject=url
            ) from error
        raise FetchInterrupted(f"no connection: {error}", subject=url) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchInterrupted(f"the connection broke: {error}", subject=url) from error


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()
