"""Which of the networks a machine reads with."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scout_ocr.engine import Picture
from scout_ocr.engines.models import ModelFiles, Network, multiplies_bytes
from scout_ocr.engines.recognition import USUAL, WIDE, Networks, Recogniser

WRITTEN = (
    "Net weight 250 g",
    "EUR 12.90",
    "Best before 03.11.2028",
    "Fennel Salami",
    "Batch KX4711",
    "Hall 4 Stand B12",
)
FLAGS = "processor\t: 0\nmodel name\t: some CPU\nflags\t\t: fpu avx2 {}\nbugs\t\t:\n"


@pytest.fixture
def files() -> ModelFiles:
    return ModelFiles.of_the_wheel()


@pytest.mark.parametrize(("more", "quick"), [("avx512_vnni", True), ("avx_vnni fma", True), ("avx512f", False)])
def test_vnni_is_found_among_the_flags_of_the_cpu(tmp_path: Path, more: str, quick: bool) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(FLAGS.format(more))
    assert multiplies_bytes(told) is quick


def test_a_machine_that_does_not_tell_its_flags_reads_with_the_wheels_weights(tmp_path: Path) -> None:
    assert not multiplies_bytes(tmp_path / "none")
    arm = tmp_path / "arm"
    arm.write_text("processor\t: 0\nFeatures\t: fp asimd avx512_vnni\n")
    assert not multiplies_bytes(arm)


def test_a_wheel_with_another_recogniser_has_no_quick_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    for name in ("PP-OCRv7_det_small.onnx", "PP-OCRv7_rec_small.onnx"):
        (tmp_path / "models" / name).touch()
    monkeypatch.setattr(
        "scout_ocr.engines.models.find_spec", lambda _: SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    )
    assert ModelFiles.of_the_wheel().quick is None


def test_the_int8_recogniser_knows_the_same_letters(files: ModelFiles) -> None:
    assert files.quick is not None
    quick, trained = (Network(path, threads=1).metadata("character") for path in (files.quick, files.recogniser))
    assert quick == trained and len(quick) > 10_000


@pytest.mark.skipif(not multiplies_bytes(), reason="this CPU sums products of bytes less exactly")
def test_both_recognisers_read_the_same(files: ModelFiles) -> None:
    assert files.quick is not None
    lines = [line(n) for n in range(12)]
    for path in (files.quick, files.recogniser):
        with ThreadPoolExecutor(1) as pool:
            found = Recogniser(Networks(Network(path, threads=1)), pool).recognise(lines, shape=USUAL)
        assert [read.text for read in found] == [WRITTEN[n % len(WRITTEN)] for n in range(12)]


def test_only_what_the_quick_look_leaves_in_doubt_is_read_by_the_trained_network(files: ModelFiles) -> None:
    trained, quick = Counted(files.recogniser), Counted(files.recogniser)
    with ThreadPoolExecutor(1) as pool:
        recogniser = Recogniser(Networks(trained, quick), pool)
        (clear,) = recogniser.recognise([line(3)], shape=USUAL)
        assert (clear.text, quick.runs, trained.runs) == (WRITTEN[3], 1, 0)
        recogniser.recognise([line(3)[:16]], shape=USUAL)  # the letters' tops alone
        assert (quick.runs, trained.runs) == (2, 1)
        recogniser.recognise([line(3)], shape=WIDE)  # a second look
        assert (quick.runs, trained.runs) == (2, 2)


class Counted(Network):
    """Counts its runs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, threads=1)
        self.runs = 0

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.runs += 1
        return super().run(batch)


def line(number: int) -> Picture:
    """A printed line, dark on light, of another size and tone each."""
    font = ImageFont.load_default(22 + 2 * number)
    written = WRITTEN[number % len(WRITTEN)]
    image = Image.new("RGB", (int(font.getlength(written)) + 16, 44 + 2 * number), (255 - 7 * number, 250, 240))
    ImageDraw.Draw(image).text((8, 6), written, fill=(6 * number, 20, 60), font=font)
    return np.asarray(image, np.uint8)
