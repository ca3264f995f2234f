"""Local copies: bounded, whole or not there, made once however many want them."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scout_common.blob_cache import FRESH_S, BlobCache
from scout_common.errors import StorageFull, StorageUnavailable


def chunks(*data: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(data)


def aged(path: Path, seconds: float = FRESH_S + 1) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != ".lock"}


def test_a_copy_is_made_once(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, 100)
    path = cache.add("a", 3, chunks(b"ab", b"c"))
    assert path.read_bytes() == b"abc"
    assert cache.add("a", 3, chunks(b"xyz")) == path == cache.get("a")
    assert path.read_bytes() == b"abc"
    assert cache.get("b") is None


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, 10)
    for name, seconds in (("a", 400), ("b", 300), ("c", 500)):
        aged(cache.add(name, 3, chunks(b"xxx")), seconds)
    cache.get("c")
    cache.add("d", 4, chunks(b"dddd"))
    assert names(tmp_path) == {"b", "c", "d"}


def test_copies_in_use_are_kept_and_the_reader_is_told(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path, 10)
    cache.add("a", 6, chunks(b"x" * 6))
    with pytest.raises(StorageFull, match="SCOUT_BLOB_CACHE_BYTES"):
        cache.add("b", 6, chunks(b"x" * 6))
    assert names(tmp_path) == {"a"}


def test_unfinished_copies_of_dead_processes_make_room(tmp_path: Path) -> None:
    (tmp_path / ".part-old").write_bytes(b"x" * 9)
    aged(tmp_path / ".part-old")
    BlobCache(tmp_path, 10).add("a", 3, chunks(b"abc"))
    assert names(tmp_path) == {"a"}


@pytest.mark.parametrize("data", [b"ab", b"abcd"])
def test_another_number_of_bytes_is_no_copy(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(StorageUnavailable, match=f"{len(data)} bytes came instead of 3"):
        BlobCache(tmp_path, 100).add("a", 3, chunks(data))
    assert names(tmp_path) == set()


def test_a_reader_that_breaks_leaves_nothing_and_the_next_one_starts_anew(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ValueError("torn")

    cache = BlobCache(tmp_path, 100)
    with pytest.raises(ValueError, match="torn"):
        cache.add("a", 3, broken)
    assert cache.add("a", 3, chunks(b"abc")).read_bytes() == b"abc"


def test_many_want_the_same_at_once(tmp_path: Path) -> None:
    reads: list[float] = []

    def slow() -> Iterator[bytes]:
        reads.append(time.monotonic())
        time.sleep(0.1)
        yield b"abc"

    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(BlobCache(tmp_path, 100).add("a", 3, slow).read_bytes()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [b"abc"] * 6
    assert len(reads) == 1
    assert names(tmp_path) == {"a"}


def test_a_moved_file_becomes_a_copy_only_where_it_fits(tmp_path: Path) -> None:
    cache = BlobCache(tmp_path / "cache", 4)
    for name, data in (("a", b"abc"), ("b", b"too large")):
        (tmp_path / name).write_bytes(data)
        cache.adopt(name, tmp_path / name)
    assert cache.get("a") is not None
    assert cache.get("b") is None
    assert (tmp_path / "b").exists()
