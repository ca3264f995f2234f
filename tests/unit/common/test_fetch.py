"""Fetching into memory and into files: repetitions, whole files only (the server is in conftest.py)."""

import errno
import fcntl
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scout_common.errors import StorageFull
from scout_common.fetch import FetchInterrupted, FetchLimits, fetch, fetch_to_file, is_url
from scout_common.settings import Settings

LIMITS = FetchLimits(max_bytes=100_000, total_s=3.0, silence_s=0.4, attempts=1, pause_s=0.01)


def test_a_passing_failure_is_tried_again(server: Any) -> None:
    assert fetch("http://shop.example/busy", replace(LIMITS, attempts=2), network=server.network).data == server.picture


def test_a_file_appears_only_when_it_is_whole(server: Any, tmp_path: Path) -> None:
    got = fetch_to_file("http://shop.example/a.png", tmp_path / "in/a.png", LIMITS, network=server.network)
    assert got.path.read_bytes() == server.picture
    assert (got.bytes, got.sha256) == (len(server.picture), hashlib.sha256(server.picture).hexdigest())
    with pytest.raises(FetchInterrupted):
        fetch_to_file("http://shop.example/more", tmp_path / "in/b.png", LIMITS, network=server.network)
    assert [entry.name for entry in (tmp_path / "in").iterdir()] == ["a.png"]


def test_an_interrupted_start_is_not_part_of_the_file(server: Any, tmp_path: Path) -> None:
    limits = replace(LIMITS, attempts=2)
    got = fetch_to_file("http://shop.example/torn", tmp_path / "a.png", limits, network=server.network)
    assert got.path.read_bytes() == server.picture


def test_only_the_rest_of_a_broken_transfer_is_fetched(server: Any, tmp_path: Path) -> None:
    limits = replace(LIMITS, attempts=2)
    got = fetch_to_file("http://shop.example/versioned", tmp_path / "a.png", limits, network=server.network)
    assert got.path.read_bytes() == server.picture
    assert server.sent == [0, len(server.picture) // 2]


def test_a_later_call_goes_on_where_the_first_was_broken_off(server: Any, tmp_path: Path) -> None:
    with pytest.raises(FetchInterrupted):
        fetch_to_file("http://shop.example/versioned", tmp_path / "a.png", LIMITS, network=server.network)
    got = fetch_to_file("http://shop.example/versioned", tmp_path / "a.png", LIMITS, network=server.network)
    assert got.path.read_bytes() == server.picture
    assert server.sent == [0, len(server.picture) // 2]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"], "nothing unfinished is left"


def test_parts_of_two_versions_are_never_joined(server: Any, tmp_path: Path) -> None:
    with pytest.raises(FetchInterrupted):
        fetch_to_file("http://shop.example/versioned", tmp_path / "a.png", LIMITS, network=server.network)
    server.version = "2"
    got = fetch_to_file("http://shop.example/versioned", tmp_path / "a.png", LIMITS, network=server.network)
    assert got.path.read_bytes() == server.picture
    assert server.sent == [0, 0]


def test_another_part_than_the_missing_one_is_not_taken(server: Any, tmp_path: Path) -> None:
    limits = replace(LIMITS, attempts=3)
    got = fetch_to_file("http://shop.example/other-part", tmp_path / "a.png", limits, network=server.network)
    assert got.path.read_bytes() == server.picture


def test_what_has_not_changed_is_not_sent_again(server: Any, tmp_path: Path) -> None:
    server.breaks = 0
    url = "http://shop.example/versioned"
    first = fetch(url, LIMITS, network=server.network)
    again = fetch(url, LIMITS, known=first.validators, network=server.network)
    assert (again.unchanged, again.data, server.sent) == (True, b"", [0])
    kept = fetch_to_file(url, tmp_path / "a.png", LIMITS, known=first.validators, network=server.network)
    assert kept.unchanged and list(tmp_path.iterdir()) == []
    server.version = "2"
    assert fetch(url, LIMITS, known=first.validators, network=server.network).data == server.picture


def test_a_file_is_fetched_by_one_process_at_a_time(server: Any, tmp_path: Path) -> None:
    with (tmp_path / ".fetch-a.png").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FetchInterrupted, match="another worker"):
            fetch_to_file("http://shop.example/a.png", tmp_path / "a.png", LIMITS, network=server.network)


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageFull), (errno.EIO, OSError)])
def test_a_full_disk_is_said_and_leaves_nothing(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def full(*args: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("scout_common.fetch.follow", full)
    with pytest.raises(kind):
        fetch_to_file("http://shop.example/a.png", tmp_path / "a.png", LIMITS, network=server.network)
    assert list(tmp_path.iterdir()) == []


def test_limits_come_from_the_settings() -> None:
    settings = Settings(_env_file=None, http_timeout_s=4, http_retries=1, max_image_bytes=7, allow_private_urls=True)
    limits = FetchLimits.for_images(settings)
    assert (limits.max_bytes, limits.total_s, limits.attempts, limits.allow_private) == (7, 4, 2, True)
    assert FetchLimits.for_media(settings).max_bytes == settings.max_media_bytes
    assert FetchLimits.for_catalogues(settings).media_types == ()


@pytest.mark.parametrize(("source", "expected"), [("HTTP://x/y", True), ("https://x", True), ("/a/http", False)])
def test_what_is_an_address(source: str, expected: bool) -> None:
    assert is_url(source) is expected
