"""Booths of a rendered hall's sightings: how many are right, wrong, or not named.

    scout match -c SAMPLE/catalogue/catalogue.csv SAMPLE/media --show "Sample Fair" \\
        --exhibitors SAMPLE/catalogue/exhibitors.csv --json result.json
    python -m bench.stood result.json SAMPLE
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AROUND_S = 0.3  # the truth has the boxes of every few frames
MAINLY = 0.3  # of the most visible booth's share: a product may be in view at two booths


@dataclass(frozen=True)
class Stood:
    """Sightings by what was said of their booth, against the truth."""

    right: int
    wrong: int
    unnamed: int

    @property
    def share(self) -> float:
        """Right ones among all."""
        return self.right / max(1, self.right + self.wrong + self.unnamed)


def scored(result: Mapping[str, Any], truth: Mapping[str, Any]) -> Stood:
    """result: what `scout match --json` wrote. truth: the hall's truth.json."""
    counts = {"right": 0, "wrong": 0, "unnamed": 0}
    for sighting in result["sightings"]:
        if not sighting["sku"]:
            continue
        real, said = booths_of(sighting, truth), sighting["booth"]
        counts["unnamed" if said is None else "right" if said["number"] in real else "wrong"] += 1
    return Stood(**counts)


def booths_of(sighting: Mapping[str, Any], truth: Mapping[str, Any]) -> set[str]:
    """Where the product of a sighting mainly stood while it was sighted."""
    name = Path(sighting["media"]).name
    seen: dict[str, float] = defaultdict(float)
    for photo in truth["photos"]:
        if photo["file"] == name:
            seen[photo["booth"]] += 1.0
    for clip in truth["clips"]:
        if clip["video"] != name:
            continue
        for frame in clip["frames"]:
            if sighting["start_s"] - AROUND_S <= frame["time_s"] <= sighting["end_s"] + AROUND_S:
                for box in frame["boxes"]:
                    if box["product"] == sighting["sku"]:
                        seen[box["booth"]] += box["share"]
    most = max(seen.values(), default=0.0)
    return {booth for booth, share in seen.items() if share >= MAINLY * most}


def main() -> None:
    result, sample = (Path(word) for word in sys.argv[1:3])
    stood = scored(json.loads(result.read_text("utf-8")), json.loads((sample / "truth.json").read_text("utf-8")))
    print(f"right {stood.right}, wrong {stood.wrong}, unnamed {stood.unnamed}: {stood.share:.3f} right")


if __name__ == "__main__":
    main()
