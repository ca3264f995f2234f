"""Stages from counts, and the sentence about trust."""

from typing import Any

import pytest
from scout_common.progress import ExpectedFalse, StageProgress, stages_of
from scout_contracts.stages import STAGES


def counts(*rows: tuple[str, str, int, float | None]) -> Any:
    return [dict(zip(("stage", "state", "units", "working_s"), row, strict=True)) for row in rows]


def test_every_stage_is_told_in_the_order_of_the_work() -> None:
    stages = stages_of(counts(("matcher", "done", 1, 1.0), ("later_stage", "pending", 2, None)))
    assert [stage.stage for stage in stages] == [*(stage.name for stage in STAGES if not stage.optional), "later_stage"]


def test_the_rate_so_far_says_how_long() -> None:
    found = stages_of(
        counts(("keypoint", "done", 4, 20.0), ("keypoint", "running", 2, 5.0), ("keypoint", "pending", 6, None))
    )
    stage = next(stage for stage in found if stage.stage == "keypoint")
    assert stage.eta_s == pytest.approx(40)
    assert (stage.total, stage.left, stage.fraction) == (12, 8, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    "rows",
    [
        [("keypoint", "pending", 6, None)],
        [("keypoint", "done", 6, 3.0)],
        [("keypoint", "done", 6, None), ("keypoint", "pending", 1, None)],
    ],
)
def test_nobody_knows_how_long_without_a_rate_or_without_work(rows: list[tuple[str, str, int, float | None]]) -> None:
    assert all(stage.eta_s is None for stage in stages_of(counts(*rows)))


def test_a_stage_without_units_has_not_moved() -> None:
    assert StageProgress(stage="matcher", title="Matching").fraction == 0


@pytest.mark.parametrize(
    ("sightings", "said"),
    [
        (
            61,
            "61 sightings at p >= 0.5; expected false: 0.4 by chance, 1.1 siblings; "
            "of the 61, 1.4 expected wrong by their own probabilities",
        ),
        (0, "0 sightings at p >= 0.5; expected false: 0.4 by chance, 1.1 siblings"),
    ],
)
def test_the_sentence(sightings: int, said: str) -> None:
    trust = ExpectedFalse(sightings=sightings, min_probability=0.5, by_chance=0.42, siblings=1.08, by_probability=1.4)
    assert trust.text == said
