"""Stored files in an S3 bucket, under the same names as in a folder. Needs the extra `s3` (boto3)."""

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from scout_common.blob_cache import BlobCache
from scout_common.blobs import is_content, place_of
from scout_common.errors import BlobMissing, ScoutError, StorageFull, StorageUnavailable

PART = 16 << 20
"""Bytes of a part; from here on a file is sent in parts, four at a time (10,000 parts is S3's limit: 160 GB)."""
CHUNK = 1 << 18
RESUMES = 4
"""How often in a row a broken stream is taken up without a byte coming."""

_TORN = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
_MISSING = {"404", "NoSuchKey", "NotFound"}
_FULL = {"507", "XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "EntityTooLarge"}
_DENIED = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}


def s3_client(endpoint_url: str = "", attempts: int = 5) -> Any:
    """A client with the credentials of the environment (AWS_ACCESS_KEY_ID ..., a profile, a role). Does not connect.

    endpoint_url: another store than Amazon's; attempts: of each request, with pauses.
    """
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=32,
        # Stores that are not Amazon's know neither bucket names in host names nor the newer checksums in trailers.
        s3={"addressing_style": "path" if endpoint_url else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client("s3", endpoint_url=endpoint_url or None, config=config)


class S3Blobs:
    """The same names as LocalBlobs, under a prefix: a data folder copied there with any tool is found."""

    def __init__(self, url: str, client: Any, cache: BlobCache) -> None:
        """url: s3://bucket or s3://bucket/prefix; the bucket exists."""
        parts = urlsplit(url)
        self.bucket = parts.netloc
        self.prefix = f"{parts.path.strip('/')}/".lstrip("/")
        self._client = client
        self._cache = cache

    def put(self, data: bytes, media_type: str) -> str:
        key = hashlib.sha256(data).hexdigest()
        if not self.exists(key):
            self._send(key, io.BytesIO(data), len(data), media_type)
        return key

    def put_file(self, source: Path, media_type: str, *, move: bool = False) -> str:
        with source.open("rb") as stream:
            key = hashlib.file_digest(stream, "sha256").hexdigest()
            if not self.exists(key):
                stream.seek(0)
                self._send(key, stream, source.stat().st_size, media_type)
        if move:  # who stores a file reads it next
            self._cache.adopt(key, source)
        return key

    def put_named(self, key: str, data: bytes) -> None:
        self._send(key, io.BytesIO(data), len(data), "application/octet-stream")

    def get(self, key: str) -> bytes:
        with self._told(key):
            answer = self._client.get_object(**self._at(key))
            try:
                with closing(answer["Body"]) as body:
                    return bytes(body.read())
            except _TORN:
                pass  # in parts, from the beginning
        return b"".join(self._stream(key, 0, answer["ContentLength"], answer["ETag"]))

    def path(self, key: str) -> Path | None:
        if is_content(key) and (held := self._cache.get(key)):
            return held
        try:
            size, etag = self._head(key)
        except BlobMissing:
            return None
        name = key if is_content(key) else hashlib.sha256(f"{key}{etag}".encode()).hexdigest()
        return self._cache.add(name, size, lambda: self._stream(key, 0, size, etag))

    def exists(self, key: str) -> bool:
        try:
            self._head(key)
        except BlobMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        with self._told(key):
            self._client.delete_object(**self._at(key))
        if is_content(key):
            self._cache.forget(key)

    def size(self, key: str) -> int:
        return self._head(key)[0]

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        size, etag = self._head(key)
        return self._stream(key, start, min(end, size), etag)

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + place_of(key)}

    def _head(self, key: str) -> tuple[int, str]:
        """Bytes and version. Raises BlobMissing."""
        with self._told(key):
            answer = self._client.head_object(**self._at(key))
        return answer["ContentLength"], answer["ETag"]

    def _send(self, key: str, stream: BinaryIO, size: int, media_type: str) -> None:
        with self._told(key):
            if size < PART:
                self._client.put_object(**self._at(key), Body=stream, ContentType=media_type)
                return
            self._client.upload_fileobj(
                stream,
                **self._at(key),
                ExtraArgs={"ContentType": media_type},
                Config=TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4),
            )

    def _stream(self, key: str, start: int, end: int, etag: str) -> Iterator[bytes]:
        """The bytes start <= i < end of that version; a stream that breaks is taken up where it broke."""
        torn = 0
        with self._told(key):
            while start < end:
                asked = {"Range": f"bytes={start}-{end - 1}", "IfMatch": etag}
                try:
                    with closing(self._client.get_object(**self._at(key), **asked)["Body"]) as body:
                        for chunk in body.iter_chunks(CHUNK):
                            start, torn = start + len(chunk), 0
                            yield chunk
                except _TORN:
                    if (torn := torn + 1) > RESUMES:
                        raise
                    time.sleep(0.1 * 2**torn)

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """The library's errors as our own."""
        place = f"s3://{self.bucket}/{self.prefix}{place_of(key)}"
        try:
            yield
        except ClientError as error:
            raise _typed(error, key, place) from error
        except NoCredentialsError as error:
            hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or role"
            raise StorageUnavailable("there are no credentials for the store", subject=place, hint=hint) from error
        except (BotoCoreError, Boto3Error) as error:
            raise StorageUnavailable(f"the object store does not answer: {error}", subject=place) from error


def _typed(error: ClientError, key: str, place: str) -> ScoutError:
    """What an answer with an error means for the caller."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in _MISSING:
        return BlobMissing(subject=key, hint="it was removed from the bucket; run the job again")
    if code in _FULL:
        return StorageFull("the object store is full", subject=place)
    if code == "NoSuchBucket":
        return StorageUnavailable("there is no such bucket", subject=place, hint="make it, or correct SCOUT_BLOB_URL")
    if code in _DENIED:
        hint = "the credentials need to list the bucket and to get, put and delete objects under the prefix"
        return StorageUnavailable(f"the object store refuses us ({code})", subject=place, hint=hint)
    return StorageUnavailable(f"the object store answers {error}", subject=place)
