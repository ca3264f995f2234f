"""What backfills read: real folders, buckets, content APIs and stored files; filters, cursors, results beside them."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scout_common.content_api import ContentApi
from scout_common.errors import BadRequest, NotFound, PermanentError
from scout_common.work import Resources
from scout_ocr.errors import BadDocument
from sqlalchemy import text

from services.backfill.items import Wanted
from services.backfill.remote_sources import ContentSource, S3Source
from services.backfill.sources import FolderSource, StoredSource
from tests.content_server import TOKEN, Store, content_server
from tests.integration.backfill.toy_reads import Reads, names, plan, run
from tests.s3 import client, new_bucket
from tests.unit.common.test_content_api import LIMITS


@pytest.fixture
def content() -> Iterator[Store]:
    with content_server() as server:
        yield server


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"types": ("image/*",)}, ["a/1.png", "b/3.png"]),
        ({"types": (".pdf",)}, ["a/2.pdf"]),
        ({"types": ("video/mp4",)}, ["4.mp4"]),
        ({"tenant": "b"}, ["b/3.png"]),
        ({"owner": "nobody-at-all"}, []),
        ({"since": datetime.now(UTC) + timedelta(days=1)}, []),
        ({"until": datetime.now(UTC) + timedelta(days=1)}, ["a/1.png", "a/2.pdf", "b/3.png"]),
    ],
)
def test_filters_of_a_folder(folder: Path, wanted: dict[str, Any], found: list[str]) -> None:
    assert names(FolderSource(folder), **wanted) == found


def test_a_listing_goes_on_from_its_cursor_also_among_odd_names(folder: Path) -> None:
    for name in ("a b.png", "a-1.png", "ä.png", os.fsdecode(b"\xff.png"), "%bytes:x.png"):
        (folder / name).write_text("x")
    source = FolderSource(folder)
    every = [item for page in source.pages(None, Wanted()) for item in page.items]
    for number, item in enumerate(every):
        rest = [other.id for page in source.pages(item.id, Wanted()) for other in page.items]
        assert rest == [other.id for other in every[number + 1 :]]
        assert source.read(item.id, 100)
        item.id.encode()
    assert len(every) == 8


def test_a_result_is_written_through_no_link(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("kept")
    (folder / ".4.mp4.reading.txt.part").symlink_to(target)
    (folder / "a" / "2.pdf.reading.txt").symlink_to(target)
    with pytest.raises(PermanentError, match="leads out"):
        FolderSource(folder).keep("a/2.pdf", ".txt", b"result", "text/plain", {})
    FolderSource(folder).keep("4.mp4", ".txt", b"result", "text/plain", {})
    assert target.read_text() == "kept"
    assert (folder / "4.mp4.reading.txt").read_bytes() == b"result"


def test_a_bucket(resources: Resources, s3_endpoint: str) -> None:
    url = new_bucket(s3_endpoint)
    bucket, s3 = url.removeprefix("s3://"), client(s3_endpoint)
    for key in ("in/x/1.png", "in/y/2.png", "in-private/3.png"):
        s3.put_object(Bucket=bucket, Key=key, Body=f"sure {key}".encode())
    source = S3Source(f"{url}/in/", s3)
    assert names(source, tenant="y") == ["y/2.png"]
    same, every = S3Source(f"{url}/in", s3), S3Source(url, s3)
    assert (same.name, names(same)) == (source.name, names(source))
    assert len(names(every)) == 3
    ended = run(resources, plan(source, beside=("txt",)), Reads())
    assert sorted(one.item for one in ended) == ["in/x/1.png", "in/y/2.png"]
    kept = s3.get_object(Bucket=bucket, Key="in/x/1.png.reading.txt")
    assert kept["Body"].read() == b"sure in/x/1.png\n"
    assert [item.id for page in source.pages("in/x/1.png.reading.txt", Wanted()) for item in page.items] == [
        "in/y/2.png"
    ]
    with pytest.raises(NotFound, match="no such bucket"):
        names(S3Source("s3://scout-none/", s3))


def test_a_content_api_filters_and_is_told(resources: Resources, content: Store) -> None:
    content.page = 2
    for number in range(5):
        content.add(f"{number}", f"sure {number}".encode(), media_type="image/png", owner="ana", tenant="t1")
    content.add("other", b"sure other", media_type="image/png", owner="bo")
    content.add("bad", b"bad", media_type="image/png", owner="ana")
    reads = Reads()
    reads.fails[b"bad"] = [BadDocument("it is torn")]
    source = ContentSource(ContentApi(content.url, TOKEN, LIMITS))
    wanted = plan(source, wanted=Wanted(owner="ana", types=("image/*",)), beside=("json",))
    ended = run(resources, wanted, reads)
    assert len(ended) == 6
    assert content.files["0"].about["status"] == "read"
    assert content.files["bad"].about["status"] == "failed"
    assert content.files["bad"].about["detail"] == "it is torn"
    assert content.files["other"].about["status"] == ""
    derived = content.files["0.reading.json"].about
    assert (derived["derived_from"], derived["metadata"]["kind"]) == ("0", "receipt")
    content.add("x.pdf", b"sure", media_type="application/pdf", owner="ana")
    assert {"0", "x.pdf"} < set(names(source, types=(".pdf", "image/*")))
    assert names(source, types=(".pdf",)) == ["x.pdf"]


def test_stored_files_without_a_result(resources: Resources) -> None:
    for number in range(3):
        data = f"sure {number}".encode()
        sha256 = resources.blobs.put(data, "image/png")
        with resources.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO asset (sha256, media_type, bytes) VALUES (:sha256, 'image/png', 6)"),
                {"sha256": sha256},
            )
    source = StoredSource(resources.engine, resources.blobs)
    assert len(run(resources, plan(source), Reads())) == 3
    assert names(source) == []
    with pytest.raises(BadRequest, match="no owner"):
        names(source, owner="ana")
