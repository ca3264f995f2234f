"""Making the int8 recogniser: ranges, what is chosen, and what is refused, all without the onnx package."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench import quantise
from bench.byte_ranges import best_range, gelu, in_bytes, per_column

CHANCE = np.random.default_rng(1)


def test_a_range_holds_zero_and_every_value_where_none_is_rare() -> None:
    assert best_range(np.linspace(1, 3, 500, dtype=np.float32)) == (0.0, 3.0)


def test_one_far_value_does_not_coarsen_the_steps_of_all_others() -> None:
    values = np.append(CHANCE.normal(0, 1, 200_000), 12.0).astype(np.float32)
    least, most = best_range(values)
    assert least < -3
    assert 3 < most < 12


def test_before_a_gelu_what_is_far_below_zero_gets_no_steps() -> None:
    values = CHANCE.normal(0, 4, 5000).astype(np.float32)
    assert best_range(values)[0] < -8
    assert best_range(values, before_gelu=True)[0] >= -3.5


def test_bytes_give_zero_back_exactly_and_others_to_half_a_step() -> None:
    values = np.array([-1.0, 0.0, 0.3, 2.0], np.float32)
    found = in_bytes(values, -1.0, 2.0)
    assert found[1] == 0
    assert np.abs(found - values).max() <= 3 / 255
    assert in_bytes(np.zeros(2, np.float32), 0.0, 0.0).tolist() == [0, 0]


def test_columns_have_a_scale_each_also_one_of_zeros() -> None:
    weights = np.array([[1.0, -200.0, 0.0], [-0.5, 100.0, 0.0]], np.float32)
    stored, scales = per_column(weights)
    assert stored.dtype == np.int8
    np.testing.assert_allclose(stored * scales, weights, rtol=0.01)


def test_gelu_is_that_of_the_paper() -> None:
    np.testing.assert_allclose(gelu(np.array([-6, 0, 1, 6], np.float32)), [0, 0, 0.8413, 6], atol=1e-3)


def test_convolutions_beside_a_gelu_behind_the_first_stage_are_chosen() -> None:
    early = [_node("Conv", "x", f"early{n}") for n in range(quantise.FIRST_STAGE + 1)]
    block = [_node("Conv", "a", "b"), _node("Gelu", "b", "c"), _node("Conv", "c", "d"), _node("Conv", "d", "e")]
    first = [_node("Gelu", early[0].output[0], "y")]
    assert quantise.quantised([*early, *first, *block]) == [block[0], block[2]]


def test_another_recogniser_is_refused(tmp_path: Path) -> None:
    other = tmp_path / quantise.SOURCE
    other.write_bytes(b"a later release")
    with pytest.raises(quantise.WrongSource, match=r"is not the PP-OCRv6_rec_small.onnx \(sha256 6f327246b503"):
        quantise.checked(other)


def test_a_folder_without_fonts_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quantise.main(["--out", str(tmp_path / "out.onnx"), "--fonts", str(tmp_path)]) == 1
    assert "name a folder with --fonts" in capsys.readouterr().err


def _node(kind: str, source: str, result: str) -> SimpleNamespace:
    return SimpleNamespace(op_type=kind, input=[source], output=[result])
