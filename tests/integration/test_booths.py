"""Booths on a real database: labels, signs and exhibitor lists through the reading stages, the API and the lists."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from scout_app.http import create_app
from scout_common.errors import BadRequest
from scout_common.exhibitors import import_exhibitors, read_rows
from scout_common.work import Resources

from services.reading.labels import Reader, label_of
from services.reading.store import open_unit
from tests.integration.shelves import shelves
from tests.integration.world import World
from tests.unit.ocr.test_barcodes import drawn
from tests.unit.vision.packs import pack, placed, shelf

SHOW = {"name": "Spring Fair"}
LIST = "company;booth;hall\nMarenza Alimentari;A10;4\nKornhaus GmbH;A12;4\n;B1;4\nNobody;;4\nWordy;Corner;4\n"


def lettered(image: np.ndarray, words: str, place: tuple[int, int], size: float) -> np.ndarray:
    cv2.putText(image, words, place, cv2.FONT_HERSHEY_DUPLEX, size, (20, 20, 90), max(2, int(size * 2)), cv2.LINE_AA)
    return image


def film(path: Path, frames: list[np.ndarray]) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))


@pytest.fixture
def world(resources: Resources, tmp_path: Path) -> World:
    """Two photos of shelves; over the first hangs a sign with a number and a name, over the other nothing."""
    world = shelves(resources, tmp_path)
    photo = shelf((pack(1), placed(x=200)))
    photo[:150] = 250
    lettered(photo, "MARENZA", (60, 65), 2.0)
    lettered(photo, "A10", (60, 138), 2.2)
    cv2.imwrite(str(tmp_path / "media" / "a.jpg"), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    return world


@pytest.fixture
def client(world: World) -> TestClient:
    return TestClient(
        create_app(world.resources, world.control), base_url="http://localhost", headers={"Host": "localhost"}
    )


def searched(world: World, folder: Path) -> str:
    """A job over both photos, all units done, those that nobody waits for as well."""
    job = world.start(catalogue=str(folder / "one"), media=(str(folder / "media"),), show=SHOW)
    world.run_all()
    assert world.state(job) == "done", world.rows("SELECT stage, error FROM unit WHERE state = 'failed'")
    return job


def read_again(world: World, job: str, stage: str) -> None:
    world.execute(
        """UPDATE unit SET state = 'pending', published_at = NULL, generation = generation + 1
           WHERE stage = :stage AND job_id = :job""",
        job=job,
        stage=stage,
    )
    world.execute("UPDATE job SET state = 'running' WHERE id = :job", job=job)


def doubting(read: Reader, frame: np.ndarray) -> Reader:
    """Reads that frame's lines with little confidence."""

    def lines(picture, quads):
        return [(said, 0.6 if picture is frame else sure) for said, sure in read(picture, quads)]

    return lines


def test_from_sign_and_list_to_booth_evidence_and_report(world: World, client: TestClient, tmp_path: Path) -> None:
    told = client.post("/api/v1/exhibitors", params={"show": SHOW["name"]}, content=LIST.encode())
    assert told.json()["exhibitors"] == 2
    assert told.json()["known"] is False
    assert [row["line"] for row in told.json()["bad"]] == [4, 5, 6]

    job = searched(world, tmp_path)
    (sighting,) = client.get("/api/v1/matches", params={"job": job}).json()["items"]
    booth = sighting["booth"]
    assert (booth["number"], booth["hall"], booth["company"]) == ("A10", "4", "Marenza Alimentari")
    assert booth["how"] == "sign"
    assert "A10" in booth["sign"]["text"]
    assert client.get(booth["sign"]["frame"]).status_code == 200
    captioned = world.ask("SELECT captioned FROM booth_sighting")
    assert captioned == "Hall 4 Booth A10, Marenza Alimentari"

    at = {"by number": {"booth": "a10"}, "by id": {"booth": booth["id"]}, "company": {"company": "marenza alimentari"}}
    for chosen in at.values():
        assert [m["id"] for m in client.get("/api/v1/matches", params=chosen).json()["items"]] == [sighting["id"]]
    assert client.get("/api/v1/matches", params={"booth": "A12"}).json()["items"] == []
    seen = client.get(f"/api/v1/booths/{booth['id']}").json()
    assert [m["id"] for m in seen["seen"]] == [sighting["id"]]
    assert [b["sightings"] for b in client.get("/api/v1/booths", params={"show": SHOW["name"]}).json()["items"]] == [
        1,
        0,
    ]
    (row,) = client.get("/api/v1/report/rollup", params={"job": job}).json()["items"]
    assert (row["company"], row["number"], row["sightings"]) == ("Marenza Alimentari", "A10", 1)
    for typed in ("marenza", "maren", "marneza"):
        hits = client.get("/api/v1/search/text", params={"q": typed, "kind": "sign"}).json()["items"]
        assert hits[0]["medium"] == sighting["medium"]["id"]
        assert "[[" in hits[0]["snippet"]
    assert client.get("/api/v1/search/text", params={"q": "zzz'!&|"}).json()["items"] == []
    page = client.get("/").text
    assert "Booth A10" in page
    assert "Still reading" not in page


def test_a_second_job_reads_nothing_again_and_a_list_finds_booths_again(world: World, tmp_path: Path) -> None:
    first = searched(world, tmp_path)
    readings = world.ask("SELECT count(*) FROM reading")
    assert world.ask("SELECT number FROM booth") == "A10"  # the sign alone says so
    searched(world, tmp_path)
    assert world.ask("SELECT count(*) FROM reading") == readings
    world.execute("DELETE FROM reading WHERE version LIKE 'spot-%'")  # as retention does, or another reader
    rows, bad = read_rows(LIST)
    with world.resources.engine.begin() as connection:
        done = import_exhibitors(connection, "default", SHOW["name"], rows, bad)
    assert done.jobs == 2
    assert done.known
    world.run_all()
    query = """SELECT c.name, b.listed FROM booth_sighting s JOIN booth b ON b.id = s.booth_id
               JOIN company c ON c.id = b.company_id WHERE s.job_id = :job"""
    assert world.rows(query, job=first) == [("Marenza Alimentari", True)]
    assert world.ask("SELECT count(*) FROM booth WHERE number = 'A10'") == 1


