"""Jobs with an embedder for parts of frames: stored keyframes are found by pictures and words, and searched again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scout_app.http import create_app
from scout_common import models as model_table
from scout_common.errors import BadRequest, NotFound, PermanentError
from scout_common.work import Resources
from scout_vision.appearance import AppearanceEmbedder

from services.orchestrator.request import JobRequest, parse
from tests.integration.shelves import FOUND, shelves
from tests.integration.world import World
from tests.learned import models, needs_learned

UNITS = "SELECT stage, count(*) FROM unit WHERE job_id = :job AND state = 'done' GROUP BY 1"


@dataclass(frozen=True)
class Parts(AppearanceEmbedder):
    """The embedder without weights, as if it were good enough for parts of frames."""

    regions: bool = True


@pytest.fixture
def world(resources: Resources, tmp_path: Path) -> World:
    return shelves(resources, tmp_path)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(model_table.EMBEDDERS, "appearance", Parts)


def first_job(world: World, tmp_path: Path, **options: Any) -> str:
    """Both photos searched for the first catalogue; then they are gone."""
    job = world.start(
        catalogue=str(tmp_path / "one"), media=(str(tmp_path / "media"),), options={"evidence": False, **options}
    )
    world.run_all()
    assert world.state(job) == "done"
    assert [sku for sku, _ in world.rows(FOUND, job=job)] == ["pack-1"]
    for photo in (tmp_path / "media").iterdir():
        photo.unlink()
    return job


def again(world: World, tmp_path: Path, source: str, **options: Any) -> str:
    request = {"catalogue": str(tmp_path / "two"), "frames_of": source, "options": {"evidence": False, **options}}
    job, _ = world.control.start_job(parse(request))
    world.control.pick_up(job)
    world.run_all()
    assert world.state(job) == "done"
    return job


def test_stored_keyframes_are_searched_for_a_later_catalogue(world: World, tmp_path: Path) -> None:
    source = first_job(world, tmp_path)
    job = again(world, tmp_path, source)
    ((sku, name),) = world.rows(FOUND, job=job)
    assert sku == "pack-4" and name.endswith("b.jpg")
    units = dict(world.rows(UNITS, job=job))
    assert "media_ingestion" not in units and "embedding_frame" not in units
    assert units["matcher"] == 2
    shared = "SELECT count(*) FROM asset_ref r JOIN keyframe k ON k.image_sha256 = r.sha256 WHERE r.job_id = :job"
    assert world.ask(shared, job=job) == 2


def test_keyframes_are_found_and_only_the_nearest_are_matched(world: World, tmp_path: Path, parts: None) -> None:
    source = first_job(world, tmp_path)
    vectors = world.ask("SELECT count(*) FROM frame_vector")
    assert vectors > 40
    image = world.ask(
        "SELECT i.image_sha256 FROM job_product_image i JOIN product p ON p.id = i.product_id WHERE p.sku = 'pack-1'"
    )
    with client(world) as http:
        answer = http.post("/api/v1/search", json={"image_sha256": image, "kind": "frame", "job": source, "k": 2})
    assert answer.status_code == 200, answer.text
    best, other = answer.json()["items"]
    assert best["medium_name"].endswith("a.jpg") and other["medium_name"].endswith("b.jpg")
    left, top, right, bottom = best["box"]
    assert left < 200 / 640 < right and top < 0.5 < bottom and right - left < 0.7
    assert best["image"] == f"/api/v1/assets/{best['item']}"
    job = again(world, tmp_path, source, nearest=1)
    assert [sku for sku, _ in world.rows(FOUND, job=job)] == ["pack-4"]
    units = dict(world.rows(UNITS, job=job))
    assert units["frame_search"] == 2 and units["embedding_frame"] >= 2
    assert world.ask("SELECT count(*) FROM frame_vector") == vectors


def client(world: World) -> TestClient:
    return TestClient(create_app(world.resources, world.control), base_url="http://127.0.0.1")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"words": "a red box"}, "knows no words"),
        ({"words": "a red box", "image_sha256": "0" * 64}, "exactly one of"),
        ({"vector": [1.0] * 424, "kind": "frame"}, "Keyframes have no appearance:1 vectors"),
        ({"words": "x", "embedder": "onnx:missing"}, "no model 'missing'"),
        ({"words": "x", "embedder": "onnx:../etc"}, "no embedder named"),
    ],
)
def test_searches_that_cannot_be_say_why(world: World, body: dict[str, Any], told: str) -> None:
    with client(world) as http:
        answer = http.post("/api/v1/search", json=body)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"media": ["x.mp4"]}, "not both"),
        ({"frames_of": None, "options": {"nearest": 2}}, "goes with frames_of"),
        ({"frames_of": "first"}, "frames_of"),
    ],
)
def test_requests_over_stored_keyframes_are_checked(more: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        parse({"catalogue": "c", "frames_of": "10000000-0000-4000-8000-000000000000"} | more)


def test_a_job_that_is_not_there_or_has_no_vectors_is_told(world: World, tmp_path: Path) -> None:
    request = {"catalogue": str(tmp_path / "two"), "frames_of": "10000000-0000-4000-8000-000000000000"}
    with pytest.raises(NotFound, match="no such job"):
        world.control.start_job(parse(request))
    source = world.start(catalogue=str(tmp_path / "one"))
    with pytest.raises(BadRequest, match="learned embedder"):
        world.control.start_job(parse(request | {"frames_of": source, "options": {"nearest": 3}}))
    with pytest.raises(PermanentError, match="no model 'missing'"):
        world.control.start_job(JobRequest(catalogue="c", options={"embedder": "onnx:missing"}))


@pytest.fixture
def learned(world: World) -> World:
    """The same world with the folder of the small models."""
    settings = world.resources.settings.model_copy(update={"models_dir": str(models()), "device": "cpu"})
    return World(
        Resources(
            settings=settings,
            engine=world.resources.engine,
            blobs=world.resources.blobs,
            scratch=world.resources.scratch,
        ),
        world.services,
    )


@needs_learned
@pytest.mark.parametrize("embedder", ["onnx", "open_clip"])
def test_a_job_with_a_learned_embedder(learned: World, tmp_path: Path, embedder: str) -> None:
    source = first_job(learned, tmp_path, embedder=f"{embedder}:tiny")
    labels = {label for (label,) in learned.rows("SELECT DISTINCT model FROM frame_vector")}
    assert labels == {label for (label,) in learned.rows("SELECT DISTINCT model FROM item_vector")}
    assert all(label.startswith(f"{embedder}.tiny:") for label in labels)
    spec = learned.ask("SELECT spec->'options'->>'embedder' FROM job WHERE id = :job", job=source)
    assert spec == f"{embedder}:tiny:{labels.pop().split(':')[1]}"
    with client(learned) as http:
        asked = {"words": "a pack of cereal", "kind": "frame", "embedder": f"{embedder}:tiny"}
        answer = http.post("/api/v1/search", json=asked)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) == 2
        products = http.post("/api/v1/search", json=asked | {"kind": "product_image"}).json()["items"]
        assert {item["sku"] for item in products} == {"pack-1", "pack-2"}
    job = again(learned, tmp_path, source, nearest=2)
    assert [sku for sku, _ in learned.rows(FOUND, job=job)] == ["pack-4"]


@needs_learned
def test_a_job_with_learned_keypoints(learned: World, tmp_path: Path) -> None:
    job = first_job(learned, tmp_path, extractor="kornia:disk")
    extractors = [name for (name,) in learned.rows("SELECT DISTINCT extractor FROM feature")]
    assert len(extractors) == 1 and extractors[0].startswith("kornia.disk:")
    assert learned.ask("SELECT spec->'options'->>'extractor' FROM job WHERE id = :job", job=job).count(":") == 2
