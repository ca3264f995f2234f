"""Ten minutes of 1080p30 from file to sightings, then where ten new products were in it, then everything again.

A minute is rendered, at 15 frames a second to spare an hour; each frame is shown twice, and the minute again and again,
but never the same: every take has its own crop, exposure, contrast and moving grain, and all is encoded anew.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path

import av
import av.filter

from bench import hall
from bench.figures import Measured
from bench.job import CORES, JobRun, scout_match
from bench.place import Place

MINUTES, QUICK_MINUTES = 10, 2
RATE, TWICE, BITS_PER_S = 30, 2, 6_000_000
NEW_PRODUCTS = 10


@dataclass(frozen=True)
class Take:
    """How one repetition of the walk differs: part of the picture kept, its offset, exposure, contrast, grain."""

    kept: float
    left: float
    top: float
    brightness: float
    contrast: float
    grain: int

    @staticmethod
    def number(n: int) -> Take:
        """The n-th take, n from 0: the first is as rendered, but for its grain."""
        kept = 1 - 0.012 * (n % 5)
        return Take(
            kept, (n * 0.37) % 1, (n * 0.61) % 1, 0.02 * ((n * 7) % 5 - 2), 1 + 0.03 * ((n * 3) % 5 - 2), 3 + n % 4
        )

    def filters(self) -> tuple[tuple[str, str], ...]:
        """Filters of libavfilter with their arguments."""
        crop = f"iw*{self.kept:.4f}:ih*{self.kept:.4f}:(iw-ow)*{self.left:.3f}:(ih-oh)*{self.top:.3f}"
        return (
            ("crop", crop),
            ("scale", "1920:1080"),
            ("lutyuv", f"y=clip((val-125)*{self.contrast:.3f}+125+{220 * self.brightness:.1f}\\,16\\,235)"),
            ("noise", f"alls={self.grain}:allf=t"),
            ("format", "yuv420p"),
        )


def measure(place: Place) -> Measured:
    """x realtime of the first job, and the second job's part of its CPU seconds."""
    minutes = QUICK_MINUTES if place.quick else MINUTES
    scene = hall.rendered(place, hall.Hall(seed=41, seconds=60, height=1080, fps=RATE // TWICE))
    video = lengthened(scene.video, minutes * 60, place.cache / f"{scene.folder.name}-{minutes}min.mp4")
    with place.fresh_data("endtoend") as data:
        first, second, third = (
            scout_match(catalogue, [video], data, place.out / f"{catalogue.stem}.json")
            for catalogue in catalogues(scene, place.out)
        )
    idle = minutes * 60 / (first.cpu_s / CORES)
    megabits = video.stat().st_size * 8e-6 / (minutes * 60)
    notes = (
        f"{minutes} min of 1080p30 at {megabits:.1f} Mbit/s, {len(scene.catalogue)} products; first job:",
        *_told(first),
        f"  (its CPU seconds spread over {CORES} idle cores would be {idle:.1f}x realtime)",
        f"second job, {NEW_PRODUCTS} new products:",
        *_told(second),
        f"third job, all of them: {third.cpu_s / first.cpu_s:.2f} of the first",
        *_told(third),
    )
    values = {"job.realtime": minutes * 60 / first.done_s, "job.second": second.cpu_s / first.cpu_s}
    return Measured(values, notes, {"cpu_s": [first.cpu_s, second.cpu_s, third.cpu_s]})


def catalogues(scene: hall.Scene, out: Path) -> tuple[Path, Path, Path]:
    """The hall's catalogue without some products, evenly chosen; these alone; all of them. Image paths absolute."""
    with scene.catalogue_file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        row["image"] = ";".join(str(path.absolute()) for path in scene.catalogue[row["sku"]])
    new = {i * len(rows) // NEW_PRODUCTS for i in range(NEW_PRODUCTS)}
    first, second, third = (out / f"endtoend-{part}.csv" for part in ("known", "new", "all"))
    _write(first, [row for i, row in enumerate(rows) if i not in new])
    _write(second, [row for i, row in enumerate(rows) if i in new])
    _write(third, rows)
    return first, second, third


def lengthened(source: Path, seconds: int, target: Path) -> Path:
    """The video again and again to a length, each time a little different, encoded anew; kept once made."""
    if target.exists():
        return target
    part = target.with_suffix(".part.mp4")
    with av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "superfast"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1920, 1080, "yuv420p", BITS_PER_S
        for number, frame in zip(range(seconds * RATE), _endless(source), strict=False):
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            frame.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.rename(target)
    return target


def _endless(source: Path) -> Iterator[av.VideoFrame]:
    number = 0
    while True:
        with av.open(str(source)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            graph = _graph(stream, Take.number(number))
            for frame in chain.from_iterable(repeat(frame, TWICE) for frame in container.decode(stream)):
                graph.push(frame)
                if isinstance(taken := graph.pull(), av.VideoFrame):
                    yield taken
        number += 1


def _graph(stream: av.VideoStream, take: Take) -> av.filter.Graph:
    graph = av.filter.Graph()
    nodes = [graph.add_buffer(template=stream), *(graph.add(name, args) for name, args in take.filters())]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return graph


def _told(run: JobRun) -> list[str]:
    head = (
        f"  done after {run.done_s:.0f} s by the clock, ended after {run.wall_s:.0f} s, {run.cpu_s:.0f} CPU s,"
        f" {len(run.sightings)} sightings at p >= 0.5"
    )
    return [head, *run.stage_profile()]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
