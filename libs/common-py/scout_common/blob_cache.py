"""Copies of stored files on this machine, for code that needs a path. Bounded; its processes share the folder."""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scout_common.errors import StorageFull, StorageUnavailable

FRESH_S = 120.0
"""A copy used so recently is not removed: who got its path may not have opened it yet. An open one may go."""


class BlobCache:
    """A folder of whole copies; the one that was used longest ago makes room."""

    def __init__(self, folder: Path, bound: int) -> None:
        """bound: bytes of all copies together, those being made included."""
        self._folder = folder
        self._bound = bound

    def get(self, name: str) -> Path | None:
        """The copy, which counts as used now; None where there is none."""
        place = self._folder / name
        try:
            os.utime(place)
        except FileNotFoundError:
            return None
        return place

    def add(self, name: str, size: int, read: Callable[[], Iterator[bytes]]) -> Path:
        """The copy, made from what `read` gives where there is none. Others who want it at the same time wait for it.

        Raises StorageFull, StorageUnavailable (`read` gave another number of bytes), and what `read` raises.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".part-{name}"
        while (held := self.get(name)) is None:
            with _locked(part) as file:
                if _same(part, file) and self.get(name) is None:
                    self._fill(part, file, size, read)
                if _same(part, file):
                    part.unlink()
        return held

    def adopt(self, name: str, source: Path) -> None:
        """Make the file a copy by renaming it, where it fits and lies on the same disk; else leave it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with _locked(self._folder / ".lock"):
                self._make_room(source.stat().st_size)
                source.replace(self._folder / name)
        except (OSError, StorageFull):
            return
        self.get(name)

    def forget(self, name: str) -> None:
        """Remove the copy; a missing one is fine."""
        (self._folder / name).unlink(missing_ok=True)

    def _fill(self, part: Path, file: int, size: int, read: Callable[[], Iterator[bytes]]) -> None:
        try:
            with _locked(self._folder / ".lock"):
                self._make_room(size, besides=part)
                os.truncate(file, size)  # from now on it counts in full, for others who make room
            written = 0
            for chunk in read():
                written += os.pwrite(file, chunk, written)
            if written != size:
                raise StorageUnavailable(f"{written} bytes came instead of {size}", subject=part.name)
            part.replace(part.with_name(part.name.removeprefix(".part-")))
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull(subject=str(self._folder)) from error
            raise
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def _make_room(self, size: int, besides: Path | None = None) -> None:
        """Remove what was used longest ago until `size` more bytes fit. Raises StorageFull."""
        held = sorted((status.st_mtime, status.st_size, place) for place, status in self._files() if place != besides)
        total = size + sum(length for _, length, _ in held)
        for used, length, place in held:
            if total <= self._bound or time.time() - used < FRESH_S:
                break
            place.unlink(missing_ok=True)
            total -= length
        if total > self._bound:
            raise StorageFull(
                f"no room for {size} more bytes among {self._bound} of local copies in use",
                subject=str(self._folder),
                hint="raise SCOUT_BLOB_CACHE_BYTES: it has to hold the media that are read at the same time",
            )

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for entry in os.scandir(self._folder):
            try:
                yield Path(entry.path), entry.stat()
            except FileNotFoundError:
                continue


@contextmanager
def _locked(place: Path) -> Iterator[int]:
    """The file, made where missing, held alone among all processes; a process that dies lets go."""
    file = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _same(place: Path, file: int) -> bool:
    """Whether the open file still bears the name: who waited for the lock may hold one that has been renamed."""
    try:
        return os.path.samestat(place.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
