"""`scout ocr accuracy|champion|export-training` over what people said, from the database and over HTTP."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
import uvicorn
from scout_app.cli import app
from scout_app.http import create_app
from scout_common.errors import BadRequest
from scout_common.observations import Seen, observe
from scout_common.work import Resources
from scout_ocr.fields import Field
from scout_ocr.reading import Reading
from sqlalchemy import text
from typer.testing import CliRunner

from services.review import store
from services.review.verdicts import Said
from tests.hall import FakeControl


@pytest.fixture
def judged(resources: Resources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Resources:
    """A receipt on which one value was corrected and one accepted, and the environment of a command over it."""
    page = np.full((100, 200, 3), 255, np.uint8)
    page[20:40, 40:120] = (200, 30, 30)
    data = cv2.imencode(".png", page[:, :, ::-1])[1].tobytes()
    sha256 = resources.blobs.put(data, "image/png")
    shared = {"rule": "r", "engine": "rapidocr", "confidence": 0.3}
    fields = (
        Field(name="total", value="12.50", raw="12,5O", box=(40, 20, 120, 40), **shared),  # type: ignore[arg-type]
        Field(name="company", value="Sure Ltd", raw="SURE LTD", box=(40, 20, 120, 40), **shared),  # type: ignore[arg-type]
    )
    reading = Reading(
        media_type="image/png",
        kind="receipt",
        pages=(),
        text="x",
        markdown="",
        fields=fields,
        engines=(("rapidocr", "3.10"),),
    )
    with resources.engine.begin() as connection:
        seen = Seen(tenant="default", owner=str(uuid4()), sha256=sha256, reading=reading)
        observe(connection, seen, resources.settings)
        rows = connection.execute(text("SELECT field, id FROM review_item"))
        items: dict[str, UUID] = {row.field: row.id for row in rows}
        said = {"by": "Ana", "revision": 1}
        store.decide(connection, items["company"], Said(action="accept", **said), tenant="default")  # type: ignore[arg-type]
        corrected = Said(action="correct", value="12.80", printed="12,80", **said)  # type: ignore[arg-type]
        store.decide(connection, items["total"], corrected, tenant="default")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCOUT_DATABASE_URL", resources.settings.database_url)
    monkeypatch.setenv("SCOUT_DATA_DIR", str(resources.settings.data_dir))
    return resources


@pytest.fixture
def served(judged: Resources) -> Iterator[str]:
    """The address of a real API over it."""
    config = uvicorn.Config(create_app(judged, FakeControl()), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    pause = threading.Event()
    while not server.started:
        pause.wait(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def scout(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["ocr", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_report_and_the_training_set(judged: Resources, tmp_path: Path) -> None:
    found = json.loads(scout("accuracy", "--json"))
    by_field = {row["field"]: row for row in found["rows"]}
    assert (by_field["company"]["right"], by_field["total"]["wrong"]) == (1, 1)
    told = scout("accuracy", "--field", "total")
    assert f"{by_field['total']['engine']} {by_field['total']['version']}" in told and "…" not in told
    assert "Nobody has judged" in scout("accuracy", "--until", "2000-01-01")

    assert scout("export-training", str(tmp_path / "out")).startswith("2 cut-outs")
    lines = [json.loads(line) for line in (tmp_path / "out" / "labels.jsonl").read_text().splitlines()]
    texts = {line["field"]: (line["text"], line["exact"], line["value"], line["read"]) for line in lines}
    assert texts == {
        "total": ("12,80", True, "12.80", "12.50"),
        "company": ("SURE LTD", True, "Sure Ltd", "Sure Ltd"),
    }
    for line in lines:
        pixels = cv2.imread(str(tmp_path / "out" / line["image"]))
        assert pixels.shape[:2] == (26, 86)
    judged.blobs.delete(lines[0]["source"])
    assert "2 without a stored file" in scout("export-training", str(tmp_path / "none"))


def test_the_champion_changes_and_goes_back(judged: Resources) -> None:
    assert scout("champion").startswith("routing answers")
    assert "tesseract answers, routing reads 10% in its shadow" in scout(
        "champion", "tesseract", "--shadow", "routing", "--share", "0.1", "--force"
    )
    went_back: dict[str, Any] = json.loads(scout("champion", "routing", "--json"))
    assert (went_back["champion"], went_back["shadow"]) == ("routing", "")
    assert [one["champion"] for one in went_back["history"]] == ["", "tesseract"]
    assert "before: tesseract" in scout("champion")
    refused = CliRunner().invoke(app, ["ocr", "champion", "tesserract"])
    assert isinstance(refused.exception, BadRequest) and "tesserract" in str(refused.exception)


def test_a_running_scout_is_asked_over_http(served: str) -> None:
    assert json.loads(scout("accuracy", "--url", served, "--json"))["rows"]
    assert scout("champion", "tesseract", "--url", served).startswith("tesseract answers")
    assert scout("champion", "--url", served).startswith("tesseract answers")
