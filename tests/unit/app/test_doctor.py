"""The doctor finds what is wrong and says what to do."""

import json
import socket
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from scout_app import doctor
from scout_app.doctor import examine
from scout_app.doctor_reading import reading, tesseract
from scout_app.finding import Finding
from scout_common.settings import Settings
from scout_ocr.engines.tess import TesseractEngine

from tests.s3 import client, new_bucket
from tests.servers import serving


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


def test_the_engines_of_reading_are_told(settings: Settings) -> None:
    found = {finding.what: finding for finding in reading(settings)}
    assert list(found) == ["rapidocr", "tesseract"]
    assert found["rapidocr"].level == "ok"
    assert ", ".join(sorted(TesseractEngine().installed)) in found["tesseract"].said


def test_missing_models_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scout_ocr.engines.models.find_spec", lambda name: None)
    (found,) = [finding for finding in reading(Settings(_env_file=None)) if finding.what == "rapidocr"]
    assert (found.level, "pip install" in found.hint) == ("problem", True)


def test_missing_languages_are_told_with_their_packages(tmp_path: Path) -> None:
    found = tesseract(TesseractEngine(tmp_path))
    assert (found.level, found.hint) == ("note", "sudo apt-get install tesseract-ocr-eng tesseract-ocr-ben")
    assert "reads nothing" in found.said
    (tmp_path / "eng.traineddata").touch()
    found = tesseract(TesseractEngine(tmp_path))
    assert found.level == "note"
    assert str(tmp_path) in found.said
    assert "Bengali" in found.said
    assert found.hint.split()[3:] == ["tesseract-ocr-ben"]
    (tmp_path / "ben.traineddata").touch()
    assert tesseract(TesseractEngine(tmp_path)).level == "ok"


class _Models(BaseHTTPRequestHandler):
    """Lists one model, to who has the key."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == "Bearer k1" and self.path == "/v1/models"
        answer = json.dumps({"data": [{"id": "reader-2b"}]}).encode() if known else b""
        self.send_response(200 if known else 404 if self.path != "/v1/models" else 401)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None: ...


def _vlm(**values: Any) -> tuple[str, str]:
    found = {finding.what: finding for finding in reading(Settings(_env_file=None, **values))}["vlm"]
    return found.level, found.said


def test_a_configured_endpoint_is_asked_for_its_models() -> None:
    with serving(_Models) as port:
        url = f"http://127.0.0.1:{port}/v1"
        assert _vlm(vlm_url=url, vlm_model="reader-2b", vlm_key="k1") == ("ok", f"reader-2b at {url}")
        assert _vlm(vlm_url=url, vlm_model="reader-9b", vlm_key="k1")[0] == "problem"
        level, said = _vlm(vlm_url=url, vlm_model="reader-2b", vlm_key="other")
        assert (level, "401" in said) == ("problem", True)
        assert _vlm(vlm_url=f"{url}/other", vlm_model="reader-2b", vlm_key="k1")[0] == "note"
    assert _vlm(vlm_url=url, vlm_model="reader-2b", vlm_key="k1")[0] == "problem"


def test_a_folder_without_a_checkpoint_is_told(tmp_path: Path) -> None:
    found = {f.what: f for f in reading(Settings(_env_file=None, trocr_dir=str(tmp_path)))}["trocr"]
    assert found.level == "problem"
    assert str(tmp_path) in found.said
    assert "learned" in found.hint or "SCOUT_TROCR_DIR" in found.hint
