"""Records a hall: frames drawn by several processes in order, H.264 and JPEG files, truth and catalogue beside them."""

import csv
import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from . import VERSION, truth
from .camera import Manner, walk
from .catalogue import assort
from .crowd import crowd
from .geometry import look
from .hall import build
from .packs import make_pack, packshot
from .shoot import Look, Seen, Studio
from .stand import DEPTH, WIDTH, Hall, stands

START = datetime(2026, 11, 21, 10, 12, 5, tzinfo=UTC)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """Everything a sample depends on; equal settings give equal pictures and truth."""

    seed: int = 1
    height: int = 720
    seconds: float = 75.0
    difficulty: str = "normal"
    products: int = 38
    fps: int = 25

    @property
    def width(self) -> int:
        return self.height * 16 // 9 // 2 * 2

    @property
    def frames(self) -> int:
        return max(1, round(self.seconds * self.fps))


@dataclass(frozen=True)
class Grade:
    """What a difficulty means."""

    manner: Manner
    look: Look
    crowd: float
    megabits: float  # a second at 720 lines and 25 frames
    closeness: str


GRADES = {
    "easy": Grade(Manner(1.25, 0.2, 0.3), Look(1.6, 0.05), 0.35, 4.0, "easy"),
    "normal": Grade(Manner(1.4, 0.35, 0.5), Look(2.6, 0.1), 1.0, 2.5, "normal"),
    "hard": Grade(Manner(1.75, 0.6, 0.8), Look(5.0, 0.2), 1.8, 1.3, "hard"),
}


def studio_of(settings: Settings, hall: Hall | None = None) -> Studio:
    """The furnished hall, the walk and the people of these settings."""
    grade = GRADES[settings.difficulty]
    if hall is None:
        hall = build(assort(settings.seed, settings.products, grade.closeness), settings.seed)
    places = stands(hall.assortment)
    path = walk(places, settings.seconds, settings.seed, grade.manner)
    return Studio(hall, path, crowd(places, path, hall.length, settings.seed, grade.crowd), grade.look, settings.seed)


def record(settings: Settings, out: Path, processes: int, progress: Progress) -> None:
    """Write a whole sample into the empty folder `out`."""
    cv2.setNumThreads(1)  # before the first use: forked processes cannot share OpenCV's threads
    progress("packs and booths", 0, 1)
    studio = studio_of(settings)
    progress("packs and booths", 1, 1)
    write_catalogue(studio.hall, out, progress)
    photos = take_photos(studio, settings, out, progress)
    seen = _film(studio, settings, out, processes, progress)
    _write_truth(studio.hall, settings, out, photos, seen)


