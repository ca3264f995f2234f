"""Fetching into memory and into files: repetitions, whole files only (the server is in conftest.py)."""

import errno
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


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageFull), (errno.EIO, OSError)])
def test_a_full_disk_is_said_and_leaves_nothing(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def full(*args: object) -> tuple[str, str]:
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
