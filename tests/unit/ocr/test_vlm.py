"""What only an engine behind a server does: its requests, its failures, and what models answer instead of JSON."""

from typing import Any

import cv2
import numpy as np
import pytest
from scout_common.vlm_endpoint import poster
from scout_ocr.engines.vlm import PROMPT, VlmEngine, said
from scout_ocr.errors import EngineFailed

from tests.unit.ocr.model_server import Server, crop, drawn


def test_the_request_is_the_protocols_own(server: tuple[Server, str]) -> None:
    state, url = server
    state.asked.clear()
    engine = VlmEngine(url=f"{url}/", model="reader-7b", post=poster("key"), prompt="Read {width}x{height} {x}.")
    assert [word.text for word in engine.read(drawn("Sweet Corn"), ("en", "de"))] == ["Sweet", "Corn"]
    ((path, authorization, body),) = state.asked
    assert (path, authorization, body["model"]) == ("/v1/chat/completions", "Bearer key", "reader-7b")
    told = body["messages"][0]["content"][-1]["text"]
    assert told == "Read 520x240 {x}. Languages expected: en, de."
    assert body["response_format"]["json_schema"]["schema"]["required"] == ["lines"]
    assert engine.version != VlmEngine(url=url, model="reader-7b", post=poster("")).version, "another prompt"


def test_large_pictures_are_sent_smaller_and_boxes_come_back_larger(server: tuple[Server, str]) -> None:
    _, url = server
    small = drawn("Sweet Corn", size=(520, 100))
    large = np.asarray(cv2.resize(small, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC), np.uint8)
    words = VlmEngine(url=url, model="reader", post=poster("")).read(large)
    assert [word.text for word in words] == ["Sweet", "Corn"]
    assert words[0].box[0] > 100 and words[1].box[2] > 1200 and words[1].box[3] < 600


def test_a_failure_that_passes_is_tried_again(server: tuple[Server, str]) -> None:
    state, url = server
    state.fails = 2
    pauses: list[float] = []
    engine = VlmEngine(url=url, model="reader", post=poster(""), retries=2, wait=pauses.append)
    assert [word.text for word in engine.read(drawn("Sweet Corn"))] == ["Sweet", "Corn"]
    assert pauses == [0.5, 1.0], "a server that is full is not asked again at once"
    state.fails = 2
    with pytest.raises(EngineFailed):
        VlmEngine(url=url, model="reader", post=poster(""), retries=1, wait=pauses.append).read(drawn("Sweet Corn"))
    assert state.fails == 0


def test_a_model_that_answers_plain_text_is_understood(server: tuple[Server, str]) -> None:
    state, url = server
    state.content = "Sweet Corn\n\n400 g\n"
    try:
        words = VlmEngine(url=url, model="reader", post=poster("")).read(drawn("Sweet Corn", "400 g"))
    finally:
        state.content = ""
    assert [(word.text, word.line) for word in words] == [("Sweet", 0), ("Corn", 0), ("400", 1), ("g", 1)]
    assert words[0].box[3] <= words[2].box[1] + 1, "no boxes were given: lines share the page evenly"


def test_answers_in_a_fence_with_odd_boxes_are_kept() -> None:
    lines = said('```json\n{"lines": [{"text": " Sweet  Corn ", "box": [9, 9, 1, 1]}, {"text": ""}]}\n```')
    assert [(line.text, line.box) for line in lines] == [("Sweet Corn", None)]
    assert said("") == [] and said('[{"text": "x", "confidence": 7}]')[0].confidence == 1.0


@pytest.mark.parametrize("content", ['{"lines": ', '{"text": "x"}', '{"lines": 3}', '{"lines": ["x"]}', "[" * 100_000])
def test_json_that_is_something_else_is_a_failed_answer(content: str) -> None:
    with pytest.raises(EngineFailed):
        said(content)


@pytest.mark.parametrize("answer", [{}, {"choices": []}, {"choices": [{"message": None}]}])
def test_an_answer_of_another_protocol_is_a_failed_answer(answer: dict[str, Any]) -> None:
    engine = VlmEngine(url="http://model/v1", model="m", post=lambda url, body, seconds: answer, retries=0)
    with pytest.raises(EngineFailed):
        engine.read(drawn("x"))


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": '{"lines": [{"text": "Sweet'}, {"type": "text", "text": ' Corn"}]}'}]
    answer = {"choices": [{"message": {"content": parts}}]}
    engine = VlmEngine(url="http://model/v1", model="m", post=lambda url, body, seconds: answer)
    (line,) = engine.read_lines([crop("x")])
    assert line.text == "Sweet Corn" and "{width}" in PROMPT
