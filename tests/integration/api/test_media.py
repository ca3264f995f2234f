"""Products, media with byte ranges, keyframes, stored pictures."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.hall import World

VIDEO, PHOTO, ELSEWHERE = (f"00000000-0000-4000-8000-0000000000c{i}" for i in (1, 2, 3))
NONE = "00000000-0000-4000-8000-0000000000ff"
BYTES = bytes(i % 251 for i in range(1000))


def names(client: TestClient, address: str, key: str, **params: Any) -> list[str]:
    """A field of every item, over all pages."""
    found: list[str] = []
    cursor = None
    while True:
        page = client.get(address, params={**params, **({"cursor": cursor} if cursor else {})}).json()
        found += [item[key] for item in page["items"]]
        if (cursor := page["next"]) is None:
            return found


def test_products_by_sku(hall: TestClient) -> None:
    assert names(hall, "/api/v1/products", "sku", limit=2) == ["OAT-1", "TEA-1", "TEA-2"]
    assert names(hall, "/api/v1/products", "sku", category="Tea") == ["TEA-1", "TEA-2"]
    assert names(hall, "/api/v1/products", "sku", q="lemon") == ["TEA-2"]
    assert names(hall, "/api/v1/products", "sku", q="%") == []  # a percent sign is no wildcard


def test_a_product_with_its_pictures(hall: TestClient, shared_hall: World) -> None:
    listed = hall.get("/api/v1/products").json()["items"][1]
    assert listed["image"] == f"/api/v1/assets/{shared_hall.names['pack']}"
    assert (listed["price"], listed["sightings"]) == (3.5, 9)
    product = hall.get(f"/api/v1/products/{listed['id']}").json()
    assert product["extra"] == {"shelf": "A"}
    assert product["images"][0]["warnings"] == ["too small"]
    assert hall.get(f"/api/v1/products/{NONE}").status_code == 404


def test_media_by_name(hall: TestClient) -> None:
    assert names(hall, "/api/v1/videos", "name", limit=1) == ["films/hall.mp4", "photos/stand.jpg", "walk.mp4"]
    assert names(hall, "/api/v1/videos", "name", kind="photo") == ["photos/stand.jpg"]
    assert names(hall, "/api/v1/videos", "name", show="Spring Fair") == ["films/hall.mp4", "photos/stand.jpg"]
    video = hall.get(f"/api/v1/videos/{VIDEO}").json()
    assert (video["duration_s"], video["sightings"], video["codec"]) == (74, 24, "h264")


def test_keyframes_in_time_order(hall: TestClient) -> None:
    times = names(hall, f"/api/v1/videos/{VIDEO}/frames", "time_s", limit=10)
    assert times == [float(2 * i) for i in range(37)]
    assert names(hall, f"/api/v1/videos/{VIDEO}/frames", "time_s", **{"from": 10, "to": 14}) == [10.0, 12.0, 14.0]
    assert hall.get(f"/api/v1/videos/{NONE}/frames").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        (None, 200, 0, 1000),
        ("bytes=0-99", 206, 0, 100),
        ("bytes=500-", 206, 500, 1000),
        ("bytes=-10", 206, 990, 1000),
        ("bytes=-5000", 206, 0, 1000),
        ("bytes=990-5000", 206, 990, 1000),
        ("bytes=9-3", 200, 0, 1000),
        ("bytes=0-1,5-9", 200, 0, 1000),
        ("lines=1-2", 200, 0, 1000),
    ],
)
def test_ranges_of_a_video(hall: TestClient, asked: str | None, status: int, start: int, end: int) -> None:
    answer = hall.get(f"/api/v1/videos/{VIDEO}/media", headers={"Range": asked} if asked else {})
    assert answer.status_code == status
    assert answer.content == BYTES[start:end]
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers["content-type"] == "video/mp4"
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1000"


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=2000-3000", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(hall: TestClient, asked: str) -> None:
    answer = hall.get(f"/api/v1/videos/{VIDEO}/media", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1000"
    assert "1000 bytes" in answer.json()["detail"]


def test_a_part_of_an_older_version_is_not_continued(hall: TestClient) -> None:
    headers = {"Range": "bytes=10-", "If-Range": '"another"'}
    assert hall.get(f"/api/v1/videos/{VIDEO}/media", headers=headers).status_code == 200
    etag = hall.get(f"/api/v1/videos/{VIDEO}/media").headers["etag"]
    assert hall.get(f"/api/v1/videos/{VIDEO}/media", headers={**headers, "If-Range": etag}).status_code == 206


def test_a_fetched_medium_comes_from_the_blobs(hall: TestClient) -> None:
    answer = hall.get(f"/api/v1/videos/{PHOTO}/media", headers={"Range": "bytes=0-1"})
    assert (answer.status_code, answer.content) == (206, b"\xff\xd8")


def test_a_moved_medium_is_named(hall: TestClient) -> None:
    answer = hall.get(f"/api/v1/videos/{ELSEWHERE}/media")
    assert answer.status_code == 404
    assert "walk.mp4 is not where it was" in answer.json()["detail"]


def test_pictures_are_cached_for_good(hall: TestClient, shared_hall: World) -> None:
    address = f"/api/v1/assets/{shared_hall.names['frame']}"
    answer = hall.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert hall.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_only_registered_pictures_are_served(hall: TestClient, shared_hall: World) -> None:
    stray = shared_hall.resources.blobs.put(b"not registered", "image/jpeg")
    assert hall.get(f"/api/v1/assets/{stray}").status_code == 404
    assert hall.get("/api/v1/assets/..%2f..%2fetc%2fpasswd").status_code == 404
    assert hall.get("/api/v1/assets/no-hash").status_code == 422
    gone = hall.get(f"/api/v1/assets/{shared_hall.names['gone']}")
    assert gone.status_code == 404
    assert "is gone" in gone.json()["detail"]


def test_a_web_page_among_the_blobs_is_never_shown_as_ours(hall: TestClient, shared_hall: World) -> None:
    answer = hall.get(f"/api/v1/assets/{shared_hall.names['page']}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_shows(hall: TestClient) -> None:
    assert hall.get("/api/v1/shows").json()["items"][0]["name"] == "Spring Fair"
