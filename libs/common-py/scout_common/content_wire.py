"""What a content API says, as our own values (docs/content-api.md): assets, pre-signed URLs, what a status means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpcore
import httpx

from scout_common.errors import BlobMissing, PermanentError, StorageFull, StorageUnavailable
from scout_common.exchange import PASSING, checked_url
from scout_common.fetch_limits import FetchFailed, FetchInterrupted

LARGEST_ANSWER = 8 * 2**20
EXPIRED = (401, 403, 410)
"""What a store says where a pre-signed URL is not valid any more."""
_NOT_OURS = {"host", "content-length", "transfer-encoding", "connection", "authorization"}


class ContentRefused(PermanentError):
    """The content API does not do what it was asked for."""


@dataclass(frozen=True, kw_only=True)
class ContentAsset:
    """A file of the store. etag: changes with its content; sha256: "" where the store does not know it."""

    id: str
    name: str
    bytes: int
    media_type: str = ""
    owner: str = ""
    tenant: str = ""
    status: str = ""
    etag: str = ""
    sha256: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A pre-signed URL and the headers that belong to it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def judge(answer: tuple[int, httpx.Headers, httpcore.Response], url: str, ident: str, *, token: bool = False) -> None:
    """What a status means. Raises FetchInterrupted where it may pass."""
    status, headers, response = answer
    subject = shown(checked_url(url))
    if 200 <= status < 300:
        return
    if status in PASSING or (status in EXPIRED and not token):
        error = FetchInterrupted(f"the store answers with status {status}", subject=subject)
        wait = headers.get("retry-after", "")
        error.retry_after_s = float(wait) if wait.isdecimal() and len(wait) < 6 else 0.0
        raise error
    if status == 404 and ident:
        raise BlobMissing(subject=ident, hint="it was removed from the store; run the job again")
    if status in (413, 507):
        raise StorageFull("the store takes no more", subject=subject)
    if status in (401, 403):
        raise StorageUnavailable(
            "the content API refuses us", subject=subject, hint="is SCOUT_CONTENT_TOKEN (SCOUT_SOURCE_TOKEN) right?"
        )
    raise ContentRefused(f"the store answers with status {status}: {_reason(response)}", subject=subject)


def whole_body(response: httpcore.Response, subject: str) -> bytes:
    data = b""
    for chunk in response.iter_stream():
        data += chunk
        if len(data) > LARGEST_ANSWER:
            raise FetchFailed(f"the answer is larger than {LARGEST_ANSWER / 2**20:.0f} MiB", subject=subject)
    return data


def object_of(data: bytes, subject: str) -> dict[str, Any]:
    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise ContentRefused("the answer is no JSON", subject=subject) from error
    if not isinstance(found, dict):
        raise ContentRefused("the answer is no JSON object", subject=subject)
    return found


def _reason(response: httpcore.Response) -> str:
    data = b"".join(chunk for chunk, _ in zip(response.iter_stream(), range(4), strict=False))
    return " ".join(data[:2000].decode("utf-8", "replace").split())[:300]


def asset_of(item: Any, subject: str) -> ContentAsset:
    try:
        texts = {
            name: str(item.get(name) or "") for name in ("media_type", "owner", "tenant", "status", "etag", "sha256")
        }
        modified = item.get("modified_at")
        return ContentAsset(
            id=str(item["id"]),
            name=str(item.get("name") or item["id"]),
            bytes=int(item["bytes"]),
            modified_at=datetime.fromisoformat(modified) if modified else None,
            **texts,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ContentRefused(f"an asset is not described as the protocol says: {error!r}", subject=subject) from error


def ticket_of(answer: dict[str, Any], subject: str) -> Ticket:
    url, headers = answer.get("url"), answer.get("headers") or {}
    if not isinstance(url, str) or not isinstance(headers, dict):
        raise ContentRefused("the answer holds no pre-signed `url`", subject=subject)
    plain = {str(name): str(value) for name, value in headers.items()}
    if not all(text.isascii() and text.isprintable() for text in (*plain, *plain.values())):
        raise ContentRefused("a header of the pre-signed URL holds what no header may", subject=subject)
    return Ticket(url=url, headers=plain)


def given_headers(ticket: Ticket) -> dict[str, str]:
    """The ticket's headers, without those that are ours to say."""
    return {name: value for name, value in ticket.headers.items() if name.lower() not in _NOT_OURS}


def shown(url: httpx.URL) -> str:
    """An address without its query: the signature is a secret."""
    return str(url.copy_with(query=None))
