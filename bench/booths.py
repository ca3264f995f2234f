"""Photos of rendered booths in the layout of the sample: many claims for little rendering, so that rare errors show."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from scout_vision.image import Picture, encode_jpeg

from bench import hall
from bench.place import Place
from scripts.sample.scenes import Library, Scene, library, scene
from scripts.sample.truth import grade


@dataclass(frozen=True, kw_only=True)
class Booths:
    """What to render: `photos` views of one random hall. Seeds differ from those that probabilities are made from."""

    seed: int
    photos: int
    difficulty: str

    @property
    def name(self) -> str:
        return f"booths-{self.seed}-{self.difficulty}-{self.photos}"


def rendered(place: Place, booths: Booths) -> hall.Scene:
    """The photos, their catalogue and truth, rendered now or earlier."""
    folder = place.cache / booths.name
    if not (folder / "truth.json").exists():
        cv2.setNumThreads(1)
        source = library(booths.seed, booths.difficulty)
        _write_catalogue(source, folder / "catalogue")
        views = (scene(source, booths.seed * 1000 + n, booths.difficulty) for n in range(booths.photos))
        photos = [_photo(view, folder / "media" / f"{n:03d}.jpg") for n, view in enumerate(views)]
        (folder / "truth.json").write_text(json.dumps({"clips": [], "photos": photos}), "utf-8")
    return hall.read(folder)


def _photo(view: Scene, path: Path) -> dict[str, Any]:
    """Write a photo; what it shows, as the sample's truth tells it."""
    _write(path, view.image)
    best: dict[str, int] = {}
    for number, seen in view.seen:
        sku = view.library.products[number].sku
        best[sku] = max(best.get(sku, 0), grade(seen))
    shown = {2: "present", 1: "do_not_score"}
    return {"file": path.name} | {name: [s for s, g in best.items() if g == level] for level, name in shown.items()}


def _write_catalogue(source: Library, folder: Path) -> None:
    for product, picture in zip(source.products, source.pictures, strict=True):
        _write(folder / "images" / f"{product.sku}.jpg", picture)
    with (folder / "catalogue.csv").open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(["sku", "title", "family", "image"])
        rows.writerows([p.sku, p.title, p.family, f"images/{p.sku}.jpg"] for p in source.products)


def _write(path: Path, image: Picture) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(image))
