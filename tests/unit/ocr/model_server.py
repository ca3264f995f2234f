"""A real server that speaks the OpenAI protocol, whose model is another engine; and pictures of lines to read."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.words import lines_of

from tests.servers import serving


def drawn(*lines: str, size: tuple[int, int] = (520, 240)) -> Picture:
    """Lines of letters 26 pixels high, 65 pixels apart."""
    image = Image.new("RGB", size, (250, 250, 250))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(36)
    for number, line in enumerate(lines):
        pen.text((25, 20 + 65 * number), line, fill=(20, 20, 20), font=font)
    return np.array(image, np.uint8)


def crop(text: str) -> Picture:
    """A line with eight pixels of paper around it."""
    image = drawn(text, size=(600, 100))
    rows, columns = np.nonzero(image[..., 0] < 128)
    return image[rows.min() - 8 : rows.max() + 9, columns.min() - 8 : columns.max() + 9]


class Server:
    """An OpenAI-compatible endpoint whose model is another engine. fails: how many answers are 500 first."""

    def __init__(self, reader: OcrEngine) -> None:
        self.reader, self.fails, self.content = reader, 0, ""
        self.asked: list[tuple[str, str | None, dict[str, Any]]] = []

    def answer(self, body: dict[str, Any]) -> str:
        parts = body["messages"][0]["content"]
        url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert image is not None
        lines = lines_of(self.reader.read(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)))
        told = [{"text": line.text, "box": list(line.box), "confidence": line.confidence} for line in lines]
        return json.dumps({"lines": told})


@contextmanager
def model_server(reader: OcrEngine) -> Iterator[tuple[Server, str]]:
    """Serve until the block ends; the server, and the address that an engine is given."""
    state = Server(reader)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append((self.path, self.headers.get("Authorization"), body))
            if state.fails:
                state.fails -= 1
                self.send_error(500)
                return
            content = state.content or state.answer(body)
            answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None: ...

    with serving(Handler) as port:
        yield state, f"http://127.0.0.1:{port}/v1"
