"""A content store that is asked over HTTP and hands out pre-signed URLs for the bytes (docs/content-api.md).

The API is the operator's own and is asked with a token; the URLs it hands out are used without one, and lead to public
addresses or to the API's own host only. What may pass (no answer, 5xx, 429, a torn stream) is tried again.
"""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import httpcore
import httpx

from scout_common.content_wire import (
    EXPIRED,
    ContentAsset,
    ContentRefused,
    Ticket,
    asset_of,
    given_headers,
    judge,
    object_of,
    shown,
    ticket_of,
    whole_body,
)
from scout_common.errors import BlobMissing, StorageUnavailable
from scout_common.exchange import SYSTEM, Network, checked_url, connections, exchange, translated
from scout_common.fetch_limits import FetchInterrupted, FetchLimits
from scout_common.network import Deadline
from scout_common.settings import Settings

PAGE = 200
RESUMES = 4
"""How often in a row a broken stream is taken up without a byte coming."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """What is uploaded; `open` gives its bytes from the beginning, each time it is called."""

    open: Callable[[], Iterable[bytes]]
    bytes: int
    sha256: str
    media_type: str


class ContentApi:
    """A client of one store. Holds no connection; safe to use from several threads."""

    def __init__(self, base: str, token: str, limits: FetchLimits, *, network: Network = SYSTEM) -> None:
        """base: address of the API; limits: attempts, pauses and silence of each exchange."""
        self.base = base.rstrip("/")
        self._token = token
        self._host = checked_url(self.base).host
        # The operator named this host, so it may lie in a private network.
        self._limits = replace(limits, allow_private=True, pace=None)
        self._foreign = replace(limits, pace=None)
        self._network = network

    @staticmethod
    def of(base: str, settings: Settings) -> "ContentApi":
        """The store at an address, asked with SCOUT_CONTENT_TOKEN; where Scout's own files are behind another one, that
        token is not this one's to see, and it is asked with SCOUT_SOURCE_TOKEN."""
        limits = replace(FetchLimits.for_images(settings), total_s=0.9 * settings.unit_timeout_s, media_types=())
        own = not settings.blob_url.startswith("http") or _origin(base) == _origin(settings.blob_url)
        token = settings.content_token if own else settings.source_token
        return ContentApi(base, token.get_secret_value(), limits)

    def list_assets(
        self, where: Mapping[str, str | list[str]], cursor: str | None = None, limit: int = PAGE
    ) -> tuple[list[ContentAsset], str | None]:
        """A page of assets by the protocol's filters, and the cursor of the next."""
        asked: dict[str, Any] = {**where, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
        answer = self._ask("GET", f"/assets?{urlencode(asked, doseq=True)}")
        if not isinstance(answer.get("items"), list):
            raise ContentRefused("the answer has no list `items`", subject=self.base)
        after = answer.get("next")
        return [asset_of(item, self.base) for item in answer["items"]], str(after) if after else None

    def asset(self, ident: str) -> ContentAsset:
        """One asset. Raises BlobMissing."""
        return asset_of(self._ask("GET", _path(ident), missing=ident), self.base)

    def delete(self, ident: str) -> None:
        """Forget an asset; a missing one is fine."""
        try:
            self._ask("DELETE", _path(ident), missing=ident)
        except BlobMissing:
            return

    def set_status(
        self, ident: str, status: str, *, detail: str = "", metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Say how far we are with an asset. Raises BlobMissing."""
        said = {"status": status, "detail": detail[:1000], "metadata": dict(metadata or {})}
        self._ask("PATCH", _path(ident), said, missing=ident)

    def upload(
        self, ident: str, body: Body, *, derived_from: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Store or replace an asset, in one step. derived_from: the asset it was made of. Raises StorageFull."""
        wanted = {
            "bytes": body.bytes,
            "sha256": body.sha256,
            "media_type": body.media_type,
            "derived_from": derived_from,
            "metadata": dict(metadata or {}),
        }

        def send() -> None:
            ticket = ticket_of(self._ask("POST", f"{_path(ident)}/upload", wanted), self.base)
            headers = {**given_headers(ticket), "Content-Type": body.media_type, "Content-Length": str(body.bytes)}
            with self._open("PUT", ticket.url, headers, iter(body.open())) as response:
                judge(response, ticket.url, ident)

        self._repeated(send)

    def read(self, ident: str, start: int, end: int, etag: str = "") -> Iterator[bytes]:
        """The bytes start <= i < end; a torn stream is taken up where it broke, an expired URL asked for anew.

        etag: of the version that is meant; another one in its place raises StorageUnavailable. Raises BlobMissing."""
        torn, ticket = 0, self._download(ident)
        while start < end:
            try:
                for chunk in self._part(ticket, ident, start, end, etag):
                    start, torn = start + len(chunk), 0
                    yield chunk
                if start < end:
                    raise FetchInterrupted("the store sends less than it has", subject=ident)
            except FetchInterrupted as error:
                if (torn := torn + 1) > RESUMES:
                    raise StorageUnavailable(error.message, subject=f"{self.base} {ident}") from error
                time.sleep(max(error.retry_after_s, self._limits.pause_s * torn * random.uniform(0.5, 1.5)))  # noqa: S311
                ticket = self._download(ident)

    def _download(self, ident: str) -> Ticket:
        return ticket_of(self._ask("POST", f"{_path(ident)}/download", {}, missing=ident), self.base)

    def _part(self, ticket: Ticket, ident: str, start: int, end: int, etag: str) -> Iterator[bytes]:
        headers = {**given_headers(ticket), "Range": f"bytes={start}-{end - 1}"}
        with self._open("GET", ticket.url, headers) as (status, said, response):
            if status in EXPIRED:
                raise FetchInterrupted("the pre-signed URL is not valid any more", subject=ident)
            judge((status, said, response), ticket.url, ident)
            if etag and said.get("etag", etag) != etag:
                raise StorageUnavailable("the file was replaced meanwhile", subject=ident, hint="read it again")
            skip = start if status == 200 else 0  # a store without ranges sends all of it
            left = end - start
            for chunk in response.iter_stream():
                kept = chunk[skip:][:left]
                skip, left = max(0, skip - len(chunk)), left - len(kept)
                if kept:
                    yield kept
                if not left:
                    return

    def _ask(self, method: str, path: str, body: Any = None, *, missing: str = "") -> dict[str, Any]:
        """The API's answer as an object. Raises BlobMissing (404), ContentRefused, StorageUnavailable."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "User-Agent": "tradeshow-scout", "Accept-Encoding": "identity"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if content is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}

        def ask() -> dict[str, Any]:
            with self._open(method, self.base + path, headers, content) as answer:
                judge(answer, self.base + path.partition("?")[0], missing, token=True)
                return object_of(whole_body(answer[2], self.base), self.base)

        answer: dict[str, Any] = self._repeated(ask)
        return answer

    def _repeated(self, ask: Callable[[], Any]) -> Any:
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return ask()
            except FetchInterrupted as error:
                if attempt == self._limits.attempts:
                    hint = "is the address right, the content API up?"
                    raise StorageUnavailable(error.message, subject=error.subject, hint=hint) from error
                pause = self._limits.pause_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
                time.sleep(max(pause, min(error.retry_after_s, 60.0)))
        raise AssertionError("attempts is at least 1")

    @contextmanager
    def _open(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | Iterator[bytes] | None = None
    ) -> Iterator[tuple[int, httpx.Headers, httpcore.Response]]:
        target = checked_url(url)
        limits = self._limits if target.host == self._host else self._foreign
        deadline = Deadline(limits.total_s)
        with translated(shown(target), limits), connections(limits, self._network, deadline) as pool:
            asked = {"User-Agent": "tradeshow-scout", "Accept-Encoding": "identity", **headers}
            with exchange(pool, method, target, asked, limits, deadline, content) as (response, said):
                yield response.status, said, response


def _origin(base: str) -> tuple[str, str, int | None]:
    url = checked_url(base)
    return url.scheme, url.host, url.port


def _path(ident: str) -> str:
    return f"/assets/{quote(ident, safe='')}"
