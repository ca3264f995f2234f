"""One exchange with a server: redirects step by step, the answer judged by its head, its body within the limits.

Redirects are followed by hand, so that each step is checked like the first.
"""

import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import httpcore
import httpx

from scout_common.fetch_limits import FetchFailed, FetchInterrupted, FetchLimits, WrongType
from scout_common.network import CheckedBackend, Deadline, Resolve, UrlRefused, resolve_name
from scout_common.pace import TooLate
from scout_common.transfer import UNKNOWN, Answer, Transfer, Validators

REDIRECTS = (301, 302, 303, 307, 308)
PASSING = (408, 425, 429, 500, 502, 503, 504)
_ANY_BYTES = ("application/octet-stream", "binary/octet-stream", "")
_PATIENCE_S = 30.0
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-")
_HEADERS: dict[str, str] = {
    "User-Agent": "tradeshow-scout",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, kw_only=True)
class Network:
    """The two doors to the outside, so that a test can stand behind them."""

    resolve: Resolve = resolve_name
    backend: httpcore.NetworkBackend | None = None


SYSTEM = Network()


def follow(transfer: Transfer, url: str, limits: FetchLimits, network: Network, deadline: Deadline) -> Answer:
    """Fetch the body of `url`, or what is missing of it, once. Raises UrlRefused, FetchFailed, FetchInterrupted."""
    target = checked_url(url)
    headers = _HEADERS | transfer.ask()
    with translated(url, limits), connections(limits, network, deadline) as pool:
        for _ in range(limits.redirects + 1):
            with exchange(pool, "GET", target, headers, limits, deadline) as (response, said):
                if response.status not in REDIRECTS:
                    return _receive(transfer, response, said, url, str(target), limits)
                target = checked_url(location(target, said, url))
    raise FetchFailed(f"more than {limits.redirects} redirects", subject=url)


def connections(limits: FetchLimits, network: Network, deadline: Deadline) -> httpcore.ConnectionPool:
    """Connections to checked addresses until the deadline."""
    backend = CheckedBackend(
        deadline, allow_private=limits.allow_private, resolve=network.resolve, inner=network.backend
    )
    return httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=backend, keepalive_expiry=0)


@contextmanager
def exchange(
    pool: httpcore.ConnectionPool,
    method: str,
    target: httpx.URL,
    headers: dict[str, str],
    limits: FetchLimits,
    deadline: Deadline,
    content: bytes | Iterator[bytes] | None = None,
) -> Iterator[tuple[httpcore.Response, httpx.Headers]]:
    """Ask once, when it is our turn at this host; (the answer, its body still to come; its headers)."""
    if limits.pace is not None:
        limits.pace.wait(target.host, deadline)
    step = httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
    waits = dict.fromkeys(("connect", "read", "write", "pool"), limits.silence_s)
    pairs: list[tuple[bytes | str, bytes | str]] = [*headers.items()]
    with pool.stream(method, step, headers=pairs, content=content, extensions={"timeout": waits}) as response:
        yield response, httpx.Headers(response.headers)


def _receive(
    transfer: Transfer,
    response: httpcore.Response,
    headers: httpx.Headers,
    url: str,
    final_url: str,
    limits: FetchLimits,
) -> Answer:
    """Judge the answer by its head, then take its body while it stays within the limits."""
    media_type = str(headers.get("content-type", "")).partition(";")[0].strip().lower()
    found = Validators.of(headers)
    if response.status == 304 and transfer.known != UNKNOWN:
        return Answer(media_type=media_type, final_url=final_url, validators=found, unchanged=True)
    _begin(transfer, response.status, headers, found, url)
    wanted = not limits.media_types or media_type.startswith(limits.media_types) or media_type in _ANY_BYTES
    if not wanted or media_type in limits.refused_types:
        raise WrongType(
            f"the address gives {media_type}, not {' or '.join(limits.media_types)}",
            subject=url,
            hint="Use the address of the file itself, not of a page that shows it.",
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchFailed("the server sends the file compressed although it was asked not to", subject=url)
    declared = headers.get("content-length", "")
    if declared.isdecimal() and transfer.received + int(declared[:20]) > limits.max_bytes:
        raise _too_large(url, limits)
    found = transfer.validators if response.status == 206 and found == UNKNOWN else found
    transfer.validators = found
    transfer.noted(found)
    _take(transfer, response, url, limits)
    return Answer(media_type=media_type, final_url=final_url, validators=found)


def _begin(transfer: Transfer, status: int, headers: httpx.Headers, found: Validators, url: str) -> None:
    """Set the transfer to where the body of this answer belongs. Raises FetchFailed, FetchInterrupted."""
    if transfer.received and status == 206:
        said = _CONTENT_RANGE.match(headers.get("content-range", ""))
        if said and int(said[1]) == transfer.received and found.strong in ("", transfer.validators.strong):
            return
    elif not (transfer.received and status == 416):
        _check_status(status, headers, url)
        transfer.restart()
        return
    transfer.restart()
    raise FetchInterrupted("the server gives another part than the one that is missing", subject=url)


def _take(transfer: Transfer, response: httpcore.Response, url: str, limits: FetchLimits) -> None:
    started, received = time.monotonic(), 0
    for chunk in response.iter_stream():
        received += len(chunk)
        if transfer.received + len(chunk) > limits.max_bytes:
            raise _too_large(url, limits)
        elapsed = time.monotonic() - started
        if elapsed > _PATIENCE_S and received / elapsed < limits.slowest_bytes_s:
            raise FetchInterrupted(f"the server sends only {received / elapsed:.0f} bytes a second", subject=url)
        transfer.sink.write(chunk)
        transfer.received += len(chunk)


def _check_status(status: int, headers: httpx.Headers, url: str) -> None:
    if status == 200:
        return
    if status in PASSING:
        error = FetchInterrupted(f"the server answers with status {status}", subject=url)
        wait = headers.get("retry-after", "")
        error.retry_after_s = float(wait) if wait.isdecimal() and len(wait) < 6 else 0.0
        raise error
    hint = {401: "It asks for a log-in.", 403: "It is not public.", 404: "Check the address.", 410: "It was removed."}
    raise FetchFailed(f"the server answers with status {status}", subject=url, hint=hint.get(status, ""))


def _too_large(url: str, limits: FetchLimits) -> FetchFailed:
    return FetchFailed(f"the file is larger than the {limits.max_bytes / 1e6:.0f} MB allowed", subject=url)


def checked_url(url: str) -> httpx.URL:
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


def location(target: httpx.URL, headers: httpx.Headers, url: str) -> str:
    if "location" not in headers:
        raise FetchFailed("the server redirects without saying where to", subject=url)
    try:
        return str(target.join(headers["location"]))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UrlRefused("the server redirects to something that is no address", subject=url) from error


@contextmanager
def translated(url: str, limits: FetchLimits) -> Iterator[None]:
    """httpcore's errors as ours; the refusals of our own network layer gain their subject."""
    try:
        yield
    except UrlRefused as error:
        raise UrlRefused(error.message, subject=error.subject or url, hint=error.hint) from error
    except TooLate as error:
        raise FetchInterrupted(str(error), subject=url) from error
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
