"""The API over blobs in a bucket: pictures, fetched videos with byte ranges, a store that is away."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from scout_common.blob_cache import BlobCache
from scout_common.db import plain_url
from scout_common.s3_blobs import S3Blobs, s3_client

from tests.hall import World, open_world
from tests.s3 import s3_store

VIDEO = bytes(i % 251 for i in range(700_000))


@pytest.fixture
def world(database: str, tmp_path: Path, s3_endpoint: str) -> Iterator[World]:
    blobs = s3_store(s3_endpoint, tmp_path / "copies")
    with open_world(database, tmp_path, rows=True, blobs=blobs) as world:
        yield world


def fetched_video(world: World) -> str:
    """The hall's video as one that came from an address: its bytes are a blob. Returns its id."""
    key = world.resources.blobs.put(VIDEO, "video/mp4")
    with psycopg.connect(plain_url(world.database), autocommit=True) as connection:
        query = "UPDATE job_medium SET uri = %s WHERE uri = %s RETURNING medium_id"
        row = connection.execute(query, (f"blob:{key}", world.names["video"])).fetchone()
    assert row is not None
    return str(row[0])


def test_a_picture_is_served_and_a_missing_one_is_told(world: World) -> None:
    sha256 = world.names["frame"]
    answer = world.client.get(f"/api/v1/assets/{sha256}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content == world.resources.blobs.get(sha256)
    assert world.client.get(f"/api/v1/assets/{world.names['gone']}").status_code == 404


@pytest.mark.parametrize(("asked", "start", "end"), [(None, 0, 700_000), ("bytes=5-600004", 5, 600_005)])
def test_a_fetched_video_is_served_in_ranges(world: World, asked: str | None, start: int, end: int) -> None:
    headers = {"Range": asked} if asked else {}
    answer = world.client.get(f"/api/v1/videos/{fetched_video(world)}/media", headers=headers)
    assert answer.status_code == (206 if asked else 200)
    assert answer.content == VIDEO[start:end]


def test_a_store_that_is_away_is_told(database: str, tmp_path: Path, s3_endpoint: str) -> None:
    away = S3Blobs("s3://hall", s3_client("http://127.0.0.1:9", attempts=1), BlobCache(tmp_path, 1))
    with open_world(database, tmp_path, rows=False, blobs=away) as world:
        name = "e" * 64
        with psycopg.connect(plain_url(database), autocommit=True) as connection:
            row = "INSERT INTO asset (tenant_id, sha256, media_type, bytes) VALUES ('default', %s, 'image/jpeg', 3)"
            connection.execute(row, (name,))
        answer = world.client.get(f"/api/v1/assets/{name}")
    assert answer.status_code == 503
    assert "SCOUT_S3_ENDPOINT_URL" in answer.json()["detail"]
