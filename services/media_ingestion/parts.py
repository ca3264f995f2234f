"""The bytes of unfinished uploads: a file each, written by one request at a time, never held in memory."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from scout_common.errors import Conflict, NotFound, StorageFull


class PartBusy(Conflict):
    """Another request is sending this upload."""

    default_hint = "wait until it has ended, then ask how far it came"


class Parts:
    """The files of unfinished uploads in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def room(self) -> int:
        """Free bytes of the disk and bytes that have come already, together."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free + sum(file.stat().st_size for file in self._folder.iterdir())

    def create(self, ident: str) -> None:
        """Begin an upload. Raises StorageFull."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with _disk_errors(self._folder):
            self.place(ident).touch(mode=0o600)

    def received(self, ident: str) -> int:
        """Bytes that have come; 0 where nothing has."""
        try:
            return self.place(ident).stat().st_size
        except FileNotFoundError:
            return 0

    def place(self, ident: str) -> Path:
        """The upload's file; ids are UUIDs that the database gave back."""
        return self._folder / ident

    def take(self, ident: str) -> "Part":
        """Open the upload to go on with it, for this request alone. Raises PartBusy, NotFound."""
        try:
            file = self.place(ident).open("r+b", buffering=0)
        except FileNotFoundError:
            raise NotFound("what had come of this upload is gone", subject=ident, hint="Begin a new one.") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise PartBusy(subject=ident) from None
        return Part(file)

    def remove(self, ident: str) -> None:
        """Forget what has come. Raises PartBusy."""
        try:
            part = self.take(ident)
        except NotFound:
            return
        with part:
            self.place(ident).unlink(missing_ok=True)


class Part:
    """An unfinished upload that this request writes at its end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.begin = self.size = file.seek(0, os.SEEK_END)

    def write(self, data: bytes) -> None:
        """Add bytes. Raises StorageFull; what fitted stays."""
        with _disk_errors(Path(self._file.name)):
            view = memoryview(data)
            while view:
                written = self._file.write(view)
                self.size += written
                view = view[written:]

    def undo(self) -> None:
        """Forget what this request has added."""
        self._file.truncate(self.begin)
        self.size = self._file.seek(self.begin)

    def __enter__(self) -> "Part":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@contextmanager
def _disk_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(subject=str(place.parent)) from error
        raise
