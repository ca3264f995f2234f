"""Drawn lines: the same for a seed, unlike each other."""

from pathlib import Path

import numpy as np
import pytest

from bench.calibration_lines import TEXT, fonts_of, lines


def test_the_same_seed_draws_the_same_lines(fonts: tuple[Path, ...]) -> None:
    once, again = list(lines(12, fonts, "a")), list(lines(12, fonts, "a"))
    assert all(one[1] == other[1] and np.array_equal(one[0], other[0]) for one, other in zip(once, again, strict=True))
    assert [written for _, written in lines(12, fonts, "b")] != [written for _, written in once]


def test_a_line_is_a_colour_picture_of_words_from_the_text(fonts: tuple[Path, ...]) -> None:
    words = {word.upper() for word in TEXT.split()}
    for crop, written in lines(12, fonts, "a"):
        assert crop.dtype == np.uint8 and crop.shape[2] == 3 and crop.flags.c_contiguous
        assert {word.upper() for word in written.split()} <= words


def test_fonts_come_by_name_and_none_for_formulas(tmp_path: Path) -> None:
    for name in ("b.ttf", "a.ttf", "SomeMath.ttf", "c.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in fonts_of([tmp_path])] == ["a.ttf", "b.ttf"]


@pytest.fixture
def fonts() -> tuple[Path, ...]:
    folder = Path("/usr/share/fonts/truetype/dejavu")
    if not folder.is_dir():
        pytest.skip("no DejaVu fonts here")
    return fonts_of([folder])
