"""Rendered trade-show halls with their truth: the sample's renderer at other seeds, lengths and sizes; kept."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from scout_vision.image import Picture, decode_image, encode_jpeg
from scout_vision.packshot import trim_border

from bench.figures import PartFailed
from bench.place import ROOT, Place
from scripts.sample.catalogue import assort
from scripts.sample.film import GRADES, Settings, studio_of
from scripts.sample.packs import make_pack, packshot

SCRIPT = ROOT / "scripts" / "make_sample.py"
PHONE_FPS = 25  # how long the shutter is open in a still
Span = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Hall:
    """What to render. height: lines of the video. difficulty: easy, normal or hard."""

    seed: int
    seconds: int
    height: int = 720
    fps: int = 12
    difficulty: str = "normal"

    @property
    def name(self) -> str:
        return f"hall-{self.seed}-{self.difficulty}-{self.height}p{self.fps}-{self.seconds}s"


@dataclass(frozen=True, eq=False)
class Scene:
    """A rendered hall. catalogue: pictures by sku. spans: when each product is in the picture, wholly or in part, by
    medium and sku."""

    folder: Path
    catalogue: Mapping[str, tuple[Path, ...]]
    spans: Mapping[Path, Mapping[str, tuple[Span, ...]]]

    @property
    def catalogue_file(self) -> Path:
        return self.folder / "catalogue" / "catalogue.csv"

    @property
    def media(self) -> list[Path]:
        return sorted(self.spans)

    @property
    def video(self) -> Path:
        return next(path for path in self.media if path.suffix == ".mp4")


def rendered(place: Place, hall: Hall) -> Scene:
    """The hall, rendered now or earlier. Raises PartFailed where the renderer fails."""
    folder = place.cache / hall.name
    if not (folder / "truth.json").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        asked = {"out": folder, "processes": 2} | {
            name: getattr(hall, name) for name in ("seed", "seconds", "height", "fps", "difficulty")
        }
        options = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
        done = subprocess.run([sys.executable, str(SCRIPT), *options], capture_output=True, text=True)
        if done.returncode:
            raise PartFailed(f"the sample's renderer ended with {done.returncode}\n{done.stderr[-2000:]}")
    return read(folder)


def read(folder: Path) -> Scene:
    """A rendered hall and its truth."""
    table = folder / "catalogue" / "catalogue.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    catalogue = {row["sku"]: tuple(table.parent / name for name in row["image"].split(";")) for row in rows}
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    media = folder.absolute() / "media"
    spans = {media / clip["video"]: _of_clip(clip) for clip in truth["clips"]}
    return Scene(folder, catalogue, spans | {media / photo["file"]: _of_photo(photo) for photo in truth["photos"]})


def together(scenes: Sequence[Scene], folder: Path) -> Scene:
    """Several halls as one job would get them: all products in one catalogue, each sku with its hall's number."""
    catalogue = {f"{n}-{sku}": paths for n, scene in enumerate(scenes) for sku, paths in scene.catalogue.items()}
    spans = {
        medium: {f"{n}-{sku}": times for sku, times in shown.items()}
        for n, scene in enumerate(scenes)
        for medium, shown in scene.spans.items()
    }
    whole = Scene(folder, catalogue, spans)
    whole.catalogue_file.parent.mkdir(parents=True, exist_ok=True)
    with whole.catalogue_file.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["sku", "image"])
        rows.writerows([sku, ";".join(str(path.absolute()) for path in paths)] for sku, paths in catalogue.items())
    return whole


def stills(place: Place, seed: int, count: int) -> list[Picture]:
    """`count` frames at 720p along a walk through a hall as large as the sample, RGB (720, 1280, 3), compressed as
    keyframes are; kept."""
    folder = place.cache / f"stills-{seed}-{count}"
    names = [folder / f"{number:03d}.jpg" for number in range(count)]
    if not all(name.exists() for name in names):
        folder.mkdir(parents=True, exist_ok=True)
        cv2.setNumThreads(1)
        settings = Settings(seed=seed)
        studio = studio_of(settings)
        for number, name in enumerate(names):
            at_s = settings.seconds * (number + 0.5) / count
            image, _ = studio.frame(at_s, settings.width, settings.height, 1 / PHONE_FPS, number)
            name.write_bytes(encode_jpeg(image))
    return [decode_image(name.read_bytes()) for name in names]


def packshots(seed: int) -> list[tuple[str, Picture]]:
    """(sku, studio picture with its border trimmed) of the products in the hall that `stills` walks through."""
    settings = Settings(seed=seed)
    assortment = assort(seed, settings.products, GRADES[settings.difficulty].closeness)
    return [(product.sku, trim_border(packshot(make_pack(product))[0])) for product in assortment.products]


def _of_clip(clip: Mapping[str, Any]) -> dict[str, tuple[Span, ...]]:
    return {
        item["product"]: tuple((a, b) for a, b in [*item["visible"], *item["partial_do_not_score"]])
        for item in clip["products"]
    }


def _of_photo(photo: Mapping[str, Any]) -> dict[str, tuple[Span, ...]]:
    return dict.fromkeys([*photo["present"], *photo["do_not_score"]], ((0.0, 0.0),))
