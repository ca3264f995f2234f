"""The command: what it measures, writes and ends with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.figures import FIGURES, Measured, PartFailed, Skipped
from bench.place import Place

AIMS = {key: figure.aim for key, figure in FIGURES.items()}


def found(**values: float) -> Callable[[Place], Measured]:
    return lambda place: Measured({key.replace("__", "."): value for key, value in values.items()}, ("a note",))


def failing(error: Exception) -> Callable[[Place], Measured]:
    def part(place: Place) -> Measured:
        raise error

    return part


def test_reaching_every_mark_ends_well_and_is_written(tmp_path: Path) -> None:
    assert main([], {"all": lambda place: Measured(AIMS)}, tmp_path) == 0
    record = json.loads((tmp_path / "bench.json").read_text())
    assert record["figures"] == AIMS
    assert record["quick"] is False


def test_a_missed_mark_ends_badly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {"one": found(near__recall=0.9)}, tmp_path) == 1
    assert "near.recall: .90, at least 1.00 is wanted" in capsys.readouterr().out


def test_missing_data_is_said_and_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {"one": failing(Skipped("no evaluation set"))}, tmp_path) == 0
    assert "skipped: no evaluation set" in capsys.readouterr().out


@pytest.mark.parametrize("error", [PartFailed("the job ended with 1"), ZeroDivisionError("by zero")])
def test_a_broken_part_ends_badly_and_the_others_still_run(tmp_path: Path, error: Exception) -> None:
    assert main([], {"bad": failing(error), "good": found(near__recall=1.0)}, tmp_path) == 1
    record = json.loads((tmp_path / "bench.json").read_text())
    assert record["figures"] == {"near.recall": 1.0}
    assert str(error) in record["parts"]["bad"]["broken"]


def test_only_the_asked_parts_run(tmp_path: Path) -> None:
    parts = {"bad": failing(PartFailed("no")), "good": found(near__recall=1.0)}
    assert main(["--only", "good"], parts, tmp_path) == 0


def test_what_got_worse_ends_badly_though_every_mark_is_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = tmp_path / "earlier.json"
    assert main(["--out", str(earlier)], {"one": found(grocery__recall=0.96)}, tmp_path) == 0
    assert main(["--compare", str(earlier)], {"one": found(grocery__recall=0.96)}, tmp_path) == 0
    assert main(["--compare", str(earlier)], {"one": found(grocery__recall=0.90)}, tmp_path) == 1
    assert "worse than before: grocery.recall: .90, it was .96" in capsys.readouterr().out


def test_a_file_can_be_compared_with_and_written_anew(tmp_path: Path) -> None:
    assert main([], {"one": found(grocery__recall=0.96)}, tmp_path) == 0
    words = ["--compare", str(tmp_path / "bench.json")]
    assert main(words, {"one": found(grocery__recall=0.90)}, tmp_path) == 1
