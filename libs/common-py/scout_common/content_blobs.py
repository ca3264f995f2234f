"""Stored files behind a content API, under the same names as in a folder or a bucket."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from scout_common.blob_cache import BlobCache
from scout_common.blobs import is_content, place_of
from scout_common.content_api import Body, ContentApi
from scout_common.content_wire import ContentAsset
from scout_common.errors import BlobMissing

CHUNK = 1 << 18


class ContentBlobs:
    """The ids of assets are the names of files: blobs/ab/cd/<sha256>, kp/..."""

    def __init__(self, api: ContentApi, cache: BlobCache) -> None:
        self._api = api
        self._cache = cache

    def put(self, data: bytes, media_type: str) -> str:
        key = hashlib.sha256(data).hexdigest()
        if not self.exists(key):
            self._send(key, Body(open=lambda: (data,), bytes=len(data), sha256=key, media_type=media_type))
        return key

    def put_file(self, source: Path, media_type: str, *, move: bool = False) -> str:
        with source.open("rb") as stream:
            key = hashlib.file_digest(stream, "sha256").hexdigest()
        if not self.exists(key):
            size = source.stat().st_size
            self._send(key, Body(open=lambda: _chunks(source), bytes=size, sha256=key, media_type=media_type))
        if move:  # who stores a file reads it next
            self._cache.adopt(key, source)
        return key

    def put_named(self, key: str, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        media_type = "application/octet-stream"
        self._send(key, Body(open=lambda: (data,), bytes=len(data), sha256=sha256, media_type=media_type))

    def get(self, key: str) -> bytes:
        asset = self._asset(key)
        return b"".join(self._api.read(place_of(key), 0, asset.bytes, asset.etag))

    def path(self, key: str) -> Path | None:
        if is_content(key) and (held := self._cache.get(key)):
            return held
        try:
            asset = self._asset(key)
        except BlobMissing:
            return None
        name = key if is_content(key) else hashlib.sha256(f"{key}{asset.etag}".encode()).hexdigest()
        return self._cache.add(name, asset.bytes, lambda: self._api.read(place_of(key), 0, asset.bytes, asset.etag))

    def exists(self, key: str) -> bool:
        try:
            self._asset(key)
        except BlobMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        self._api.delete(place_of(key))
        if is_content(key):
            self._cache.forget(key)

    def size(self, key: str) -> int:
        return self._asset(key).bytes

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        asset = self._asset(key)
        return self._api.read(place_of(key), start, min(end, asset.bytes), asset.etag)

    def _asset(self, key: str) -> ContentAsset:
        """Raises BlobMissing, which names the key."""
        try:
            return self._api.asset(place_of(key))
        except BlobMissing as error:
            raise BlobMissing(subject=key, hint=error.hint) from None

    def _send(self, key: str, body: Body) -> None:
        self._api.upload(place_of(key), body)


def _chunks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
