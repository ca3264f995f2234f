"""A content store that hands out pre-signed URLs: a real HTTP server of docs/content-api.md, told to fail at will."""

import hashlib
import json
import re
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "a-token"
RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class Held:
    data: bytes
    about: dict[str, Any]


@dataclass
class Store:
    """What the server holds. `faults`: statuses answered to the next requests ("tear": half of the
    bytes, then silence); `asked`: (method, path, headers) of all requests."""

    url: str = ""
    files: dict[str, Held] = field(default_factory=dict)
    signed: dict[str, tuple[str, str]] = field(default_factory=dict)
    wanted: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: deque[Any] = field(default_factory=deque)
    signed_faults: deque[Any] = field(default_factory=deque)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    ranges: bool = True
    elsewhere: str = ""
    page: int = 1000

    def add(self, ident: str, data: bytes, **about: Any) -> None:
        etag = hashlib.md5(data).hexdigest()
        named = {"id": ident, "name": ident.rsplit("/", 1)[-1], "bytes": len(data), "etag": etag}
        self.files[ident] = Held(data, {"modified_at": "2026-11-20T10:00:00+00:00", "status": "", **named, **about})

    def sign(self, method: str, ident: str) -> str:
        key = secrets.token_hex(8)
        self.signed[key] = (method, ident)
        return f"{self.elsewhere or self.url.removesuffix('/api')}/signed/{key}?signature=secret"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.store: Store = self.server.store  # type: ignore[attr-defined]

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        self.store.asked.append((self.command, self.path, dict(self.headers)))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if parts.path.startswith("/signed/"):
            self.signed(parts.path.rsplit("/", 1)[1], body)
            return
        fault = self.store.faults.popleft() if self.store.faults else None
        if fault == "nonsense":
            self.answer(200, raw=b"<html>")
        elif fault:
            self.answer(fault, {"detail": "told to"})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer(401, {})
        else:
            self.api(parts.path.removeprefix("/api/assets"), parse_qs(parts.query), body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def api(self, path: str, asked: dict[str, list[str]], body: bytes) -> None:
        if not path:
            self.listing(asked)
            return
        ident, _, what = path[1:].partition("/")
        ident = unquote(ident)
        said = json.loads(body or b"{}")
        held = self.store.files.get(ident)
        if what == "upload":
            self.store.wanted[ident] = said
            self.answer(200, {"url": self.store.sign("PUT", ident), "headers": {"X-Signed": "yes"}})
        elif held is None:
            self.answer(404, {})
        elif what == "download":
            self.answer(200, {"url": self.store.sign("GET", ident), "headers": {"X-Signed": "yes"}})
        elif self.command == "PATCH":
            held.about |= said
            self.answer(200, held.about)
        elif self.command == "DELETE":
            del self.store.files[ident]
            self.answer(204)
        else:
            self.answer(200, held.about)

    def listing(self, asked: dict[str, list[str]]) -> None:
        start = int(asked.get("cursor", ["0"])[0])
        found = [held.about for _, held in sorted(self.store.files.items()) if self.fits(held.about, asked)]
        size = min(self.store.page, int(asked.get("limit", ["100"])[0]))
        after = start + size
        self.answer(200, {"items": found[start:after], "next": str(after) if after < len(found) else None})

    @staticmethod
    def fits(about: dict[str, Any], asked: dict[str, list[str]]) -> bool:
        types = asked.get("type", [])
        since, until = asked.get("modified_after", [""])[0], asked.get("modified_before", ["9"])[0]
        return (
            (not types or any(str(about.get("media_type", "")).startswith(one.rstrip("*")) for one in types))
            and all(name not in asked or about.get(name) == asked[name][0] for name in ("owner", "tenant", "status"))
            and since <= about["modified_at"] < until
            and about["id"].startswith(asked.get("prefix", [""])[0])
        )

    def signed(self, key: str, body: bytes) -> None:
        fault = self.store.signed_faults.popleft() if self.store.signed_faults else None
        method, ident = self.store.signed.get(key, ("", ""))
        if isinstance(fault, int):
            self.answer(fault, {})
        elif method != self.command or self.headers.get("X-Signed") != "yes":
            self.answer(403, {})
        elif method == "PUT":
            self.stored(ident, body)
        elif ident not in self.store.files:
            self.answer(404, {})
        else:
            self.bytes_of(self.store.files[ident], tear=fault == "tear")

    def stored(self, ident: str, body: bytes) -> None:
        wanted = self.store.wanted[ident]
        assert wanted["bytes"] == len(body)
        assert wanted["sha256"] == hashlib.sha256(body).hexdigest()
        more = {"media_type": wanted["media_type"], "metadata": wanted["metadata"]}
        self.store.add(ident, body, derived_from=wanted["derived_from"], **more)
        self.answer(200, {})

    def bytes_of(self, held: Held, *, tear: bool) -> None:
        data, status = held.data, 200
        found = RANGE.match(self.headers.get("Range", ""))
        if found and self.store.ranges:
            data, status = data[int(found[1]) : int(found[2]) + 1], 206
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", held.about["etag"])
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if tear else data)
        if tear:
            self.close_connection = True

    def answer(self, status: int, body: Any = None, raw: bytes | None = None) -> None:
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def content_server() -> Iterator[Store]:
    """A server of its own; `store.url` is the address of its API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store = Store(url=f"http://127.0.0.1:{server.server_port}/api")
    server.store = store  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
