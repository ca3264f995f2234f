"""A job whose blobs are in a bucket and whose video comes from an address finds what the local one finds."""

from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.acceptance.conftest import scout
from tests.s3 import client, new_bucket
from tests.servers import serving_folder

MEDIA = ("hall.mp4",)


@pytest.fixture
def site(sample: Path) -> Iterator[str]:
    """The address of a site with the sample's media."""
    with serving_folder(sample / "media") as address:
        yield address


def test_a_job_with_blobs_in_a_bucket(
    sample: Path, data_root: Path, result: dict[str, Any], site: str, s3_endpoint: str
) -> None:
    bucket, data, out = new_bucket(s3_endpoint), data_root / "s3", data_root / "s3.json"
    places = {"SCOUT_BLOB_URL": f"{bucket}/scout", "SCOUT_S3_ENDPOINT_URL": s3_endpoint}
    words = ["match", "--catalogue", str(sample / "catalogue" / "catalogue.csv"), *(f"{site}/{name}" for name in MEDIA)]
    ended = scout(*words, "--data", str(data), "--json", str(out), SCOUT_ALLOW_PRIVATE_URLS="true", **places)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert found(loads(out.read_text())) == found(result)
    assert not (data / "blobs").exists(), "a blob was written into the data folder"
    stored = client(s3_endpoint).list_objects_v2(Bucket=bucket.removeprefix("s3://"))["Contents"]
    assert all(item["Key"].startswith("scout/") for item in stored)


def found(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The sightings in the media of this test, with what is exact in both modes."""
    rows = (
        (Path(urlsplit(s["media"]).path).name, s["sku"] or "", round(s["start_s"], 3), round(s["end_s"], 3),
         round(s["probability"], 4), s["facings"], s["frames"])
        for s in result["sightings"]
    )  # fmt: skip
    return sorted(row for row in rows if row[0] in MEDIA)
