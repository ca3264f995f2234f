"""New media in a folder become jobs, once: files that are complete, remembered before anything is asked for.

What is remembered is a journal of lines: which files go into a job under which idempotency key, then the job's id.
A watch that is killed between the two asks again with the same key and gets the same job.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scout_common.errors import NotFound, ScoutError

from services.orchestrator.media import media_below

MOST_MEDIA = 1000
"""Files in one job; more make another."""

StartJob = Callable[[Mapping[str, Any], str], str]
"""Starts the job of a request under an idempotency key and returns its id; the same key gives the same job."""


class WatchedElsewhere(ScoutError):
    """Another process watches this folder for the same job."""

    default_hint = "end that one, or let it work"


@dataclass(frozen=True, kw_only=True)
class SeenFile:
    """A file as it was: another size or time is another file."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, kw_only=True)
class StartedJob:
    """A job and the files it looks at."""

    job_id: str
    files: tuple[str, ...]


class Journal:
    """What was taken, in a file that only one process has."""

    def __init__(self, file: IO[str], name: str) -> None:
        self._file = file
        self._name = name
        self.known: set[SeenFile] = set()
        self.waiting: dict[str, tuple[SeenFile, ...]] = {}  # by key: asked for, but not known to have begun
        for line in file:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # a line that was torn asked for nothing yet
                self._read(json.loads(line))
        file.write("\n")  # after a torn line, a new one

    @staticmethod
    @contextlib.contextmanager
    def open(folder: Path, watched: Path, request: Mapping[str, Any]) -> "Iterator[Journal]":
        """The journal of a watched folder and a request, in `folder`. Raises WatchedElsewhere."""
        folder.mkdir(parents=True, exist_ok=True)
        name = _digest({"folder": str(watched), "request": request})
        with (folder / f"{name}.jsonl").open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WatchedElsewhere(subject=str(watched)) from None
            file.seek(0)
            yield Journal(file, name)

    def take(self, files: Sequence[SeenFile]) -> str:
        """Remember that these files go into one job; returns its idempotency key."""
        key = "watch-" + _digest({"journal": self._name, "files": [vars(file) for file in files]})
        self._write({"key": key, "files": [[file.path, file.size, file.mtime_ns] for file in files]})
        return key

    def begun(self, key: str, job_id: str) -> None:
        """Remember that the job is there."""
        self._write({"key": key, "job": job_id})

    def pass_over(self, files: Sequence[SeenFile]) -> None:
        """Remember files that no job shall look at."""
        self.begun(self.take(files), "")

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._read(line)

    def _read(self, line: dict[str, Any]) -> None:
        if "files" in line:
            files = tuple(SeenFile(path=path, size=size, mtime_ns=time_ns) for path, size, time_ns in line["files"])
            self.waiting[line["key"]] = files
            self.known.update(files)
        else:
            self.waiting.pop(line["key"], None)


@dataclass(kw_only=True)
class FolderWatch:
    """Looks at a folder again and again; a file is complete when it has not changed for `settle_s` and two looks."""

    folder: Path
    request: Mapping[str, Any]  # of the jobs, without media
    journal: Journal
    start: StartJob
    settle_s: float
    before: frozenset[SeenFile] = frozenset()

    def look(self, now: float) -> list[StartedJob]:
        """Start jobs for what has become complete by `now` (UNIX time), and for what was asked for in vain before.

        Raises NotFound where the folder is gone, and what `start` raises; another look asks again then.
        """
        found = frozenset(self.files())
        new = [file for file in found & self.before - self.journal.known if now - file.mtime_ns / 1e9 >= self.settle_s]
        self.before = found
        new.sort(key=lambda file: file.path)
        for at in range(0, len(new), MOST_MEDIA):
            self.journal.take(new[at : at + MOST_MEDIA])
        return [self._started(key, files) for key, files in list(self.journal.waiting.items())]

    def look_once(self) -> list[StartedJob]:
        """Both looks, a moment apart: for a schedule."""
        self.look(time.time())
        time.sleep(min(1.0, self.settle_s))
        return self.look(time.time())

    def files(self) -> Iterator[SeenFile]:
        """The media in the folder and below, but for empty ones. Raises NotFound."""
        if not self.folder.is_dir():
            raise NotFound("there is no such folder", subject=str(self.folder), hint="Make it, or check its name.")
        for path in media_below(self.folder):
            with contextlib.suppress(OSError):  # gone or moved while we looked
                about = path.stat()
                if about.st_size:
                    yield SeenFile(path=str(path), size=about.st_size, mtime_ns=about.st_mtime_ns)

    def _started(self, key: str, files: Sequence[SeenFile]) -> StartedJob:
        paths = tuple(file.path for file in files)
        job_id = self.start({**self.request, "media": list(paths)}, key)
        self.journal.begun(key, job_id)
        return StartedJob(job_id=job_id, files=paths)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:40]
