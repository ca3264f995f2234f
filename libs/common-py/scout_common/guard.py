"""What stands before every request: which host names we answer to, who may change state, how much we read.

Plain ASGI, so that streams pass through untouched. DNS rebinding is met by the Host check, cross-site requests
by the Origin check (OWASP: verifying origin with standard headers); there is no cookie and no login to steal.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scout_common.http import Problem, problem_response
from scout_common.settings import Settings
from scout_common.uploads import ADDRESS

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_LIMIT = 4 * 2**20
_MULTIPART_ROOM = 64 * 2**10

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "media-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware: Host, Origin and body size are checked, security headers added."""

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str], upload_bytes: int, part_bytes: int) -> None:
        """upload_bytes: of a file in a form; part_bytes: of a part of a resumable upload, which goes to the disk."""
        self.app = app
        self.upload_bytes, self.part_bytes = upload_bytes, part_bytes
        self.allowed = frozenset(host.lower().strip("[]") for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        secured = _with_headers(send)
        limit = self._limit(scope)
        problem = self._refusal(scope["method"], Headers(scope=scope), limit)
        if problem is not None:
            await problem_response(Request(scope), problem)(scope, receive, secured)
            return
        await self.app(scope, _limited(receive, limit), secured)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Browsers let every site open one: Host and Origin are checked as for requests that change something."""
        if self._refusal("POST", Headers(scope=scope), JSON_LIMIT) is None:
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "other sites may not listen here"})

    def _limit(self, scope: Scope) -> int:
        if scope["method"] == "PATCH" and scope["path"].startswith(f"{ADDRESS}/"):
            return self.part_bytes
        multipart = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
        return self.upload_bytes + _MULTIPART_ROOM if multipart else JSON_LIMIT

    def _refusal(self, method: str, headers: Headers, limit: int) -> Problem | None:
        host = headers.get("host", "")
        if "*" not in self.allowed and host_name(host) not in self.allowed:
            return Problem(
                421, f"This server does not answer to the name {host!r}. Add it to SCOUT_ALLOWED_HOSTS and start again."
            )
        if method not in SAFE_METHODS and _foreign(headers, host):
            return Problem(
                403,
                "Requests that change something are taken from Scout's own pages and from programs, not other sites.",
            )
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limit:
            return _too_large(limit)
        return None


def add_guard(app: FastAPI, allowed_hosts: Iterable[str], settings: Settings) -> None:
    """Put the guard around the whole app."""
    app.add_middleware(
        Guard,
        allowed_hosts=tuple(allowed_hosts),
        upload_bytes=settings.max_upload_bytes,
        part_bytes=settings.max_media_bytes,
    )


def host_name(host: str) -> str:
    """The name in a Host header: without port, lower case; '' where it is no host at all."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _foreign(headers: Headers, host: str) -> bool:
    """Whether a browser says that another site's page sent this. Programs send neither header."""
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != host.lower()


def _limited(receive: Receive, limit: int) -> Receive:
    """Count what arrives, for bodies that do not say their length or lie about it."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The request is larger than {limit / 2**20:.0f} MiB. Send less, or a smaller picture.")


def _with_headers(send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return secured
