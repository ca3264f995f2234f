"""Stored files by content: one interface, several stores. A key is a path of letters, digits and `/._-`."""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from scout_common.errors import BlobMissing, StorageFull

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def is_content(key: str) -> bool:
    """Whether the key is the sha256 of its file, which then never changes."""
    return _SHA256.match(key) is not None


def place_of(key: str) -> str:
    """Where the file lies below the store's root: content under blobs/ab/cd/<sha256>, named keys as they are.

    Raises ValueError for what is no key; `..` and absolute paths are none."""
    if is_content(key):
        return f"blobs/{key[:2]}/{key[2:4]}/{key}"
    if not _KEY.match(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key


class BlobStore(Protocol):
    """Files by key. A sha256 alone is the key of content; names like `kp/...` are the caller's own."""

    def put(self, data: bytes, media_type: str) -> str:
        """Store content and return its sha256, which is its key. Storing it again does nothing.

        Raises StorageFull. Every call raises StorageUnavailable where the store is another machine that is away."""

    def put_file(self, source: Path, media_type: str, *, move: bool = False) -> str:
        """Store a file's content without holding it in memory and return its sha256; move: `source` may vanish.

        Raises StorageFull."""

    def put_named(self, key: str, data: bytes) -> None:
        """Store or replace the file of that name in one step. Raises StorageFull."""

    def get(self, key: str) -> bytes:
        """The whole file. Raises BlobMissing."""

    def path(self, key: str) -> Path | None:
        """A file on this machine with the content, for reading and for now; None where it is missing.

        A store elsewhere makes a copy, which may be removed again once it has not been used for some minutes.
        Raises StorageFull where the copy does not fit."""

    def exists(self, key: str) -> bool:
        """Whether the file is stored."""

    def delete(self, key: str) -> None:
        """Forget the file; a missing one is fine."""

    def size(self, key: str) -> int:
        """Bytes of the file. Raises BlobMissing."""

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes start <= i < end (cut at the file's end), in chunks. Raises BlobMissing."""


class LocalBlobs:
    """Files in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes, media_type: str) -> str:
        key = hashlib.sha256(data).hexdigest()
        if not self._place(key).exists():
            self._write(self._place(key), data)
        return key

    def put_file(self, source: Path, media_type: str, *, move: bool = False) -> str:
        with source.open("rb") as stream:
            key = hashlib.file_digest(stream, "sha256").hexdigest()
        place = self._place(key)
        if place.exists():
            return key
        if move and _renamed(source, place):
            return key
        with source.open("rb") as stream, _replacing(place) as target:
            while chunk := stream.read(1 << 20):
                target.write(chunk)
        return key

    def put_named(self, key: str, data: bytes) -> None:
        self._write(self._place(key), data)

    def get(self, key: str) -> bytes:
        try:
            return self._place(key).read_bytes()
        except FileNotFoundError:
            raise BlobMissing(subject=key) from None

    def path(self, key: str) -> Path | None:
        place = self._place(key)
        return place if place.is_file() else None

    def exists(self, key: str) -> bool:
        return self._place(key).is_file()

    def delete(self, key: str) -> None:
        self._place(key).unlink(missing_ok=True)

    def size(self, key: str) -> int:
        try:
            return self._place(key).stat().st_size
        except FileNotFoundError:
            raise BlobMissing(subject=key) from None

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        if not self.exists(key):
            raise BlobMissing(subject=key)
        return self._chunks(self._place(key), start, end)

    @staticmethod
    def _chunks(place: Path, start: int, end: int) -> Iterator[bytes]:
        with place.open("rb") as stream:
            stream.seek(start)
            left = end - start
            while left > 0 and (chunk := stream.read(min(left, 1 << 18))):
                left -= len(chunk)
                yield chunk

    def _place(self, key: str) -> Path:
        return self.root / place_of(key)

    @staticmethod
    def _write(place: Path, data: bytes) -> None:
        with _replacing(place) as target:
            target.write(data)


def _renamed(source: Path, place: Path) -> bool:
    """Whether the file could simply take its new name; not across file systems."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(0o644)
        source.replace(place)
    except OSError:
        return False
    return True


class _Target(Protocol):
    def write(self, data: bytes, /) -> int: ...


@contextmanager
def _replacing(place: Path) -> Iterator[_Target]:
    """A file that takes its name only when it is whole, so that a crash leaves no half file under a content's name."""
    temporary: str | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".part-")
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        Path(temporary).chmod(0o644)
        Path(temporary).replace(place)
        temporary = None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(subject=str(place.parent)) from error
        raise
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
