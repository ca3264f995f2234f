"""A vision-language model behind an OpenAI-compatible endpoint (`/chat/completions`), as vLLM serves DeepSeek-OCR,
Qwen-VL and others.

It is asked for lines as JSON by a schema; a model that answers plain text is understood too. Who speaks HTTP is passed
in, so that this package needs no client.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cv2
import numpy as np

from scout_ocr.engine import Picture, ReadLine
from scout_ocr.errors import EngineFailed, EngineUnavailable
from scout_ocr.languages import TESSERACT
from scout_ocr.words import Quad, Word

Post = Callable[[str, Mapping[str, Any], float], Mapping[str, Any]]
"""(address, JSON body, seconds) -> JSON answer. Raises EngineUnavailable, EngineFailed."""

PROMPT = (
    "Read all text in the picture exactly as printed, line by line in reading order. Translate and correct nothing. "
    'Answer with JSON: {"lines": [{"text": "...", "box": [left, top, right, bottom], "confidence": 0.0-1.0}]}; boxes '
    'in pixels of the picture, which is {width} wide and {height} high. No text: {"lines": []}.'
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                },
                "required": ["text"],
            },
        }
    },
    "required": ["lines"],
}
UNSURE = 0.75  # confidence of a line for which the model gave none: above a guess, below what engines measure
_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)
_PAUSE_S = 0.5  # before the first retry
_LARGEST = 2048  # longer side that is sent; models see no more


@dataclass(frozen=True, kw_only=True)
class VlmEngine:
    """url: base address up to and with /v1. post: speaks HTTP. timeout_s: for one answer. retries: after a failure that
    may pass, each after a pause twice as long, which `wait` (seconds) makes: a server that is full or loads its model
    needs it. prompt: {width} and {height} are filled in. codes: ISO 639-1 codes that the model is known to read."""

    url: str
    model: str
    post: Post
    prompt: str = PROMPT
    timeout_s: float = 60.0
    retries: int = 2
    codes: frozenset[str] = field(default_factory=lambda: frozenset(TESSERACT))
    wait: Callable[[float], None] = time.sleep

    @property
    def name(self) -> str:
        return "vlm"

    @property
    def version(self) -> str:
        return f"{self.model}-{sha256(self.prompt.encode()).hexdigest()[:8]}"

    def languages(self) -> frozenset[str]:
        return self.codes

    def read(self, image: Picture, languages: Sequence[str] = ()) -> tuple[Word, ...]:
        self._check(languages)
        return _words(self._lines(image, languages), image.shape[1], image.shape[0])

    def read_lines(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[ReadLine, ...]:
        self._check(languages)
        return tuple(_joined(self._lines(crop, languages)) for crop in crops)

    def _check(self, languages: Sequence[str]) -> None:
        missing = [code for code in languages if code not in self.codes]
        if missing:
            raise EngineUnavailable(
                f"The model {self.model} is not known to read {', '.join(missing)}",
                hint="Leave the languages open, or name one of " + ", ".join(sorted(self.codes)[:12]) + " ...",
            )

    def _lines(self, image: Picture, languages: Sequence[str]) -> list[_Said]:
        sent, scale = _shrunk(image)
        body = self._request(sent, languages)
        for attempt in range(self.retries + 1):
            try:
                answer = self.post(f"{self.url.rstrip('/')}/chat/completions", body, self.timeout_s)
                return [line.scaled(1 / scale) for line in said(_content(answer))]
            except EngineFailed:
                if attempt == self.retries:
                    raise
                self.wait(_PAUSE_S * 2**attempt)
        return []

    def _request(self, image: Picture, languages: Sequence[str]) -> dict[str, Any]:
        height, width = image.shape[:2]
        asked = self.prompt.replace("{width}", str(width)).replace("{height}", str(height))
        if languages:
            asked += f" Languages expected: {', '.join(languages)}."
        parts = [{"type": "image_url", "image_url": {"url": _data_url(image)}}, {"type": "text", "text": asked}]
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": parts}],
            "temperature": 0,
            "max_tokens": 4096,
            "response_format": {"type": "json_schema", "json_schema": {"name": "lines", "schema": SCHEMA}},
        }


@dataclass(frozen=True)
class _Said:
    text: str
    confidence: float
    box: tuple[float, float, float, float] | None

    def scaled(self, by: float) -> _Said:
        if self.box is None:
            return self
        left, top, right, bottom = self.box
        return _Said(self.text, self.confidence, (left * by, top * by, right * by, bottom * by))


def said(content: str) -> list[_Said]:
    """The lines of an answer: JSON by the schema, in a code fence or not, else each line of text as it stands.

    Raises EngineFailed where JSON was begun and is not the schema's.
    """
    text = content.strip()
    fenced = _FENCE.match(text)
    text = fenced[1] if fenced else text
    if not text.startswith(("{", "[")):
        return [_Said(line.strip(), UNSURE, None) for line in text.splitlines() if line.strip()]
    try:
        found = json.loads(text)
        lines = found["lines"] if isinstance(found, dict) else found
        return [line for line in map(_line, lines) if line.text]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise EngineFailed(
            f"The model answered JSON that is not what was asked for: {text[:80]!r}",
            hint="Use a server that keeps to response_format, or shorten SCOUT_VLM_PROMPT.",
        ) from problem


def _line(line: Mapping[str, Any]) -> _Said:
    box = line.get("box")
    places = tuple(float(value) for value in box) if isinstance(box, list) and len(box) == 4 else None
    if places is not None and not (np.isfinite(places).all() and places[2] > places[0] and places[3] > places[1]):
        places = None
    sure = float(line.get("confidence", UNSURE))
    text = " ".join(str(line["text"]).split())
    return _Said(text, min(1.0, max(0.0, sure)) if np.isfinite(sure) else UNSURE, places)  # type: ignore[arg-type]


def _content(answer: Mapping[str, Any]) -> str:
    try:
        content = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as problem:
        raise EngineFailed(f"The model's server answered something else: {str(answer)[:80]}") from problem
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _words(lines: Sequence[_Said], width: int, height: int) -> tuple[Word, ...]:
    """Lines cut at blanks; a word has its letters' share of the line's box. No box: an even share of the page."""
    words = []
    for number, line in enumerate(lines):
        even = (0.0, height * number / len(lines), float(width), height * (number + 1) / len(lines))
        left, top, right, bottom = _inside(line.box or even, width, height)
        step, at = (right - left) / max(1, len(line.text)), 0
        for part in line.text.split(" "):
            x0, x1 = left + at * step, left + (at + len(part)) * step
            quad: Quad = ((x0, top), (x1, top), (x1, bottom), (x0, bottom))
            words.append(Word(text=part, confidence=line.confidence, quad=quad, line=number, block=0, engine="vlm"))
            at += len(part) + 1
    return tuple(words)


def _inside(box: tuple[float, float, float, float], width: int, height: int) -> tuple[float, float, float, float]:
    xs = [min(max(value, 0.0), float(width)) for value in box[::2]]
    ys = [min(max(value, 0.0), float(height)) for value in box[1::2]]
    return xs[0], ys[0], xs[1], ys[1]


def _joined(lines: Sequence[_Said]) -> ReadLine:
    letters = sum(len(line.text) for line in lines)
    sure = sum(line.confidence * len(line.text) for line in lines) / max(1, letters)
    return ReadLine(text=" ".join(line.text for line in lines), confidence=sure)


def _shrunk(image: Picture) -> tuple[Picture, float]:
    scale = min(1.0, _LARGEST / max(image.shape[:2]))
    if scale == 1.0:
        return image, 1.0
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _data_url(image: Picture) -> str:
    _, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()
