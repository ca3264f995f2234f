"""The table, what is short of its mark and what got worse."""

from bench import table
from bench.figures import FIGURES

GOOD = {key: figure.aim for key, figure in FIGURES.items()}


def line_of(values: dict[str, float], start: str) -> str:
    return next(line for line in table.table(values) if line.startswith(start))


def test_the_aim_everywhere_misses_nothing() -> None:
    assert table.missed(GOOD) == []
    assert all("NO" not in line and "not measured" not in line for line in table.table(GOOD))


def test_one_figure_short_of_its_mark_fails_its_line_and_is_named() -> None:
    values = GOOD | {"grocery.recall": 0.87}
    assert table.missed(values) == ["grocery.recall: .87, at least .88 is wanted"]
    assert line_of(values, "grocery photos").endswith("NO")


def test_between_mark_and_aim_is_yes() -> None:
    assert line_of(GOOD | {"grocery.sibling": 10}, "... false").endswith("yes")


def test_what_was_not_measured_is_a_dash_and_no_failure() -> None:
    assert table.missed({}) == []
    assert "1.00 / -  aim reached" in line_of({"near.recall": 1.0}, "cereal near")


def test_accuracy_that_drops_is_worse_and_errors_that_appear_too() -> None:
    before = {"grocery.recall": 0.95, "grocery.false": 0.0}
    assert len(table.worse({"grocery.recall": 0.94, "grocery.false": 1.0}, before)) == 2
    assert table.worse({"grocery.recall": 0.96, "grocery.false": 0.0}, before) == []


def test_speed_may_differ_by_the_machines_noise_and_no_more() -> None:
    before = {"keyframe.cpu_s": 0.20, "job.realtime": 10.0}
    assert table.worse({"keyframe.cpu_s": 0.25, "job.realtime": 8.0}, before) == []
    assert len(table.worse({"keyframe.cpu_s": 0.27, "job.realtime": 7.0}, before)) == 2


def test_a_figure_measured_once_is_not_compared() -> None:
    assert table.worse({"grocery.recall": 0.1}, {"near.recall": 1.0}) == []
    assert table.comparison({"grocery.recall": 0.1}, {"near.recall": 1.0}) == []


def test_the_comparison_shows_each_figure_that_moved_and_marks_the_worse() -> None:
    before = {"grocery.recall": 0.95, "near.recall": 1.0, "calibration.ece": 0.05}
    lines = table.comparison({"grocery.recall": 0.90, "near.recall": 1.0, "calibration.ece": 0.03}, before)
    assert [line.split()[0] for line in lines] == ["WORSE", "better"]
