"""The catalogue service as a worker runs it: a real database, real files, a real web server."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image
from scout_common.ids import product_id
from scout_common.unit_run import run_unit
from scout_common.work import Resources
from scout_contracts.codec import UnitRef
from sqlalchemy import Row, text

from services.catalog.main import SERVICE
from tests.servers import serving_folder

START_JOB = text("""
    INSERT INTO job (id, title, spec, state) VALUES (:id, 'test', '{}', 'running')
    ON CONFLICT (id) DO UPDATE SET state = 'running'
""")
ADD_UNIT = text("""
    INSERT INTO unit (job_id, stage, key, scope, payload) VALUES (:id, 'catalog', 'c', 'catalogue', :payload)
    ON CONFLICT (job_id, stage, key) DO UPDATE SET state = 'pending', payload = excluded.payload
""")
HEADER = "sku,title,brand,price,image,shelf\n"


def picture(path: Path, seed: int, size: int = 300) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)
    sink = io.BytesIO()
    Image.fromarray(noise).save(sink, "PNG")
    path.write_bytes(sink.getvalue())
    return path


def collect(resources: Resources, source: str | Path, *, strict: bool = False, job: str = "") -> tuple[str, str]:
    """Run the catalogue unit of a (new) job; returns (job id, how the unit ended)."""
    job_id = job or str(uuid4())
    payload = {"source": str(source), "strict": strict}
    with resources.engine.begin() as connection:
        connection.execute(START_JOB, {"id": job_id})
        connection.execute(ADD_UNIT, {"id": job_id, "payload": json.dumps(payload)})
    return job_id, run_unit(resources, SERVICE, UnitRef(job_id=job_id, stage="catalog", key="c"))


def rows(resources: Resources, query: str, job: str) -> list[Row[Any]]:
    with resources.engine.connect() as connection:
        return list(connection.execute(text(query), {"job": job}).all())


def issues(resources: Resources, job: str) -> list[tuple[str, str, str]]:
    query = "SELECT severity, subject, message FROM job_issue WHERE job_id = :job ORDER BY subject, message"
    return [tuple(row) for row in rows(resources, query, job)]


def listed(resources: Resources, job: str) -> list[str]:
    query = """SELECT p.sku FROM job_product j JOIN product p ON p.id = j.product_id
               WHERE j.job_id = :job ORDER BY j.position, p.sku"""
    return [row.sku for row in rows(resources, query, job)]


PICTURES = """SELECT p.sku, i.position, i.source, i.image_sha256, i.width, i.warnings FROM job_product_image i
              JOIN product p ON p.id = i.product_id WHERE i.job_id = :job ORDER BY p.sku, i.position"""
WORK = "SELECT stage, key, scope, state, payload FROM unit WHERE job_id = :job AND stage <> 'catalog' ORDER BY 1, 2"
ERROR = "SELECT error FROM unit WHERE job_id = :job AND stage = 'catalog'"


def catalogue(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "list.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return path


def test_a_catalogue_becomes_products_pictures_and_work(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "img/a.png", 1)
    picture(tmp_path / "img/b.png", 2)
    source = catalogue(
        tmp_path, 'A1,Tea,Leaf,"€ 12,50",img/a.png;img/b.png,7', f"A2,,,,{picture(tmp_path / 'c.png', 3)},"
    )
    job, state = collect(resources, source)
    assert state == "done"
    query = "SELECT id::text, title, brand, price, currency, extra FROM product WHERE :job <> '' ORDER BY sku"
    first, second = rows(resources, query, job)
    assert first.id == product_id("default", "A1")
    assert (first.title, first.brand, float(first.price), first.currency) == ("Tea", "Leaf", 12.5, "EUR")
    assert first.extra == {"shelf": "7"}
    assert (second.title, second.price) == ("A2", None)
    shown = rows(resources, PICTURES, job)
    assert [(row.sku, row.position, row.width) for row in shown] == [("A1", 0, 300), ("A1", 1, 300), ("A2", 0, 300)]
    hashes = sorted(row.image_sha256 for row in shown)
    assert all(resources.blobs.exists(sha256) for sha256 in hashes)
    assets = rows(resources, "SELECT sha256 FROM asset_ref WHERE job_id = :job ORDER BY 1", job)
    assert [row.sha256 for row in assets] == hashes
    work = rows(resources, WORK, job)
    assert [(row.stage, row.key) for row in work] == [
        (stage, sha256) for stage in ("embedding", "keypoint_product", "product_text") for sha256 in hashes
    ]
    assert {(row.scope, row.state) for row in work} == {("catalogue", "pending")}
    assert issues(resources, job) == []


BAD = ("A1,Tea,,,a.png,", ",Nameless,,,a.png,", "A1,Again,,,a.png,", "A3,Gone,,,gone.png,", "A4,ok,,,b.png,")


def test_bad_rows_are_named_and_the_good_ones_load(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "a.png", 1)
    picture(tmp_path / "b.png", 2, size=60)
    (tmp_path / "gone.png").write_bytes(b"<html>not found</html>")
    job, state = collect(resources, catalogue(tmp_path, *BAD))
    assert state == "done"
    assert listed(resources, job) == ["A1", "A3", "A4"]
    assert [row.sku for row in rows(resources, PICTURES, job)] == ["A1", "A4"]
    said = issues(resources, job)
    assert [(severity, subject) for severity, subject, _ in said] == [
        ("error", "list.csv, line 3"),
        ("error", "list.csv, line 4"),
        ("error", "list.csv, line 5"),
        ("warning", "list.csv, line 6"),
    ]
    assert "web page" in said[2][2]
    assert rows(resources, PICTURES, job)[1].warnings[0]["kind"] == "small"


def test_strict_loads_nothing_and_names_the_first_lines(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "a.png", 1)
    job, state = collect(resources, catalogue(tmp_path, *BAD), strict=True)
    assert state == "failed"
    assert listed(resources, job) == []
    error = rows(resources, ERROR, job)[0].error
    assert "line 3: the sku is empty; line 4" in error["message"]
    missing = catalogue(tmp_path / "two", "A1,Tea,,,missing.png,")
    job, state = collect(resources, missing, strict=True)
    assert state == "failed"
    assert "line 2: missing.png: there is no such file" in rows(resources, ERROR, job)[0].error["message"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("title,image\nTea,a.png\n", "no column 'sku'"), (None, "no such file"), ("PK\x03\x04", "spreadsheet")],
)
def test_what_cannot_be_read_fails_at_once(
    resources: Resources, tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_text(content)
    job, state = collect(resources, path)
    assert state == "failed"
    error = rows(resources, ERROR, job)[0].error
    assert message in error["message"]
    assert error["hint"]


def test_zero_products_finish_and_say_so(resources: Resources, tmp_path: Path) -> None:
    job, state = collect(resources, catalogue(tmp_path))
    assert state == "done"
    assert [message for *_, message in issues(resources, job)] == ["the catalogue holds no products"]


def test_a_folder_of_pictures(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "shop/A1.png", 1)
    picture(tmp_path / "shop/A2/front.png", 2)
    picture(tmp_path / "shop/A2/side.png", 3)
    job, state = collect(resources, tmp_path / "shop")
    assert state == "done"
    assert [(row.sku, row.source) for row in rows(resources, PICTURES, job)] == [
        ("A1", "A1.png"),
        ("A2", "A2/front.png"),
        ("A2", "A2/side.png"),
    ]


def test_a_folder_does_not_wipe_what_a_fuller_catalogue_said(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "shop/A1.png", 1)
    collect(resources, catalogue(tmp_path, "A1,Tea,Leaf,3.20,shop/A1.png,"))
    job, _ = collect(resources, tmp_path / "shop")
    product = rows(resources, "SELECT title, brand, price FROM product WHERE :job <> ''", job)[0]
    assert (product.title, product.brand, float(product.price)) == ("Tea", "Leaf", 3.2)


def test_the_same_picture_of_two_products_is_one_unit_of_work(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "a.png", 1)
    job, _ = collect(resources, catalogue(tmp_path, "A1,,,,a.png,", "A2,,,,a.png,"))
    assert [row.sku for row in rows(resources, PICTURES, job)] == ["A1", "A2"]
    assert len(rows(resources, WORK, job)) == 3
    assert "same picture" in issues(resources, job)[0][2]


def test_reading_again_ends_with_the_same_rows_and_a_changed_file_with_the_new_ones(
    resources: Resources, tmp_path: Path
) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        picture(tmp_path / f"{name}.png", seed)
    source = catalogue(tmp_path, "A1,,,,a.png,", "A2,,,,b.png,")
    job, _ = collect(resources, source)
    before = rows(resources, PICTURES, job)
    assert collect(resources, source, job=job) == (job, "done")
    assert rows(resources, PICTURES, job) == before
    collect(resources, catalogue(tmp_path, "A2,,,,a.png,"), job=job)
    assert [(row.sku, row.source) for row in rows(resources, PICTURES, job)] == [("A2", "a.png")]
    assert listed(resources, job) == ["A2"]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """(folder, its address)"""
    folder = tmp_path / "web"
    folder.mkdir()
    with serving_folder(folder) as address:
        yield folder, address


def test_a_catalogue_from_the_web_brings_its_pictures_but_no_local_file(
    resources: Resources, tmp_path: Path, web: tuple[Path, str]
) -> None:
    folder, address = web
    picture(folder / "lists/img/a.png", 1)
    secret = picture(tmp_path / "secret.png", 2)
    lines = ("A1,,,,img/a.png,", f"A2,,,,{address}/lists/img/a.png,", f"A3,,,,file://{secret},", f"A4,,,,{secret},")
    catalogue(folder / "lists", *lines)
    open_to_all = replace(resources, settings=resources.settings.model_copy(update={"allow_private_urls": True}))
    job, state = collect(open_to_all, f"{address}/lists/list.csv")
    assert state == "done"
    assert [row.sku for row in rows(resources, PICTURES, job)] == ["A1", "A2"]
    said = issues(resources, job)
    assert [subject for _, subject, _ in said] == [f"list.csv, line {line}" for line in (3, 4, 5)]
    assert "are not read" in said[1][2]
    assert "status 404" in said[2][2]


def test_private_addresses_are_refused_unless_allowed(
    resources: Resources, tmp_path: Path, web: tuple[Path, str]
) -> None:
    folder, address = web
    picture(folder / "a.png", 1)
    catalogue(folder, "A1,,,,a.png,")
    job, state = collect(resources, f"{address}/list.csv")
    assert state == "failed"
    assert "private network" in rows(resources, ERROR, job)[0].error["message"]
    job, state = collect(resources, catalogue(tmp_path, f"A1,,,,{address}/a.png,"))
    assert state == "done"
    assert "private network" in issues(resources, job)[0][2]


def test_many_products_are_committed_as_they_go(resources: Resources, tmp_path: Path) -> None:
    picture(tmp_path / "a.png", 1)
    job, _ = collect(resources, catalogue(tmp_path, *(f"A{number},,,,a.png," for number in range(120))))
    assert len(listed(resources, job)) == 120
