"""The engine `vlm` as the settings name it, against a local server that speaks the OpenAI protocol."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import cv2
import numpy as np
import pytest
from scout_common.reader_process import ReaderPool
from scout_common.reader_setup import reader_setup
from scout_common.reading_work import begin
from scout_common.settings import Settings
from scout_common.vlm_endpoint import poster
from scout_ocr.errors import EngineFailed, EngineUnavailable
from scout_ocr.reading import Quality, ReadOptions

from tests.reading import drawn
from tests.servers import serving

pytest.importorskip("scout_ocr.engines.vlm")

SAID = {"lines": [{"text": "Seen by a model", "box": [10, 10, 200, 40], "confidence": 0.9}]}


@dataclass
class Model:
    """An endpoint that answers what it is told to."""

    port: int = 0
    status: int = 200
    answer: bytes = json.dumps({"choices": [{"message": {"content": json.dumps(SAID)}}]}).encode()
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.asked.append((self.path, self.headers.get("Authorization", ""), body))
            self.send_response(model.status)
            self.end_headers()
            self.wfile.write(model.answer)

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as port:
        model.port = port
        yield model


def test_a_request_that_names_it_is_read_by_the_model(model: Model) -> None:
    settings = Settings(
        _env_file=None, vlm_url=model.url, vlm_model="reader-7b", vlm_key="word", vlm_prompt="Say what you see."
    )
    pool = ReaderPool(reader_setup(settings), 1)
    try:
        options = ReadOptions(engine="vlm", kind="line", barcodes=False, fields=False)
        read = json.loads(pool.read(drawn("anything", size=(300, 60)), options, timeout_s=60).result)
        assert read["text"] == "Seen by a model" and "vlm" in read["engines"]
        assert "reader-7b" in pool.about().version and "vlm" in pool.about().languages
    finally:
        pool.close()
    path, key, body = model.asked[0]
    assert (path, key, body["model"]) == ("/v1/chat/completions", "Bearer word", "reader-7b")
    assert body["messages"][0]["content"][-1]["text"] == "Say what you see."


def test_as_the_strong_engine_it_is_shown_nothing_but_the_lines_in_doubt(model: Model) -> None:
    said = {"lines": [{"text": "Cloudberry", "confidence": 0.95}]}
    model.answer = json.dumps({"choices": [{"message": {"content": json.dumps(said)}}]}).encode()
    settings = Settings(_env_file=None, vlm_url=model.url, vlm_model="reader-7b", ocr_strong="vlm")
    pool = ReaderPool(reader_setup(settings), 1)

    def read(quality: Quality) -> Any:
        options = ReadOptions(kind="label", quality=quality, barcodes=False, fields=False)
        return json.loads(pool.read(half_legible(), options, timeout_s=60).result)

    try:
        fast, asked_by_fast = read("fast"), len(model.asked)
        balanced, asked = read("balanced"), len(model.asked)
        model.status = 500
        failed = read("best")
        assert "strong-vlm-reader-7b" in pool.about().version
    finally:
        pool.close()
    assert asked_by_fast == 0 and "vlm" not in fast["engines"]
    assert asked == 1, "the line that is read well is not sent"
    assert balanced["text"].split() == ["Sweet", "Corn", "Cloudberry"] and {"rapidocr", "vlm"} <= set(
        balanced["engines"]
    )
    assert failed["text"].startswith("Sweet Corn") and "1 lines stay in doubt" in failed["warnings"][0]


def test_a_strong_engine_that_is_not_set_up_says_what_to_set() -> None:
    with pytest.raises(EngineUnavailable, match="SCOUT_OCR_STRONG names trocr"):
        begin(reader_setup(Settings(_env_file=None, ocr_strong="trocr")))


def half_legible() -> bytes:
    """A label of two lines, the lower one in mirror writing, so that it stays in doubt."""
    page = np.full((260, 480, 3), 245, np.uint8)
    for text, row in (("Sweet Corn", 80), ("Cloudberry", 190)):
        cv2.putText(page, text, (30, row), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 3, cv2.LINE_AA)
    page[130:] = page[130:, ::-1].copy()
    return bytes(cv2.imencode(".png", page)[1])


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (401, b"{}", EngineUnavailable),
        (500, b"{}", EngineFailed),
        (200, b"no json", EngineFailed),
        (200, b"[]", EngineFailed),
    ],
)
def test_an_endpoint_that_does_not_serve(model: Model, status: int, answer: bytes, error: type[Exception]) -> None:
    model.status, model.answer = status, answer
    with pytest.raises(error):
        poster("")(f"{model.url}/chat/completions", {}, 5.0)


def test_an_endpoint_that_is_not_there() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        poster("")("http://127.0.0.1:9/v1/chat/completions", {}, 5.0)
