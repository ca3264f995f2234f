"""Files are read in processes that may hang or die alone."""

import json
import os
import threading
import time
from collections.abc import Iterator

import psutil
import pytest
from scout_common.reader_process import ReaderDied, ReaderPool
from scout_ocr.errors import BadDocument, Encrypted, EngineUnavailable, TooLarge
from scout_ocr.reading import ReadOptions

WORK = "tests.unit.common.toy_reading:begin"


@pytest.fixture
def pool() -> Iterator[ReaderPool]:
    pool = ReaderPool({}, 2, WORK)
    yield pool
    pool.close()


def read(pool: ReaderPool, text: str, timeout_s: float = 20) -> tuple[str, int]:
    said, _, pid = json.loads(pool.read(text.encode(), ReadOptions(), timeout_s=timeout_s).result)["text"].rpartition(
        " "
    )
    return said, int(pid)


def test_one_process_serves_who_comes_one_after_the_other(pool: ReaderPool) -> None:
    assert pool.pids() == []
    answers = [read(pool, f"file {number}") for number in range(3)]
    assert [said for said, _ in answers] == ["file 0", "file 1", "file 2"]
    assert {pid for _, pid in answers} == set(pool.pids()) and len(pool.pids()) == 1
    assert pool.about().version == "toy-1" and pool.about().languages == {"toy": ("en",)}
    assert pool.render(b"x", {"text": "again"}, timeout_s=5).result == b"%PDF again"


def test_what_hangs_is_ended_and_the_next_is_read(pool: ReaderPool) -> None:
    _, before = read(pool, "warm")
    began = time.monotonic()
    with pytest.raises(TooLarge, match="it takes longer"):
        read(pool, "sleep 30", timeout_s=0.3)
    assert time.monotonic() - began < 5 and not psutil.pid_exists(before)
    said, after = read(pool, "next")
    assert said == "next" and after != before


def test_what_crashes_costs_its_own_process_alone(pool: ReaderPool) -> None:
    with pytest.raises(ReaderDied):
        read(pool, "die")
    assert read(pool, "next")[0] == "next"


def test_errors_keep_their_class_and_hint(pool: ReaderPool) -> None:
    with pytest.raises(Encrypted, match="password") as found:
        read(pool, "encrypted")
    assert found.value.hint == "remove it"
    with pytest.raises(BadDocument, match="empty"):
        read(pool, "")
    with pytest.raises(BadDocument, match="ZeroDivisionError"):
        read(pool, "fault")
    assert len(pool.pids()) == 1  # none of that cost a process


def test_no_more_files_at_once_than_processes(pool: ReaderPool) -> None:
    pool.warm()
    assert len(pool.pids()) == 2
    began, said = time.monotonic(), []
    threads = [threading.Thread(target=lambda: said.append(read(pool, "sleep 0.4"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4 and {pid for _, pid in said} == set(pool.pids())
    assert time.monotonic() - began >= 0.8


def test_a_reader_that_cannot_be_made_says_why() -> None:
    with pytest.raises(EngineUnavailable, match="no weights"):
        ReaderPool({"broken": True}, 1, WORK).about()


def test_it_ends_with_its_parent(pool: ReaderPool) -> None:
    read(pool, "warm")
    child = psutil.Process(pool.pids()[0])
    assert child.ppid() == os.getpid()
    pool.close()
    assert not psutil.pid_exists(child.pid)
    with pytest.raises(ReaderDied):
        read(pool, "after the end")
