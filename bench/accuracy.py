"""Accuracy on labelled real photos and clips: all of them in one `scout match`, scored by the set's own scorer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench import scored
from bench.figures import Measured
from bench.job import JobRun, scout_match
from bench.place import Place

QUICK_EVERY = 12


def measure(place: Place) -> Measured:
    """The figures of the evaluation set. With quick: every twelfth medium, whose figures say little."""
    scorer, folder = place.scorer(), place.eval_folder()
    catalogue = place.out / "eval-catalogue.csv"
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    catalogue.write_text(asked(scorer, "catalogue", folder), "utf-8")
    media = [Path(line) for line in asked(scorer, "media", folder).splitlines()]
    if place.quick:
        media = media[::QUICK_EVERY]
    with place.fresh_data("accuracy") as data:
        run = scout_match(catalogue, media, data, place.out / "eval.json")
    output = asked(scorer, "match", folder, place.out / "eval.json")
    found = scored.rows(output)
    notes = (*output.rstrip().splitlines(), *cost(run, len(media)))
    if place.quick:
        return Measured({}, (*notes, "quick: a twelfth of the media, so not figures of the table"), {"rows": found})
    return Measured(scored.figures(found), notes, {"rows": found, "wall_s": run.wall_s, "cpu_s": run.cpu_s})


def cost(run: JobRun, media: int) -> list[str]:
    """What the job took and what it says of itself."""
    doubt = run.result.get("expected_false", {})
    return [
        f"{media} media in {run.wall_s:.0f} s by the clock, {run.cpu_s:.0f} CPU s",
        f"{len(run.sightings)} sightings at p >= 0.5; expected false by its own word: "
        f"{doubt.get('by_chance', 0):.1f} by chance, {doubt.get('siblings', 0):.1f} siblings",
        *run.stage_profile(),
    ]


def asked(scorer: Path, *words: str | Path) -> str:
    done = subprocess.run([sys.executable, str(scorer), *map(str, words)], check=True, capture_output=True, text=True)
    return done.stdout
