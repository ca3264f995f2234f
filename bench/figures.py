"""The table of figures as data: what is measured, what others reach, what we must reach and what we aim at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MACHINE_NOISE = 1.3  # shared cores: the same run again differs by up to this


class Skipped(Exception):
    """A part cannot be measured here; the message says what is missing."""


class PartFailed(Exception):
    """What was to be measured broke; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number. more: more is better. Worse than before means beyond `noise` (a ratio) and `slack` together."""

    key: str
    least: float
    aim: float
    tutorial: str = "-"
    careful: str = "-"
    more: bool = True
    form: str = ".2f"
    noise: float = 1.0
    slack: float = 0.0

    def reaches(self, value: float, goal: float) -> bool:
        return value >= goal - 1e-9 if self.more else value <= goal + 1e-9

    def worse(self, now: float, before: float) -> bool:
        """Whether `now` is worse than `before` by more than chance explains."""
        if self.more:
            return now < before / self.noise - self.slack - 1e-9
        return now > before * self.noise + self.slack + 1e-9


@dataclass(frozen=True)
class Row:
    """A line of the table: some figures that are read together."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Measured:
    """What a part found: figures by key, lines for the reader, and whatever else is worth keeping in the file."""

    values: Mapping[str, float]
    notes: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


def rate(key: str, tutorial: str, careful: str, least: float, aim: float, slack: float = 0.004) -> Figure:
    """A share found, which more is better of."""
    return Figure(key=key, tutorial=tutorial, careful=careful, least=least, aim=aim, slack=slack)


def count(key: str, tutorial: str, careful: str, least: float, aim: float) -> Figure:
    """A number of errors."""
    return Figure(key=key, tutorial=tutorial, careful=careful, least=least, aim=aim, more=False, form=".0f")


def cost(key: str, least: float, aim: float, form: str = ".2f") -> Figure:
    """Seconds or bytes, which depend on the machine."""
    return Figure(key=key, least=least, aim=aim, more=False, form=form, noise=MACHINE_NOISE)


def speed(key: str, least: float, aim: float, tutorial: str = "-") -> Figure:
    return Figure(key=key, tutorial=tutorial, least=least, aim=aim, form=".0f", noise=MACHINE_NOISE)


ROWS: tuple[Row, ...] = (
    Row(
        "grocery photos: recall at p >= 0.5 / top-1 / top-5",
        (
            rate("grocery.recall", ".80", ".91", 0.88, 0.95),
            rate("grocery.top1", ".72", ".93", 0.92, 0.97),
            rate("grocery.top5", ".86", "-", 0.95, 0.99),
        ),
    ),
    Row(
        "... false / wrong sibling claims on them (426 photos)",
        (count("grocery.false", "762", "0", 1, 0), count("grocery.sibling", "62", "9", 10, 2)),
    ),
    Row(
        "cereal near shelf: recall / false",
        (rate("near.recall", "1.00", "1.00", 1.0, 1.0), count("near.false", "29", "0", 0, 0)),
    ),
    Row(
        "cereal far shelf (60x80 px): recall / false",
        (rate("far.recall", ".95", "1.00", 0.95, 1.0), count("far.false", "0", "0", 0, 0)),
    ),
    Row(
        "phone photos: recall / top-5 / wrong sibling",
        (
            rate("phone.recall", ".83", ".87", 0.80, 0.95),
            rate("phone.top5", ".91", "-", 0.95, 1.0),
            count("phone.sibling", "9", "-", 1, 0),
        ),
    ),
    Row("80 distractor photos: false claims", (count("distractors.false", "111", "0", 0, 0),)),
    Row(
        "8 clips: intervals found / false sightings / mean time IoU",
        (
            rate("clips.recall", ".95", "-", 0.95, 1.0),
            count("clips.false", "225", "-", 0, 0),
            rate("clips.time_iou", ".54", "-", 0.78, 0.90, slack=0.01),
        ),
    ),
    Row(
        "expected calibration error",
        (Figure(key="calibration.ece", tutorial=".36", least=0.08, aim=0.04, more=False, form=".3f", slack=0.005),),
    ),
    Row(
        "own estimate of false sightings against the truth: off by, worst of 3 difficulties",
        (Figure(key="honesty.off", least=2.0, aim=1.3, more=False, form=".1fx", slack=0.3),),
    ),
    Row("720p keyframe, 1,000 products, all vision stages: CPU s", (cost("keyframe.cpu_s", 0.40, 0.20),)),
    Row("10 min of 1080p30, file to sightings: x realtime", (speed("job.realtime", 5, 10),)),
    Row(
        "speed per frame against the tutorial at 300 / 3,000 products",
        (speed("ratio.300", 30, 60, "1x"), speed("ratio.3000", 250, 500, "1x")),
    ),
    Row("second job with 10 new products: part of the first's CPU", (cost("job.second", 0.25, 0.10),)),
    Row("units a minute through ledger and RabbitMQ, empty handler", (speed("ledger.units_min", 10_000, 20_000),)),
    Row(
        "part of a big job done when a small one behind it ends",
        (Figure(key="ledger.behind", least=0.10, aim=0.05, more=False, noise=MACHINE_NOISE),),
    ),
    Row("peak memory of `make run`, all processes: GB", (cost("memory.gb", 2.5, 1.5),)),
    Row(
        "1,000,000 vectors, with and without filters: recall@10 of the exact search / p95 ms of a query",
        (rate("vectors.recall", "-", "-", 0.97, 0.99), cost("vectors.p95_ms", 20, 10, form=".1f")),
    ),
    Row("a keyframe's regions looked up among them: s", (cost("vectors.frame_s", 1.0, 0.25),)),
    Row(
        "GPU: images/s of ViT-B-32 alone / share of it from JPEG keyframes to vectors",
        (speed("gpu.images_s", 1000, 5000), rate("gpu.share", "-", "-", 0.6, 0.8, slack=0.05)),
    ),
)

FIGURES: Mapping[str, Figure] = {figure.key: figure for row in ROWS for figure in row.figures}
