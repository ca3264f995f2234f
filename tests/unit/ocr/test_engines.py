"""What every engine must do, asked of each: rapidocr, tesseract, a model behind an OpenAI-compatible server, TrOCR.

The server is a real one on this machine; another engine reads for it what its picture shows. TrOCR is a tiny network
that knows no text (there is no checkpoint here), so of it only the behaviour is asked, where transformers is installed.
"""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scout_common.vlm_endpoint import poster
from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.engines.vlm import PROMPT, VlmEngine, said
from scout_ocr.errors import EngineFailed, EngineUnavailable
from scout_ocr.words import lines_of

from tests.servers import serving

LINES = ("Golden Valley", "Sweet Corn", "Net weight 400 g")


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
        self.reader, self.fails, self.content, self.asked = reader, 0, "", []

    def answer(self, body: dict[str, Any]) -> str:
        parts = body["messages"][0]["content"]
        url = next(part["image_url"]["url"] for part in parts if part["type"] == "image_url")
        data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        image = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        lines = lines_of(self.reader.read(image))
        told = [{"text": line.text, "box": list(line.box), "confidence": line.confidence} for line in lines]
        return json.dumps({"lines": told})


@pytest.fixture(scope="module")
def rapid() -> RapidEngine:
    return RapidEngine(threads=1)


@pytest.fixture(scope="module")
def server(rapid: RapidEngine) -> Iterator[tuple[Server, str]]:
    state = Server(rapid)

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


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VisionEncoderDecoder of a few thousand weights, as transformers stores one."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers", reason="trocr needs the extra [learned]")
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    folder = tmp_path_factory.mktemp("trocr")
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    seen = transformers.ViTConfig(image_size=32, patch_size=16, **small)
    told = transformers.BertConfig(vocab_size=8, is_decoder=True, add_cross_attention=True, **small)
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(seen, told)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 1, 0, 2
    model = transformers.VisionEncoderDecoderModel(config)
    made = model.generation_config
    made.decoder_start_token_id, made.pad_token_id, made.eos_token_id = 1, 0, 2
    model.save_pretrained(folder)
    words = {"[PAD]": 0, "[BOS]": 1, "[EOS]": 2, "corn": 3, "oats": 4, "net": 5, "400": 6, "g": 7}
    tokens = Tokenizer(WordLevel(words, unk_token="[PAD]"))
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokens, pad_token="[PAD]", bos_token="[BOS]", eos_token="[EOS]", unk_token="[PAD]"
    )
    fast.save_pretrained(folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["rapidocr", "tesseract", "vlm", "trocr"])
def any_engine(request: pytest.FixtureRequest, rapid: RapidEngine) -> OcrEngine:
    if request.param == "rapidocr":
        return rapid
    if request.param == "tesseract":
        return TesseractEngine()
    if request.param == "vlm":
        _, url = request.getfixturevalue("server")
        return VlmEngine(url=url, model="reader", post=poster(""), timeout_s=30, codes=frozenset({"en"}))
    folder = request.getfixturevalue("checkpoint")
    from scout_ocr.engines.trocr import TrocrEngine

    return TrocrEngine(folder, rapid)


@pytest.fixture
def reading_engine(any_engine: OcrEngine) -> OcrEngine:
    """Engines that know what letters look like."""
    if any_engine.name == "trocr":
        pytest.skip("its network is untrained")
    return any_engine


def test_it_says_who_it_is(any_engine: OcrEngine) -> None:
    assert any_engine.name in ("rapidocr", "tesseract", "vlm", "trocr")
    assert any_engine.version and any_engine.version == any_engine.version
    assert "en" in any_engine.languages()


