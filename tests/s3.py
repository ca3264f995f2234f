"""Stores in buckets of their own: on moto's server in this process, or on the store that S3_URL names.

S3_URL=http://127.0.0.1:8333 with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; what the tests made is left there.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer
from scout_common.blob_cache import BlobCache
from scout_common.s3_blobs import S3Blobs, s3_client

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """Its address; the environment has credentials for it meanwhile."""
    if named := os.environ.get("S3_URL"):
        yield named
        return
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@cache
def client(endpoint: str) -> Any:
    """One for all tests: making a client takes a third of a second."""
    return s3_client(endpoint, attempts=2)


def new_bucket(endpoint: str) -> str:
    """The s3:// address of a fresh bucket."""
    name = f"scout-test-{uuid.uuid4().hex[:12]}"
    client(endpoint).create_bucket(Bucket=name)
    return f"s3://{name}"


def s3_store(endpoint: str, copies: Path, *, url: str = "", bound: int = 10**9) -> S3Blobs:
    """A store, in a fresh bucket unless one is named."""
    return S3Blobs(url or new_bucket(endpoint), client(endpoint), BlobCache(copies, bound))
