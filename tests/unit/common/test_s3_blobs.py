"""What only a store on another machine does: parts, torn streams, copies, refusals."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from scout_common import s3_blobs as module
from scout_common.blob_cache import BlobCache
from scout_common.blobs import LocalBlobs
from scout_common.errors import StorageFull, StorageUnavailable
from scout_common.s3_blobs import S3Blobs, s3_client

from tests.s3 import new_bucket, s3_store


@pytest.fixture
def store(s3_endpoint: str, tmp_path: Path) -> S3Blobs:
    return s3_store(s3_endpoint, tmp_path / "copies")


class Torn:
    """A body that breaks after some bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def iter_chunks(self, size: int) -> Any:
        yield self.data
        raise IncompleteReadError(actual_bytes=1, expected_bytes=9)

    def read(self) -> bytes:
        raise IncompleteReadError(actual_bytes=1, expected_bytes=9)

    def close(self) -> None: ...


class Flaky:
    """The client, whose answers break after three bytes for as long as it has `breaks` left."""

    def __init__(self, client: Any, breaks: int) -> None:
        self._client, self.breaks = client, breaks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_object(self, **asked: Any) -> Any:
        answer = self._client.get_object(**asked)
        if self.breaks:
            self.breaks -= 1
            answer["Body"] = Torn(answer["Body"].read()[:3])
        return answer


def test_large_files_go_in_parts_and_come_back_whole(
    store: S3Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 5 << 20)  # S3's least
    source = tmp_path / "video"
    source.write_bytes(bytes(range(256)) * (44 << 10))
    parts: list[int] = []
    store._client.meta.events.register("before-call.s3.UploadPart", lambda **_: parts.append(1), unique_id="parts")
    key = store.put_file(source, "video/mp4")
    store._client.meta.events.unregister("before-call.s3.UploadPart", unique_id="parts")
    assert len(parts) == 3
    assert store._client.head_object(**store._at(key))["ContentType"] == "video/mp4"
    path = store.path(key)
    assert path is not None
    assert path.read_bytes() == source.read_bytes()
    assert b"".join(store.open_range(key, (5 << 20) - 1, (5 << 20) + 2)) == b"\xff\x00\x01"


@pytest.mark.parametrize("read", ["get", "open_range", "path"])
def test_a_torn_stream_is_taken_up_where_it_broke(store: S3Blobs, tmp_path: Path, read: str) -> None:
    key = store.put(b"0123456789", "text/plain")
    flaky = S3Blobs(f"s3://{store.bucket}", Flaky(store._client, 3), BlobCache(tmp_path / "others", 100))
    if read == "get":
        assert flaky.get(key) == b"0123456789"
    elif read == "open_range":
        assert b"".join(flaky.open_range(key, 1, 8)) == b"1234567"
    else:
        path = flaky.path(key)
        assert path is not None
        assert path.read_bytes() == b"0123456789"


def test_a_stream_that_breaks_without_an_end_is_given_up(
    store: S3Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(Torn, "iter_chunks", lambda self, size: iter([self.read()]))
    key = store.put(b"0123456789", "text/plain")
    flaky = S3Blobs(f"s3://{store.bucket}", Flaky(store._client, 1000), BlobCache(tmp_path / "others", 100))
    with pytest.raises(StorageUnavailable, match="does not answer"):
        flaky.get(key)
    with pytest.raises(StorageUnavailable):
        flaky.path(key)


def test_a_moved_file_is_read_without_asking_the_store(store: S3Blobs, tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(b"abc")
    key = store.put_file(tmp_path / "video", "video/mp4", move=True)
    store._client.delete_object(**store._at(key))
    path = store.path(key)
    assert path is not None
    assert path.read_bytes() == b"abc"
    store.delete(key)
    assert store.path(key) is None


def test_a_copied_data_folder_is_found(store: S3Blobs, tmp_path: Path) -> None:
    local = LocalBlobs(tmp_path / "data")
    key = local.put(b"abc", "text/plain")
    local.put_named("kp/one.bin", b"1")
    for file in (place for place in local.root.rglob("*") if place.is_file()):
        store._client.put_object(Bucket=store.bucket, Key=str(file.relative_to(local.root)), Body=file.read_bytes())
    assert store.get(key) == b"abc"
    assert store.get("kp/one.bin") == b"1"


def test_a_store_that_is_away_is_told(tmp_path: Path, s3_endpoint: str) -> None:
    store = S3Blobs("s3://hall", s3_client("http://127.0.0.1:9", attempts=1), BlobCache(tmp_path, 100))
    for ask in (store.get, store.exists, store.path, store.delete, lambda key: store.put(b"x", "text/plain")):
        with pytest.raises(StorageUnavailable, match="SCOUT_S3_ENDPOINT_URL"):
            ask("0" * 64)


def test_a_missing_bucket_is_named(s3_endpoint: str, tmp_path: Path) -> None:
    store = s3_store(s3_endpoint, tmp_path, url="s3://nowhere")
    with pytest.raises(StorageUnavailable, match=r"s3://nowhere/.*no such bucket.*SCOUT_BLOB_URL"):
        store.put(b"abc", "text/plain")


def test_missing_credentials_are_named(s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = new_bucket(s3_endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(StorageUnavailable, match="AWS_ACCESS_KEY_ID"):
        S3Blobs(url, s3_client(s3_endpoint), BlobCache(tmp_path, 100)).get("a")


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("XMinioStorageFull", StorageFull, "full"),
        ("507", StorageFull, "full"),
        ("AccessDenied", StorageUnavailable, "credentials need"),
        ("SlowDown", StorageUnavailable, "SlowDown"),
    ],
)
def test_refusals_have_a_type(
    store: S3Blobs, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception], said: str
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")

    monkeypatch.setattr(store._client, "put_object", refuse)
    with pytest.raises(kind, match=said):
        store.put(b"abc", "text/plain")


def test_the_media_type_is_kept(store: S3Blobs) -> None:
    key = store.put(b"abc", "image/jpeg")
    assert key == hashlib.sha256(b"abc").hexdigest()
    assert store._client.head_object(**store._at(key))["ContentType"] == "image/jpeg"
