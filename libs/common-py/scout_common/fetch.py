"""Fetch a file by http(s) from somebody we do not know: size, type and time limited, never from a private network.

Failures that may pass (no answer, 5xx, a broken connection) are tried again with a pause while the time
allowed lasts; what had come until then is kept where the server can tell that it still belongs to the file.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from scout_common.errors import StorageFull
from scout_common.exchange import SYSTEM, Network, follow
from scout_common.fetch_limits import FetchFailed, FetchInterrupted, FetchLimits, WrongType
from scout_common.network import Deadline, UrlRefused
from scout_common.transfer import UNKNOWN, Answer, Transfer, Validators

__all__ = [
    "SYSTEM",
    "FetchFailed",
    "FetchInterrupted",
    "FetchLimits",
    "Fetched",
    "FetchedFile",
    "Network",
    "UrlRefused",
    "Validators",
    "WrongType",
    "fetch",
    "fetch_to_file",
    "is_url",
]

PART = ".fetch-"
"""What the names of unfinished files begin with."""
_WORTH_A_TRY = 2**20
"""Bytes that an attempt must have brought for the next one to be the first again."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came: the bytes, the declared media type (lower case, "" where none), the address after redirects.

    `unchanged`: nothing came, for the version that was known still stands.
    """

    data: bytes
    media_type: str
    final_url: str
    validators: Validators = UNKNOWN
    unchanged: bool = False


@dataclass(frozen=True, kw_only=True)
class FetchedFile:
    """What came, as a file; `sha256` of its content. `unchanged`: there is no file, the known version still stands."""

    path: Path
    bytes: int
    sha256: str
    media_type: str
    final_url: str
    validators: Validators = UNKNOWN
    unchanged: bool = False


def is_url(source: str) -> bool:
    """Whether a source is meant as an http(s) address."""
    return source.lower().startswith(("http://", "https://"))


def fetch(url: str, limits: FetchLimits, *, known: Validators = UNKNOWN, network: Network = SYSTEM) -> Fetched:
    """Fetch into memory, where `known` is still the version: not. Raises UrlRefused, FetchFailed, FetchInterrupted."""
    sink = io.BytesIO()
    answer = _repeated(Transfer(sink=sink, known=known), url, limits, network)
    return Fetched(data=sink.getvalue(), **vars(answer))


def fetch_to_file(
    url: str, path: Path, limits: FetchLimits, *, known: Validators = UNKNOWN, network: Network = SYSTEM
) -> FetchedFile:
    """Fetch into `path`, which appears only when the file is whole; a later call goes on where this one was broken off.

    Raises UrlRefused, FetchFailed (permanent), FetchInterrupted, StorageFull (transient).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _disk_errors(path), _part_of(path, url, known) as transfer:
        answer = _repeated(transfer, url, limits, network)
        if answer.unchanged:
            return FetchedFile(path=path, bytes=0, sha256="", **vars(answer))
        size = transfer.sink.tell()
        transfer.sink.seek(0)
        sha256 = hashlib.file_digest(transfer.sink, "sha256").hexdigest()  # type: ignore[arg-type]
        _place_of_part(path).replace(path)
    return FetchedFile(path=path, bytes=size, sha256=sha256, **vars(answer))


def _repeated(transfer: Transfer, url: str, limits: FetchLimits, network: Network) -> Answer:
    """Tries again while attempts and time last; an attempt that brought something new does not count."""
    deadline = Deadline(limits.total_s)
    attempt = 1
    while True:
        before = transfer.received
        try:
            return follow(transfer, url, limits, network, deadline)
        except FetchInterrupted as error:
            # Jitter: many workers that were refused together do not come back together.
            pause = limits.pause_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
            pause = max(pause, error.retry_after_s)
            if attempt == limits.attempts or pause >= deadline.left_s:
                raise
            further = transfer.validators.strong and transfer.received >= before + _WORTH_A_TRY
            attempt = 1 if further else attempt + 1
            time.sleep(pause)


def _place_of_part(path: Path) -> Path:
    return path.with_name(f"{PART}{path.name}")


@contextmanager
def _part_of(path: Path, url: str, known: Validators) -> Iterator[Transfer]:
    """The unfinished file, as far as an earlier call brought it; kept after an interruption that can be mended."""
    part = _place_of_part(path)
    note = part.with_name(f"{part.name}.json")

    def noted(validators: Validators) -> None:
        if validators.strong:
            note.write_text(json.dumps({"url": url, **asdict(validators)}), encoding="utf-8")
        else:
            note.unlink(missing_ok=True)

    worth_keeping = False
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as sink:
        _lock(sink, url)
        validators = _noted(note, url)
        received = sink.seek(0, os.SEEK_END) if validators.strong else 0
        transfer = Transfer(sink=sink, received=received, validators=validators, known=known, noted=noted)
        try:
            yield transfer
        except (FetchInterrupted, StorageFull):
            worth_keeping = bool(transfer.received and transfer.validators.strong)
            raise
        finally:
            if not worth_keeping:
                part.unlink(missing_ok=True)
                note.unlink(missing_ok=True)


def _lock(sink: BinaryIO, url: str) -> None:
    """Two processes do not write one file: a worker whose lease was lost may still be at it."""
    try:
        fcntl.flock(sink, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FetchInterrupted("another worker is still fetching this file", subject=url) from None


def _noted(note: Path, url: str) -> Validators:
    """The validators of an unfinished file of the same address."""
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        if said["url"] == url:
            return Validators(etag=str(said["etag"]), last_modified=str(said["last_modified"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return UNKNOWN


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(subject=str(path.parent)) from error
        raise
