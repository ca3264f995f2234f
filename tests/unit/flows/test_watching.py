"""Which files become jobs, and that they do so once, whenever the watch is killed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from scout_common.errors import NotFound

from flows.watching import FolderWatch, Journal, WatchedElsewhere

REQUEST = {"catalogue": "/c.csv"}
NOW = 1_000_000.0


@dataclass
class Server:
    """Remembers jobs by key, as Scout does; may be away before or after it took a job."""

    jobs: dict[str, list[str]] = field(default_factory=dict)
    away: str = ""

    def start(self, request: Mapping[str, Any], key: str) -> str:
        if self.away == "before":
            raise ConnectionError
        self.jobs.setdefault(key, [Path(path).name for path in request["media"]])
        if self.away == "after":
            raise ConnectionError
        return f"job-{list(self.jobs).index(key)}"


class Watching:
    """A watch that can be killed and started again."""

    def __init__(self, folder: Path, journals: Path) -> None:
        self.folder, self.journals, self.server = folder, journals, Server()
        self._opened = ExitStack()
        self.restart()

    def restart(self) -> None:
        self._opened.close()
        journal = self._opened.enter_context(Journal.open(self.journals, self.folder, REQUEST))
        self.watch = FolderWatch(
            folder=self.folder, request=REQUEST, journal=journal, start=self.server.start, settle_s=10
        )

    def looks(self, *moments: float) -> None:
        for moment in moments:
            self.watch.look(NOW + moment)

    @property
    def jobs(self) -> list[list[str]]:
        return list(self.server.jobs.values())

    def close(self) -> None:
        self._opened.close()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "media").mkdir()
    watching = Watching(tmp_path / "media", tmp_path / "journals")
    yield watching
    watching.close()


def put(watching: Watching, name: str, data: bytes = b"x", at: float = 0.0) -> Path:
    path = watching.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (NOW + at, NOW + at))
    return path


def test_complete_media_become_one_job(watching: Watching) -> None:
    for name in ("b.mp4", "a.jpg", "sub/c.mov", "notes.txt", ".hidden.mp4"):
        put(watching, name)
    watching.looks(11, 12, 13, 60)
    assert watching.jobs == [["a.jpg", "b.mp4", "c.mov"]]


def test_a_file_that_still_grows_waits(watching: Watching) -> None:
    put(watching, "a.mp4", b"x")
    watching.looks(5)
    put(watching, "a.mp4", b"xx", at=8)
    watching.looks(12)
    put(watching, "a.mp4", b"xxx", at=8)  # a tool that keeps the time while it writes
    watching.looks(20)
    assert watching.jobs == []
    watching.looks(21)
    assert watching.jobs == [["a.mp4"]]


def test_an_empty_file_is_nothing_yet(watching: Watching) -> None:
    put(watching, "a.mp4", b"")
    watching.looks(60, 61)
    assert watching.jobs == []


def test_what_comes_later_or_changes_becomes_another_job(watching: Watching) -> None:
    put(watching, "a.mp4")
    watching.looks(20, 21)
    put(watching, "b.mp4", at=22)
    put(watching, "a.mp4", b"other", at=22)
    watching.looks(40, 41, 42)
    assert watching.jobs == [["a.mp4"], ["a.mp4", "b.mp4"]]


@pytest.mark.parametrize("away", ["before", "after"])
def test_a_watch_killed_around_the_request_starts_the_job_once(watching: Watching, away: str) -> None:
    put(watching, "a.mp4")
    watching.looks(20)
    watching.server.away = away
    with pytest.raises(ConnectionError):
        watching.looks(21)
    watching.server.away = ""
    put(watching, "b.mp4", at=21)  # must not slip into the lot that was asked for
    watching.restart()
    watching.looks(40, 41, 42)
    assert watching.jobs == [["a.mp4"], ["b.mp4"]]


def test_a_restart_starts_nothing_twice(watching: Watching) -> None:
    put(watching, "a.mp4")
    watching.looks(20, 21)
    watching.restart()
    watching.looks(40, 41)
    assert watching.jobs == [["a.mp4"]]


def test_a_torn_line_of_the_journal_costs_nothing(watching: Watching) -> None:
    put(watching, "a.mp4")
    watching.looks(20, 21)
    watching.close()
    (journal,) = watching.journals.iterdir()
    journal.write_bytes(journal.read_bytes() + b'{"key": "watch-1", "fil')
    watching.restart()
    put(watching, "b.mp4", at=30)
    watching.looks(50, 51)
    watching.restart()
    watching.looks(60, 61)
    assert watching.jobs == [["a.mp4"], ["b.mp4"]]


def test_two_watches_of_one_folder_for_one_request_are_refused(watching: Watching, tmp_path: Path) -> None:
    with pytest.raises(WatchedElsewhere), Journal.open(watching.journals, watching.folder, REQUEST):
        pass
    with Journal.open(watching.journals, watching.folder, {"catalogue": "/other.csv"}):
        pass


def test_a_folder_that_is_gone_is_told(watching: Watching) -> None:
    watching.folder.rmdir()
    with pytest.raises(NotFound, match="no such folder"):
        watching.looks(1)
