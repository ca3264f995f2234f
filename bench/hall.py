"""Rendered trade-show halls with their truth: the sample's renderer at other seeds, lengths and sizes; kept."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from scout_vision.image import Picture

from bench.figures import PartFailed
from bench.place import ROOT, Place

SCRIPT = ROOT / "scripts" / "make_sample.py"
Span = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Hall:
    """What to render. size: WxH of the video. difficulty: easy, normal or hard."""

    seed: int
    seconds: int
    size: str = "1280x720"
    difficulty: str = "normal"

    @property
    def name(self) -> str:
        return f"hall-{self.seed}-{self.difficulty}-{self.size}-{self.seconds}s"


@dataclass(frozen=True, eq=False)
class Scene:
    """A rendered hall. spans: when each product is in the picture, wholly or in part, by medium and sku."""

    folder: Path
    catalogue: Mapping[str, tuple[Path, ...]]
    spans: Mapping[str, Mapping[str, tuple[Span, ...]]]

    @property
    def catalogue_file(self) -> Path:
        return self.folder / "catalogue.csv"

    @property
    def media(self) -> list[Path]:
        return sorted(path for path in (self.folder / "media").iterdir() if path.is_file())

    @property
    def video(self) -> Path:
        return next(path for path in self.media if path.suffix == ".mp4")


def rendered(place: Place, hall: Hall) -> Scene:
    """The hall, rendered now or earlier. Raises PartFailed where the renderer fails."""
    folder = place.cache / hall.name
    if not (folder / "truth.json").exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = ("--seed", hall.seed, "--seconds", hall.seconds, "--size", hall.size, "--difficulty", hall.difficulty)
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "--out", str(part), *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if done.returncode:
            raise PartFailed(f"the sample's renderer ended with {done.returncode}\n{done.stdout[-2000:]}")
        part.rename(folder)
    return read(folder)


def read(folder: Path) -> Scene:
    """A rendered hall and its truth."""
    with (folder / "catalogue.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    catalogue = {row["sku"]: tuple(folder / name for name in row["image"].split(";")) for row in rows}
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    return Scene(folder, catalogue, {name: _spans(items) for name, items in truth["media"].items()})


def frames(scene: Scene, count: int) -> Iterator[Picture]:
    """`count` frames of the hall's video, evenly spread."""
    with av.open(str(scene.video)) as container:
        stream = container.streams.video[0]
        wanted = set(np.linspace(stream.frames * 0.02, stream.frames * 0.98, count).astype(int).tolist())
        for number, frame in enumerate(container.decode(stream)):
            if number in wanted:
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def _spans(items: Mapping[str, list[Span]]) -> dict[str, tuple[Span, ...]]:
    return {sku: tuple((float(a), float(b)) for a, b in spans) for sku, spans in items.items()}
