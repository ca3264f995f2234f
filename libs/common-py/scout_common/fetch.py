"""Fetch a file by http(s) from somebody we do not know: size, type and time limited, never from a private network.

Failures that may pass (no answer, 5xx, a broken connection) are tried again with a pause while the time
allowed lasts.
"""

import errno
import hashlib
import io
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scout_common.errors import StorageFull
from scout_common.exchange import SYSTEM, FetchFailed, FetchInterrupted, FetchLimits, Network, follow
from scout_common.network import Deadline, UrlRefused

__all__ = [
    "SYSTEM",
    "FetchFailed",
    "FetchInterrupted",
    "FetchLimits",
    "Fetched",
    "FetchedFile",
    "Network",
    "UrlRefused",
    "fetch",
    "fetch_to_file",
    "is_url",
]


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came: the bytes, the declared media type (lower case, "" where none), the address after redirects."""

    data: bytes
    media_type: str
    final_url: str


@dataclass(frozen=True, kw_only=True)
class FetchedFile:
    """What came, as a file; `sha256` of its content."""

    path: Path
    bytes: int
    sha256: str
    media_type: str
    final_url: str


def is_url(source: str) -> bool:
    """Whether a source is meant as an http(s) address."""
    return source.lower().startswith(("http://", "https://"))


def fetch(url: str, limits: FetchLimits, *, network: Network = SYSTEM) -> Fetched:
    """Fetch into memory. Raises UrlRefused, FetchFailed (permanent), FetchInterrupted (transient)."""
    sink = io.BytesIO()
    media_type, final_url = _fetch_into(sink, url, limits, network)
    return Fetched(data=sink.getvalue(), media_type=media_type, final_url=final_url)


def fetch_to_file(url: str, path: Path, limits: FetchLimits, *, network: Network = SYSTEM) -> FetchedFile:
    """Fetch into `path`, which appears only when the file is whole.

    Raises UrlRefused, FetchFailed (permanent), FetchInterrupted, StorageFull (transient).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".fetch-")
    try:
        with _disk_errors(path), os.fdopen(handle, "w+b") as sink:
            media_type, final_url = _fetch_into(sink, url, limits, network)
            size = sink.tell()
            sink.seek(0)
            sha256 = hashlib.file_digest(sink, "sha256").hexdigest()
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return FetchedFile(path=path, bytes=size, sha256=sha256, media_type=media_type, final_url=final_url)


def _fetch_into(sink: BinaryIO, url: str, limits: FetchLimits, network: Network) -> tuple[str, str]:
    """(media type, final address); tries again while attempts and time last."""
    deadline = Deadline(limits.total_s)
    for attempt in range(1, limits.attempts + 1):
        sink.seek(0)
        sink.truncate()
        try:
            return follow(sink, url, limits, network, deadline)
        except FetchInterrupted as error:
            # Jitter: many workers that were refused together do not come back together.
            pause = limits.pause_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
            pause = max(pause, error.retry_after_s)
            if attempt == limits.attempts or pause >= deadline.left_s:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(subject=str(path.parent)) from error
        raise
