"""Does a job know how many of its sightings are false? Its own estimate against the truth, at three difficulties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import hall
from bench.figures import Measured
from bench.job import JobRun, scout_match
from bench.place import Place

DIFFICULTIES = ("easy", "normal", "hard")
SEEDS = (31, 32)
SECONDS = 40
SLACK_S = 0.5  # the end of a sighting may be off by this without making it false


@dataclass(frozen=True)
class Doubt:
    """said: false sightings as the jobs estimate them. true: as the truth counts them. claims: all of them."""

    said: float
    true: int
    claims: int

    def __add__(self, other: Doubt) -> Doubt:
        return Doubt(self.said + other.said, self.true + other.true, self.claims + other.claims)


def measure(place: Place) -> Measured:
    """One figure: how far the estimate is off where it is worst."""
    notes, offs, detail = [], [], {}
    for difficulty in DIFFICULTIES:
        total = Doubt(0.0, 0, 0)
        for seed in SEEDS[:1] if place.quick else SEEDS:
            total += _of_hall(place, hall.Hall(seed=seed, seconds=SECONDS, difficulty=difficulty))
        offs.append(off(total.said, total.true))
        detail[difficulty] = vars(total)
        notes.append(
            f"{difficulty}: {total.claims} sightings; false by own estimate {total.said:.2f}, truly {total.true}"
        )
    return Measured({"honesty.off": max(offs)}, tuple(notes), detail)


def off(said: float, true: float) -> float:
    """How far an estimate is off, 1 for exact: their ratio, or, for small numbers, their difference read on the same
    scale (0.5 apart counts as 1.3, 1 apart as 2), whichever is kinder."""
    apart = abs(said - true)
    small = 1 + 0.6 * apart if apart <= 0.5 else 1.3 + 1.4 * (apart - 0.5)
    least, most = sorted((said, true))
    return min(small, most / least) if least > 0 else small


def false_sightings(sightings: list[Mapping[str, Any]], scene: hall.Scene) -> list[Mapping[str, Any]]:
    """Claims of a product at a time when it is not in the picture."""
    return [s for s in sightings if not _true(s, scene.spans.get(Path(s["media"]).name, {}))]


def _true(sighting: Mapping[str, Any], spans: Mapping[str, tuple[hall.Span, ...]]) -> bool:
    start, end = sighting["start_s"], sighting["end_s"]
    return any(min(end, b) - max(start, a) >= -SLACK_S for a, b in spans.get(sighting["sku"], ()))


def _of_hall(place: Place, wanted: hall.Hall) -> Doubt:
    scene = hall.rendered(place, wanted)
    with place.fresh_data("honesty") as data:
        run = scout_match(scene.catalogue_file, scene.media, data, place.out / f"{wanted.name}.json")
    return Doubt(_said(run), len(false_sightings(run.sightings, scene)), len(run.sightings))


def _said(run: JobRun) -> float:
    doubt = run.result["expected_false"]
    return float(doubt["by_chance"]) + float(doubt["siblings"])