def test_labels_move_probabilities_once_however_often_they_are_read(world: World, tmp_path: Path) -> None:
    job = searched(world, tmp_path)
    before = world.ask("SELECT probability FROM match")
    shift = json.loads(world.ask("SELECT to_jsonb(shift)::text FROM label_sighting") or "0")
    read_again(world, job, "region_text")
    world.run_all()
    assert world.ask("SELECT probability FROM match") == pytest.approx(before, abs=1e-9)
    assert abs(shift) <= 1.0


def test_another_products_bar_code_in_the_place_is_looked_at(world: World, client: TestClient, tmp_path: Path) -> None:
    own, other = "4006381333931", "5901234123457"
    photo = shelf((pack(1), placed(x=320, scale=1.5)))
    code = drawn(other, module=2, height=60, quiet=16)
    photo[350 : 350 + code.shape[0], 200 : 200 + code.shape[1]] = code[:, :, None]
    (tmp_path / "coded").mkdir()
    cv2.imwrite(str(tmp_path / "coded" / "c.png"), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    (tmp_path / "coded.csv").write_text(f"sku,title,ean,image\nP1,Pack,{own},one/pack-1.png\n")
    job = world.start(catalogue=str(tmp_path / "coded.csv"), media=(str(tmp_path / "coded"),), show=SHOW)
    world.run_all()
    assert world.state(job) == "done", world.rows("SELECT stage, error FROM unit WHERE state = 'failed'")
    (sighting,) = client.get("/api/v1/matches", params={"job": job}).json()["items"]
    assert (sighting["label"]["verdict"], sighting["label"]["barcodes"][0]["text"]) == ("contradicts", other)
    items = client.get("/api/v1/review").json()["items"]
    (item,) = [item for item in items if item["source_name"] == f"sighting {sighting['id']}"]
    assert (item["reason"], item["kind"], item["value"]) == ("contradiction", "label", other)
    assert item["doubts"][0] == f"bar code {other} is not the catalogue's {own}"


def test_a_sign_in_several_keyframes_is_read_by_all_of_them(world: World, client: TestClient, tmp_path: Path) -> None:
    frames = []
    for step in range(30):
        picture = shelf((pack(1), placed(x=200 + 4 * step, y=300)), seed=1)
        picture[:150] = 250
        lettered(picture, "MARENZA", (60 + 4 * step, 65), 2.0)
        frames.append(lettered(picture, "A10", (60 + 4 * step, 138), 2.2))
    film(tmp_path / "film.mp4", frames)
    job = world.start(catalogue=str(tmp_path / "one"), media=(str(tmp_path / "film.mp4"),), show=SHOW)
    world.run_all()
    assert world.state(job) == "done", world.rows("SELECT stage, error FROM unit WHERE state = 'failed'")
    (sighting,) = client.get("/api/v1/matches", params={"job": job}).json()["items"]
    sign = sighting["booth"]["sign"]
    assert sign["text"].startswith("MARENZA / A10")
    assert sign["frames"][0] == sign["frame"]
    assert len(set(sign["frames"])) == len(sign["frames"]) > 1
    assert all(client.get(frame).status_code == 200 for frame in sign["frames"])
    read_again(world, job, "signs")
    (unit,) = [world.take(ref) for ref in world.messages() if ref.stage == "signs"]
    for budget_s, done in ((4, True), (3, False)):  # it is read with 4 s now
        world.execute("UPDATE segment SET signs = jsonb_set(signs, '{budget_s}', to_jsonb(:s))", s=budget_s)
        with open_unit(world.resources, unit) as inputs:
            assert inputs.done == done
    read_again(world, job, "region_text")
    (unit,) = [world.take(ref) for ref in world.messages() if ref.stage == "region_text"]
    with open_unit(world.resources, unit) as inputs:
        (region,) = inputs.regions()
        sure = label_of(region, inputs.read)
        doubted = label_of(region, doubting(inputs.read, region.frame))
    assert sure.fields
    others = {frame for field in doubted.fields for frame in field["frames"]} - {region.frame_sha256}
    assert others
    assert all(client.get(f"/api/v1/assets/{frame}").status_code == 200 for frame in others)
    assert {field["value"] for field in doubted.fields} & {field["value"] for field in sure.fields}


def test_without_reading_a_job_is_as_it_was(world: World, tmp_path: Path) -> None:
    job = world.start(
        catalogue=str(tmp_path / "one"), media=(str(tmp_path / "media"),), show=SHOW, options={"reading": False}
    )
    world.run_all()
    assert world.state(job) == "done"
    assert world.ask("SELECT count(*) FROM reading") == 0
    assert world.ask("SELECT count(*) FROM match WHERE evidence_sha256 IS NOT NULL") == 1


def test_a_list_without_companies_or_booths_says_which_column_is_missing() -> None:
    with pytest.raises(BadRequest, match="company"):
        read_rows("a,b\n1,2\n")
    with pytest.raises(BadRequest, match="booth"):
        read_rows("company,b\n1,2\n")
    with pytest.raises(BadRequest, match=r"line 2.*no company"):
        read_rows("company,booth\n,A1\n")  # it must not replace a good list by nothing