def write_catalogue(hall: Hall, out: Path, progress: Progress) -> None:
    """catalogue.csv, exhibitors.csv and the packshots."""
    folder = out / "catalogue" / "images"
    folder.mkdir(parents=True)
    a = hall.assortment
    with (out / "catalogue" / "catalogue.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "title", "brand", "category", "family", "price", "currency", "barcode", "image"])
        for k, p in enumerate(a.products):
            picture, _ = packshot(make_pack(p), 900)
            Pillow.fromarray(picture).save(folder / f"{p.sku}.jpg", quality=92, subsampling=0)
            rows.writerow(
                [
                    p.sku,
                    p.title,
                    p.brand,
                    p.category.name,
                    p.family,
                    f"{p.price:.2f}",
                    p.currency,
                    p.barcode,
                    f"images/{p.sku}.jpg",
                ]
            )
            progress("packshots", k + 1, len(a.products))
    with (out / "catalogue" / "exhibitors.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["company", "booth", "hall", "country", "url"])
        rows.writerows([c.name, c.booth, c.hall, c.country.name, c.url] for c in a.companies)


def take_photos(studio: Studio, settings: Settings, out: Path, progress: Progress) -> list[dict[str, Any]]:
    """One photo of every booth's shelf and one close-up, JPEG with capture time, and what each shows."""
    folder = out / "media"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([settings.seed, 81])
    places = stands(studio.hall.assortment)
    size = (2560, 1920) if settings.height >= 720 else (640, 480)
    truths = []
    for k in range(len(places)):
        stand, close = places[k], k == len(places) - 1
        deep = DEPTH - 0.42 - (0.62 if close else float(rng.uniform(1.5, 2.3)))
        along = WIDTH / 2 + float(rng.uniform(-0.3, 0.3))
        target = stand.point(along + float(rng.uniform(-0.1, 0.25)), DEPTH - 0.42, 1.2 if close else 1.25)
        camera = look(stand.point(along, deep, 1.5), target, float(rng.normal(0, 0.015)), 0.76 * size[0], *size)
        at_s = -30.0 - 40.0 * k
        pieces = studio.pieces(at_s, camera)
        image = studio.developed(studio.paint(pieces, camera), at_s, 10_000 + k)
        name = f"photo_{k + 1}.jpg"
        _save_photo(folder / name, image, START + timedelta(seconds=at_s))
        truths.append(
            {
                "file": name,
                "booth": stand.company.booth,
                "taken": (START + timedelta(seconds=at_s)).isoformat(),
                "width": size[0],
                "height": size[1],
                **truth.photo_truth(studio.hall, studio.seen(pieces, camera)),
            }
        )
        progress("photos", k + 1, len(places))
    return truths


def _save_photo(path: Path, image: NDArray[np.uint8], taken: datetime) -> None:
    exif = Pillow.Exif()
    stamp = taken.strftime("%Y:%m:%d %H:%M:%S")
    exif[0x0132] = stamp
    exif[0x010F], exif[0x0110] = "Sample", "Hall renderer"
    exif.get_ifd(0x8769)[0x9003] = stamp
    Pillow.fromarray(image).save(path, quality=90, exif=exif)


_studio: Studio | None = None  # one per drawing process
_settings = Settings()


def _open_studio(settings: Settings) -> None:
    """Furnish this process's hall; a forked process shares the one of its parent, memory and all."""
    global _studio, _settings
    cv2.setNumThreads(1)
    threading.Thread(target=_follow_parent, daemon=True).start()
    if _studio is None or _settings != settings:
        _studio, _settings = studio_of(settings), settings


def _follow_parent() -> None:
    """End with the process that started us, however it ended: nobody else would."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _draw(index: int) -> tuple[NDArray[np.uint8], list[Seen]]:
    """Frame `index` as planar YUV 4:2:0 (height * 3 / 2, width) and what it shows."""
    assert _studio is not None
    image, seen = _studio.frame(index / _settings.fps, _settings.width, _settings.height, 1 / _settings.fps, index)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8), seen


def _drawn(studio: Studio, settings: Settings, processes: int) -> Iterator[tuple[NDArray[np.uint8], list[Seen]]]:
    """Frames in order, a few ahead of the one wanted, so that memory stays small."""
    global _studio, _settings
    _studio, _settings = studio, settings
    method = "fork" if sys.platform == "linux" else "spawn"
    with ProcessPoolExecutor(
        processes, mp_context=get_context(method), initializer=_open_studio, initargs=(settings,)
    ) as pool:
        ahead: deque[Future[tuple[NDArray[np.uint8], list[Seen]]]] = deque()
        for index in range(settings.frames):
            ahead.append(pool.submit(_draw, index))
            if len(ahead) > 4 * processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    _studio = None


def _film(studio: Studio, settings: Settings, out: Path, processes: int, progress: Progress) -> list[list[Seen]]:
    """Draw and encode media/hall.mp4; returns what every frame shows."""
    seen: list[list[Seen]] = []
    rate = GRADES[settings.difficulty].megabits * 1e6 * (settings.height / 720) ** 1.5 * settings.fps / 25
    with av.open(str(out / "media" / "hall.mp4"), "w", options={"movflags": "+faststart"}) as container:
        container.metadata["creation_time"] = START.isoformat()
        stream = container.add_stream("libx264", rate=settings.fps, options={"preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = (
            settings.width,
            settings.height,
            "yuv420p",
            int(rate),
        )
        stream.codec_context.gop_size = settings.fps * 2
        stream.codec_context.time_base = Fraction(1, settings.fps)
        for tag in ("colorspace", "color_primaries", "color_trc"):
            setattr(stream.codec_context, tag, 6)  # BT.601, as the conversion from RGB is
        stream.codec_context.color_range = 1
        for index, (planes, found) in enumerate(_drawn(studio, settings, processes)):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = index
            container.mux(stream.encode(frame))
            seen.append(found)
            progress("frames", index + 1, settings.frames)
        container.mux(stream.encode(None))
    return seen


def _write_truth(
    hall: Hall, settings: Settings, out: Path, photos: list[dict[str, Any]], seen: list[list[Seen]]
) -> None:
    clip = {
        "video": "hall.mp4",
        "kind": "walk",
        "fps": settings.fps,
        "width": settings.width,
        "height": settings.height,
        "duration_s": round(settings.frames / settings.fps, 3),
        "note": f"rendered hall, seed {settings.seed}, {settings.difficulty}",
        **truth.clip_truth(hall, seen, settings.fps, 5),
    }
    whole = {
        "version": VERSION,
        "settings": asdict(settings),
        "definition": truth.DEFINITION,
        **truth.hall_truth(hall),
        "photos": photos,
        "clips": [clip],
    }
    _dump(out / "truth.json", whole)
    scored = [{**p, "file": f"../media/{p['file']}", "subset": "hall"} for p in photos]
    _dump(out / "products" / "truth.json", truth.eval_products(hall.assortment, scored))
    short = {k: v for k, v in clip.items() if k != "frames"}
    _dump(
        out / "videos" / "truth.json",
        {"description": truth.DEFINITION, "clips": [{**short, "video": "../media/hall.mp4"}]},
    )


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
