"""The doctor finds what is wrong and says what to do."""

import socket
from pathlib import Path

from scout_app import doctor
from scout_app.doctor import Finding, examine
from scout_common.settings import Settings

from tests.s3 import client, new_bucket


def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(settings)}


def test_a_healthy_machine_has_no_problem(tmp_path: Path, settings: Settings) -> None:
    found = findings(settings.model_copy(update={"port": 0}))
    assert [finding for finding in found.values() if finding.level == "problem"] == []
    assert "pgvector" in found["PostgreSQL"].said


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wrong = Settings(
            _env_file=None,
            data_dir=tmp_path,
            port=taken.getsockname()[1],
            database_url="postgresql://nobody@127.0.0.1:1/none",
            bus_url="amqp://nobody:secret@127.0.0.1:1/",
            prefect_api_url="http://127.0.0.1:1/api",
        )
        found = findings(wrong)
    for what, hint in (
        ("PostgreSQL", "SCOUT_DATABASE_URL"),
        ("RabbitMQ", "SCOUT_BUS_URL"),
        ("API", "SCOUT_PORT"),
        ("Prefect", "SCOUT_PREFECT_API_URL"),
    ):
        assert found[what].level == "problem", found[what]
        assert hint in found[what].hint


def test_the_bucket_is_tried(tmp_path: Path, s3_endpoint: str) -> None:
    bucket = new_bucket(s3_endpoint)
    settings = Settings(_env_file=None, data_dir=tmp_path, blob_url=f"{bucket}/scout", s3_endpoint_url=s3_endpoint)
    (found,) = doctor._blobs(settings)
    assert (found.level, found.said) == ("ok", f"{bucket}/scout can be written and read")
    assert "Contents" not in client(s3_endpoint).list_objects_v2(Bucket=bucket.removeprefix("s3://"))
    (found,) = doctor._blobs(settings.model_copy(update={"blob_url": "s3://nowhere"}))
    assert found.level == "problem"
    assert "no such bucket" in found.said
    assert "SCOUT_BLOB_URL" in found.hint
