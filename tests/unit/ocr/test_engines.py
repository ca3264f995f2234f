"""What every engine must do, asked of each: rapidocr, tesseract, a model behind an OpenAI-compatible server, TrOCR.

The server is a real one on this machine; another engine reads for it what its picture shows. TrOCR is a tiny network
that knows no text (there is no checkpoint here), so of it only the behaviour is asked, where transformers is installed.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scout_common.vlm_endpoint import poster
from scout_ocr.engine import OcrEngine
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.engines.vlm import VlmEngine
from scout_ocr.errors import EngineUnavailable
from scout_ocr.words import lines_of

from tests.unit.ocr.model_server import crop, drawn

LINES = ("Golden Valley", "Sweet Corn", "Net weight 400 g")


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


def test_a_folder_without_a_checkpoint_is_told(tmp_path: Path, rapid: RapidEngine) -> None:
    from scout_ocr.engines.trocr import TrocrEngine

    engine = TrocrEngine(tmp_path, rapid)
    assert engine.read(np.full((40, 40, 3), 255, np.uint8)) == (), "no line, no network"
    with pytest.raises(EngineUnavailable) as refused:
        engine.read_lines([crop("Sweet Corn")])
    assert refused.value.hint
