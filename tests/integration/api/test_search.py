"""POST /api/v1/search: by picture, stored item and vector."""

import json
from typing import Any

import cv2
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from scout_common.db import plain_url
from scout_common.models import label
from scout_common.vectors import VectorRow, copy_vectors
from scout_vision.appearance import AppearanceEmbedder
from scout_vision.packshot import trim_border

from tests.hall import World

DONE = "00000000-0000-4000-8000-000000000001"
TEA_1, TEA_2, OAT = (f"00000000-0000-4000-8000-0000000000b{i}" for i in (1, 2, 3))
SIGHTING = "10000000-0000-4000-8000-000000000000"
COLOURS = {"TEA-1": (20, 160, 60), "TEA-2": (220, 210, 40), "OAT-1": (40, 60, 200)}


def pack(sku: str) -> NDArray[np.uint8]:
    """A made packshot (200, 140, 3) RGB: bands and a disc in the product's colour."""
    picture = np.full((200, 140, 3), 250, np.uint8)
    picture[30:170, 20:120] = COLOURS[sku]
    cv2.circle(picture, (70, 90), 25 if sku == "OAT-1" else 35, (255, 255, 255), -1)
    return picture


def vector(sku: str) -> NDArray[np.float32]:
    """As the catalogue's stages make it: trimmed, then embedded."""
    return AppearanceEmbedder().embed([trim_border(pack(sku))])[0]


def png(picture: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes())


@pytest.fixture(scope="module")
def searched(shared_hall: World) -> World:
    """The hall with a packshot and a vector for each product, and the region of one sighting (a green tea)."""
    model = label(AppearanceEmbedder())
    with psycopg.connect(plain_url(shared_hall.database), autocommit=True) as connection:
        for product, sku in ((TEA_1, "TEA-1"), (TEA_2, "TEA-2"), (OAT, "OAT-1")):
            connection.execute(
                "INSERT INTO job_product_image (job_id, product_id, position, image_sha256, source, width, height)"
                " VALUES (%s, %s, 9, %s, 'made', 140, 200)",
                [DONE, product, key(sku)],
            )
    rows = [VectorRow(kind="product_image", item=key(sku), model=model, embedding=vector(sku)) for sku in COLOURS]
    rows.append(VectorRow(kind="region", item=SIGHTING, model=model, embedding=vector("TEA-1")))
    with shared_hall.resources.engine.begin() as connection:
        copy_vectors(connection, rows)
    yield shared_hall
    with psycopg.connect(plain_url(shared_hall.database), autocommit=True) as connection:
        connection.execute("DELETE FROM job_product_image WHERE position = 9")


def key(sku: str) -> str:
    return f"{list(COLOURS).index(sku) + 1:064d}"


def skus(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["sku"] for item in answer.json()["items"]]


@pytest.mark.parametrize("sku", list(COLOURS))
def test_an_uploaded_picture_finds_its_product_first(searched: World, sku: str) -> None:
    answer = searched.client.post("/api/v1/search", files={"image": ("pack.png", png(pack(sku)), "image/png")})
    assert skus(answer)[0] == sku
    assert answer.json()["items"][0]["similarity"] > 0.9


def test_a_stored_picture_and_a_sighting_can_be_searched_for(searched: World) -> None:
    by_image = searched.client.post("/api/v1/search", json={"image_sha256": key("OAT-1"), "k": 1})
    assert skus(by_image) == ["OAT-1"]
    by_match = searched.client.post("/api/v1/search", json={"match_id": SIGHTING})
    assert skus(by_match)[0] == "TEA-1"


def test_regions_are_found_by_a_vector(searched: World) -> None:
    numbers = [float(value) for value in vector("TEA-1")]
    answer = searched.client.post("/api/v1/search", json={"vector": numbers, "kind": "region", "job": DONE})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["items"][0]["match"] == f"/api/v1/matches/{SIGHTING}"
    form = {"vector": json.dumps(numbers), "kind": "region"}
    assert searched.client.post("/api/v1/search", files={"other": b""}, data=form).json()["items"] == found["items"]


def test_filters_and_exactness(searched: World) -> None:
    picture = {"image": ("pack.png", png(pack("OAT-1")), "image/png")}
    teas = searched.client.post("/api/v1/search", files=picture, data={"category": "Tea"})
    assert sorted(skus(teas)) == ["TEA-1", "TEA-2"]
    assert teas.json()["exact"] is False
    in_job = searched.client.post("/api/v1/search", files=picture, data={"job": DONE, "k": 2})
    assert skus(in_job)[0] == "OAT-1"
    assert in_job.json()["exact"] is True  # a small job is compared whole
    elsewhere = {"job": "00000000-0000-4000-8000-000000000003"}
    assert skus(searched.client.post("/api/v1/search", files=picture, data=elsewhere)) == []


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "exactly one of"),
        ({"image_sha256": "0" * 64, "match_id": SIGHTING}, 422, "exactly one of"),
        ({"image_sha256": "0" * 64}, 404, "0" * 64),
        ({"image_sha256": "short"}, 422, "image_sha256"),
        ({"vector": [1, 2, 3]}, 422, "424 numbers, not 3"),
        ({"vector": [0] * 424}, 422, "not all zero"),
        ({"vector": "[[["}, 422, "JSON array"),
        ({"image_sha256": "0" * 64, "k": 0}, 422, "k"),
        ({"image_sha256": "0" * 64, "embedder": "magic"}, 422, "appearance"),
        ({"image_sha256": "0" * 64, "colour": "red"}, 422, "colour"),
        ([], 422, "dictionary"),
    ],
)
def test_bad_searches_say_what_to_do(searched: World, body: Any, status: int, told: str) -> None:
    answer = searched.client.post("/api/v1/search", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]


@pytest.mark.parametrize("data", [b"", b"<html>not a picture</html>", b"\x89PNG\r\n\x1a\nbroken"])
def test_uploads_that_are_no_pictures_are_refused(searched: World, data: bytes) -> None:
    answer = searched.client.post("/api/v1/search", files={"image": ("pack.png", data, "image/png")})
    assert answer.status_code == 422
    assert "uploaded picture" in answer.json()["detail"]


def test_an_upload_above_the_limit_is_refused(searched: World) -> None:
    answer = searched.client.post("/api/v1/search", files={"image": ("big.png", bytes(51 * 10**6), "image/png")})
    assert answer.status_code == 413


def test_other_kinds_of_body_are_refused(searched: World) -> None:
    answer = searched.client.post("/api/v1/search", content=b"x", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
