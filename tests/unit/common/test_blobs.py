"""Shared cases of blob stores: a folder and an S3 bucket behave alike."""

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_common import blobs as module
from scout_common.blobs import BlobStore, LocalBlobs
from scout_common.errors import BlobMissing, StorageFull
from scout_common.s3_blobs import S3Blobs

from tests.s3 import new_bucket, s3_store


class BlobCases:
    """What every store does."""

    def test_content_is_found_by_its_hash(self, store: BlobStore) -> None:
        key = store.put(b"abc", "text/plain")
        assert key == hashlib.sha256(b"abc").hexdigest()
        assert store.get(key) == b"abc"
        assert store.put(b"abc", "text/plain") == key
        assert store.exists(key)
        assert store.size(key) == 3

    def test_named_files_are_replaced(self, store: BlobStore) -> None:
        store.put_named("kp/ab/one.bin", b"1")
        store.put_named("kp/ab/one.bin", b"22")
        assert store.get("kp/ab/one.bin") == b"22"

    @pytest.mark.parametrize("move", [False, True])
    def test_files_are_stored_by_content(self, store: BlobStore, tmp_path: Path, move: bool) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"x" * 3_000_000)
        key = store.put_file(source, "video/mp4", move=move)
        assert key == hashlib.sha256(b"x" * 3_000_000).hexdigest()
        assert store.size(key) == 3_000_000
        assert move or source.exists()

    @pytest.mark.parametrize("move", [False, True])
    def test_a_stored_file_has_a_path(self, store: BlobStore, tmp_path: Path, move: bool) -> None:
        (tmp_path / "source").write_bytes(b"abc")
        path = store.path(store.put_file(tmp_path / "source", "video/mp4", move=move))
        assert path is not None
        assert path.read_bytes() == b"abc"

    def test_the_path_of_a_replaced_file_has_what_is_new(self, store: BlobStore) -> None:
        for data in (b"1", b"22"):
            store.put_named("kp/one.bin", data)
            path = store.path("kp/one.bin")
            assert path is not None
            assert path.read_bytes() == data

    def test_empty_files(self, store: BlobStore) -> None:
        key = store.put(b"", "text/plain")
        assert store.get(key) == b""
        assert b"".join(store.open_range(key, 0, 1)) == b""
        assert store.path(key) is not None

    def test_missing_files_say_so(self, store: BlobStore) -> None:
        key = "0" * 64
        assert not store.exists(key)
        assert store.path(key) is None
        for ask in (store.get, store.size, lambda k: store.open_range(k, 0, 1)):
            with pytest.raises(BlobMissing, match=key):
                ask(key)
        store.delete(key)

    def test_deleted_files_are_gone(self, store: BlobStore) -> None:
        key = store.put(b"abc", "text/plain")
        store.delete(key)
        assert not store.exists(key)

    @pytest.mark.parametrize(("start", "end"), [(0, 10), (3, 5), (9, 100), (10, 12), (4, 4)])
    def test_ranges(self, store: BlobStore, start: int, end: int) -> None:
        key = store.put(b"0123456789", "text/plain")
        assert b"".join(store.open_range(key, start, end)) == b"0123456789"[start:end]

    @pytest.mark.parametrize("key", ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".hidden", "a b", "a\n", "ä"])
    def test_other_keys_are_refused(self, store: BlobStore, key: str) -> None:
        for ask in (store.get, store.exists, store.path, store.delete):
            with pytest.raises(ValueError, match="blob key"):
                ask(key)


class TestS3Blobs(BlobCases):
    @pytest.fixture
    def store(self, s3_endpoint: str, tmp_path: Path) -> S3Blobs:
        return s3_store(s3_endpoint, tmp_path / "copies")


class TestS3BlobsUnderAPrefix(BlobCases):
    @pytest.fixture
    def store(self, s3_endpoint: str, tmp_path: Path) -> S3Blobs:
        return s3_store(s3_endpoint, tmp_path / "copies", url=f"{new_bucket(s3_endpoint)}/show/2026/")


class TestLocalBlobs(BlobCases):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalBlobs:
        return LocalBlobs(tmp_path / "data")

    def test_the_place_is_by_content(self, store: LocalBlobs) -> None:
        key = store.put(b"abc", "text/plain")
        assert store.path(key) == store.root / "blobs" / key[:2] / key[2:4] / key

    def test_a_full_disk_is_told_and_leaves_nothing(self, store: LocalBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: Any, **__: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(module.tempfile, "mkstemp", full)
        with pytest.raises(StorageFull, match="free some space"):
            store.put(b"abc", "text/plain")

    def test_a_write_that_breaks_leaves_no_file(self, store: LocalBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(self: Path, target: Path) -> None:
            raise OSError(errno.EIO, "broken")

        monkeypatch.setattr(Path, "replace", broken)
        with pytest.raises(OSError, match="broken"):
            store.put_named("kp/one", b"abc")
        assert [place for place in store.root.rglob("*") if place.is_file()] == []


@given(st.text(max_size=30))
def test_no_key_leads_out_of_the_folder(key: str) -> None:
    root = Path("/nowhere/data")
    try:
        place = LocalBlobs(root)._place(key)
    except ValueError:
        return
    assert place.resolve().is_relative_to(root)
