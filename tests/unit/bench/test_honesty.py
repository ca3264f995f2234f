"""How far an estimate of false sightings is off, and which sightings are false."""

from pathlib import Path

import pytest

from bench.hall import Scene
from bench.honesty import false_sightings, off

MEDIA = Path("/somewhere")
SCENE = Scene(
    Path("hall"), {}, {MEDIA / "walk.mp4": {"A": ((2.0, 5.0), (9.0, 11.0))}, MEDIA / "booth.jpg": {"B": ((0.0, 0.0),)}}
)


def claim(media: str, sku: str, start: float, end: float) -> dict[str, object]:
    return {"media": str(MEDIA / media), "sku": sku, "start_s": start, "end_s": end, "probability": 0.9}


@pytest.mark.parametrize(
    ("said", "true", "most"),
    [(3.0, 3, 1.0), (0.0, 0, 1.0), (6.0, 3, 2.0), (0.5, 0, 1.3), (1.0, 0, 2.0), (10.4, 8, 1.3)],
)
def test_within_a_ratio_or_a_small_difference(said: float, true: int, most: float) -> None:
    assert off(said, true) == pytest.approx(off(true, said))
    assert off(said, true) <= most + 1e-9


def test_a_job_that_knows_nothing_of_its_errors_is_far_off() -> None:
    assert off(0.0, 5) > 2
    assert off(0.4, 3) > 2


def test_a_claim_in_its_time_is_true_even_when_its_end_is_a_little_late() -> None:
    assert false_sightings([claim("walk.mp4", "A", 5.4, 6.0), claim("booth.jpg", "B", 0, 0)], SCENE) == []


def test_an_absent_product_or_a_wrong_time_is_false() -> None:
    wrong = [claim("walk.mp4", "B", 2, 3), claim("walk.mp4", "A", 6, 8), claim("booth.jpg", "A", 0, 0)]
    assert false_sightings(wrong, SCENE) == wrong
