"""Does a job know how many of its sightings are false? Its own estimate against the truth, at three difficulties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import booths, hall
from bench.figures import Measured
from bench.job import JobRun, scout_match
from bench.place import Place

DIFFICULTIES = ("easy", "normal", "hard")
SEEDS, PHOTOS = (7001, 7002), 25
CLIP_SEED, CLIP_S = 31, 24
SLACK_S = 0.5  # the end of a sighting may be off by this without making it false


@dataclass(frozen=True)
class Doubt:
    """said: false sightings as the job estimates them. true: as the truth counts them. claims: all of them."""

    said: float
    true: int
    claims: int


def measure(place: Place) -> Measured:
    """One figure: how far the estimate is off where it is worst. With quick: photos only, no clip."""
    notes, offs, detail = [], [], {}
    for difficulty in DIFFICULTIES:
        scenes = [booths.rendered(place, booths.Booths(seed=s, photos=PHOTOS, difficulty=difficulty)) for s in SEEDS]
        if not place.quick:
            scenes.append(hall.rendered(place, hall.Hall(seed=CLIP_SEED, seconds=CLIP_S, difficulty=difficulty)))
        doubt = of_job(place, hall.together(scenes, place.out / f"honesty-{difficulty}"))
        offs.append(off(doubt.said, doubt.true))
        detail[difficulty] = vars(doubt)
        notes.append(
            f"{difficulty}: {doubt.claims} sightings; false by own estimate {doubt.said:.2f}, truly {doubt.true}"
        )
    return Measured({"honesty.off": max(offs)}, tuple(notes), detail)


def of_job(place: Place, scene: hall.Scene) -> Doubt:
    """What one job over the whole scene says of itself, and the truth."""
    with place.fresh_data("honesty") as data:
        run = scout_match(scene.catalogue_file, scene.media, data, place.out / f"{scene.folder.name}.json")
    return Doubt(_said(run), len(false_sightings(run.sightings, scene)), len(run.sightings))


def off(said: float, true: float) -> float:
    """How far an estimate is off, 1 for exact: their ratio, or, for small numbers, their difference read on the same
    scale (0.5 apart counts as 1.3, 1 apart as 2), whichever is kinder."""
    apart = abs(said - true)
    small = 1 + 0.6 * apart if apart <= 0.5 else 1.3 + 1.4 * (apart - 0.5)
    least, most = sorted((said, true))
    return min(small, most / least) if least > 0 else small


def false_sightings(sightings: list[Mapping[str, Any]], scene: hall.Scene) -> list[Mapping[str, Any]]:
    """Claims of a product at a time when it is not in the picture."""
    return [s for s in sightings if not _true(s, scene.spans.get(Path(s["media"]), {}))]


def _true(sighting: Mapping[str, Any], spans: Mapping[str, tuple[hall.Span, ...]]) -> bool:
    start, end = sighting["start_s"], sighting["end_s"]
    return any(min(end, b) - max(start, a) >= -SLACK_S for a, b in spans.get(sighting["sku"], ()))


def _said(run: JobRun) -> float:
    doubt = run.result["expected_false"]
    return float(doubt["by_chance"]) + float(doubt["siblings"])