def test_lines_are_read_in_order_with_words_where_they_stand(reading_engine: OcrEngine) -> None:
    image = drawn(*LINES)
    words = reading_engine.read(image)
    assert [line.text for line in lines_of(words)] == list(LINES)
    assert {word.engine for word in words} == {reading_engine.name}
    tops = [line.box[1] for line in lines_of(words)]
    assert tops == sorted(tops)
    for line, drawn_at in zip(lines_of(words), (20, 85, 150), strict=True):
        left, top, right, bottom = line.box
        assert drawn_at - 15 < top < drawn_at + 20 < bottom < drawn_at + 60 and 10 < left < 45 and right > 190
    net, weight = lines_of(words)[2].words[:2]
    assert net.box[2] <= weight.box[0] + 8


def test_every_word_lies_in_the_picture_with_a_sound_confidence(any_engine: OcrEngine) -> None:
    image = drawn(*LINES)
    words = any_engine.read(image)
    for word in words:
        assert word.text == word.text.strip() and word.text and 0.0 <= word.confidence <= 1.0
        assert -2 <= word.box[0] < word.box[2] <= image.shape[1] + 2
        assert -2 <= word.box[1] < word.box[3] <= image.shape[0] + 2
    numbers = [(word.block, word.line) for word in words]
    assert numbers == sorted(numbers)


def test_a_picture_without_text_has_no_words(any_engine: OcrEngine) -> None:
    assert any_engine.read(np.full((120, 200, 3), 255, np.uint8)) == ()
    assert any_engine.read(np.zeros((120, 200, 3), np.uint8)) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 5), (33, 1001)])
def test_odd_sizes_are_no_error(any_engine: OcrEngine, size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 200, np.uint8)
    assert any_engine.read(image) == ()
    (line,) = any_engine.read_lines([image])
    assert 0.0 <= line.confidence <= 1.0


def test_gray_text_on_gray_paper_is_read(reading_engine: OcrEngine) -> None:
    image = np.clip(drawn("Golden Valley").astype(int) // 2 + 60, 0, 255).astype(np.uint8)
    assert " ".join(word.text for word in reading_engine.read(image)) == "Golden Valley"


def test_cropped_lines_are_read_one_answer_each_in_order(reading_engine: OcrEngine) -> None:
    blank = np.full((60, 200, 3), 255, np.uint8)
    answers = reading_engine.read_lines([crop("Golden Valley"), blank, crop("Best before 2027")])
    assert [answer.text for answer in answers] == ["Golden Valley", "", "Best before 2027"]
    assert answers[0].confidence > 0.5 and answers[1].confidence == 0.0


def test_no_crops_no_answers(any_engine: OcrEngine) -> None:
    assert any_engine.read_lines([]) == ()


def test_the_expected_language_may_be_named(reading_engine: OcrEngine) -> None:
    assert [word.text for word in reading_engine.read(drawn("Sweet Corn"), ("en",))] == ["Sweet", "Corn"]


def test_a_language_that_is_not_there_is_told(any_engine: OcrEngine) -> None:
    with pytest.raises(EngineUnavailable, match="am") as refused:
        any_engine.read(drawn("Sweet Corn"), ("am",))
    assert refused.value.hint
    with pytest.raises(EngineUnavailable):
        any_engine.read_lines([crop("Sweet Corn")], ("am",))


def test_threads_do_not_disturb_each_other(any_engine: OcrEngine) -> None:
    images = [drawn(f"Booth {number}", size=(320, 90)) for number in (1234, 5678, 9012)] * 2
    alone = [any_engine.read(image) for image in images[:3]]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(any_engine.read, images))
    assert [[w.text for w in words] for words in together] == [[w.text for w in words] for words in alone] * 2


# ---- what only a server does


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
    large = cv2.resize(drawn("Sweet Corn", size=(520, 100)), None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
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


def test_a_folder_without_a_checkpoint_is_told(tmp_path: Path, rapid: RapidEngine) -> None:
    from scout_ocr.engines.trocr import TrocrEngine

    engine = TrocrEngine(tmp_path, rapid)
    assert engine.read(np.full((40, 40, 3), 255, np.uint8)) == (), "no line, no network"
    with pytest.raises(EngineUnavailable) as refused:
        engine.read_lines([crop("Sweet Corn")])
    assert refused.value.hint
