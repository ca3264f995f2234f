"""yt-dlp's way to the network, through our checked connections: each address of each request and redirect.

Imported only where yt-dlp is installed (extra `[sources]`).
"""

import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from types import SimpleNamespace
from typing import Any
from urllib.request import Request as PlainRequest

import httpx
from scout_common.errors import ScoutError
from scout_common.exchange import REDIRECTS, Network, checked_url, connections, exchange, location, translated
from scout_common.fetch_limits import FetchLimits
from scout_common.network import Deadline
from yt_dlp import YoutubeDL
from yt_dlp.networking import Request, RequestHandler, Response
from yt_dlp.networking.exceptions import HTTPError, TransportError, UnsupportedRequest

MOST_REDIRECTS = 20


@dataclass(kw_only=True)
class Visit:
    """One dealing with a site: what is allowed in all its requests together, and what was refused."""

    limits: FetchLimits
    network: Network
    deadline: Deadline
    refused: list[ScoutError] = field(default_factory=list)


class CheckedDL(YoutubeDL):  # type: ignore[misc]
    """yt-dlp with no other way to the network than CheckedRH."""

    def __init__(self, params: dict[str, Any], visit: Visit) -> None:
        self._visit = visit
        super().__init__(params, auto_init=False)
        self.add_default_info_extractors()

    def build_request_director(self, handlers: object, preferences: object = None) -> Any:
        """In place of all handlers that are known: ours. Called by yt-dlp."""
        return super().build_request_director([lambda **given: CheckedRH(self._visit, **given)], None)


class CheckedRH(RequestHandler):  # type: ignore[misc]
    """A request handler (yt-dlp's interface) over connections that are checked and pinned; no proxy."""

    RH_NAME = "checked"
    _SUPPORTED_URL_SCHEMES = ("http", "https")

    def __init__(self, visit: Visit, **given: Any) -> None:
        super().__init__(**given)
        self._visit = visit

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        super()._check_extensions(extensions)
        for name in ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing"):
            extensions.pop(name, None)

    def _send(self, request: Request) -> Response:
        if request.data is not None and not isinstance(request.data, bytes):
            raise UnsupportedRequest("only bytes are sent")
        headers = {name: str(value) for name, value in self._get_headers(request).items()}
        headers["Accept-Encoding"] = "identity"
        with self._told(request.url), translated(request.url, self._visit.limits):
            response = self._follow(request, headers)
        if not 200 <= response.status < 300:
            raise HTTPError(response)
        return response

    def _follow(self, request: Request, headers: dict[str, str]) -> Response:
        visit, jar = self._visit, self._get_cookiejar(request)
        method, content = request.method, request.data
        target = checked_url(request.url)
        for _ in range(MOST_REDIRECTS + 1):
            cookie = jar.get_cookie_header(str(target))
            asked = headers | ({"Cookie": cookie} if cookie else {})
            with ExitStack() as opened:
                pool = opened.enter_context(connections(visit.limits, visit.network, visit.deadline))
                answer, said = opened.enter_context(
                    exchange(pool, method, target, asked, visit.limits, visit.deadline, content)
                )
                _keep_cookies(jar, said, str(target))
                if answer.status not in REDIRECTS or "location" not in said:
                    # The body is read later, and closes what it came through.
                    body = _Body(answer.iter_stream(), opened.pop_all(), self._told, visit.limits.max_bytes, said)
                    file = io.BufferedReader(body)
                    return Response(fp=file, url=str(target), headers=dict(said), status=answer.status)
            following = checked_url(location(target, said, request.url))
            if following.host != target.host:
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
                method, content = "HEAD" if method == "HEAD" else "GET", None
            target = following
        raise TransportError(f"more than {MOST_REDIRECTS} redirects")

    @contextmanager
    def _told(self, url: str) -> Iterator[None]:
        """Our errors as yt-dlp's; kept, for its words are better than what becomes of it there."""
        try:
            yield
        except ScoutError as error:
            self._visit.refused.append(error)
            raise TransportError(error.message, cause=error) from error


class _Body(io.RawIOBase):
    """The body of an answer as a file, unpacked where the site packs it unasked, within the limit."""

    def __init__(
        self, chunks: Iterator[bytes], opened: ExitStack, told: Any, most: int, headers: httpx.Headers
    ) -> None:
        self._chunks, self._opened, self._told, self._left = chunks, opened, told, most
        packed = headers.get("content-encoding", "identity").lower()
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed in ("gzip", "deflate") else None
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._waiting:
            chunk = self._next()
            if chunk is None:
                return 0
            self._waiting = chunk
        size = min(len(buffer), len(self._waiting))
        buffer[:size], self._waiting = self._waiting[:size], self._waiting[size:]
        return size

    def _next(self) -> bytes | None:
        with self._told(""), translated("", FetchLimits(max_bytes=0, total_s=0)):
            if self._unpack is not None and self._unpack.unconsumed_tail:
                chunk = self._unpack.decompress(self._unpack.unconsumed_tail, 1 << 20)
            else:
                packed = next(self._chunks, None)
                if packed is None:
                    return None
                chunk = packed if self._unpack is None else self._unpack.decompress(packed, 1 << 20)
        self._left -= len(chunk)
        if self._left < 0:
            raise TransportError("the answer is larger than allowed")
        return chunk

    def close(self) -> None:
        if not self.closed:
            self._opened.close()
        super().close()


def _keep_cookies(jar: Any, headers: httpx.Headers, url: str) -> None:
    message = Message()
    for value in headers.get_list("set-cookie"):
        message.add_header("Set-Cookie", value)
    jar.extract_cookies(SimpleNamespace(info=lambda: message), PlainRequest(url))  # noqa: S310  (opens nothing)
