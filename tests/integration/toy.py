"""Toy services for tests of the dataflow: the real stages and barriers, with work that writes one row per unit.

What a unit should suffer is in its payload's texts: `kill` ends the worker process once per data folder, `boom` raises,
`bad` is bad input, `slow` sleeps.
"""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scout_common.blobs import LocalBlobs
from scout_common.db import make_engine
from scout_common.errors import PermanentError
from scout_common.settings import Settings
from scout_common.work import Batch, Child, Resources, Service, Unit
from scout_contracts import events
from sqlalchemy import Connection, text

SHA = "ab" * 32

INSERT = text("""
    INSERT INTO asset (tenant_id, sha256, media_type, bytes) VALUES ('default', :name, 'test', 0) ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True)
class Row:
    name: str


@dataclass(frozen=True)
class Inputs:
    unit: Unit
    scratch: Path


@contextmanager
def open_(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    yield Inputs(unit, resources.scratch)


def save(connection: Connection, unit: Unit, rows: tuple[Any, ...]) -> None:
    for row in rows:
        connection.execute(INSERT, {"name": row.name})


def suffer(words: str, inputs: Inputs) -> None:
    marker = inputs.scratch / f"killed-{inputs.unit.key.replace('/', '_')}"
    if "kill-always" in words or ("kill" in words and not marker.exists()):
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if "boom" in words:
        raise RuntimeError("boom")
    if "bad" in words and not (inputs.scratch / "repaired").exists():
        raise PermanentError("bad input", subject=words, hint="give a good one")
    if "slow" in words:
        time.sleep(1.0)


def row(inputs: Inputs) -> Row:
    return Row(f"{inputs.unit.stage}:{inputs.unit.key}")


def catalog(event: events.ProductsCollectRequest, inputs: Inputs) -> Iterator[Batch]:
    suffer(event.source, inputs)
    count = int(event.source.rsplit("-", 1)[-1])
    for number in range(count):
        ready = events.ProductsImagesReady(product_id=f"p{number}", image_sha256=SHA)
        children = tuple(Child(stage=s, key=f"p{number}", event=ready) for s in ("keypoint_product", "embedding"))
        yield Batch(rows=(Row(f"product:{number}"),), children=children)


def simple(event: Any, inputs: Inputs) -> Iterator[Batch]:
    yield Batch(rows=(row(inputs),))


def ingestion(event: events.VideosSearchRequest, inputs: Inputs) -> Iterator[Batch]:
    """Two segments of each medium, a chunk of frames each."""
    name = Path(event.uri).name
    if event.start_s is None:
        if "bad" in name:
            suffer(name, inputs)
        yield Batch(
            rows=(row(inputs),),
            children=(
                Child(stage="sightings", key=name, event=events.MatchFramesReady(medium_id=name), state="waiting"),
            ),
        )
        for start in (0.0, 300.0):
            segment = events.VideosSearchRequest(
                uri=event.uri, name=name, medium_id=name, start_s=start, end_s=start + 300
            )
            yield Batch(children=(Child(stage="media_ingestion", key=f"{event.uri}#{start}", event=segment),))
        return
    suffer(name, inputs)
    ready = events.VideosKeyframesReady(medium_id=name, frames=[[event.start_s, SHA]])
    yield Batch(rows=(row(inputs),), children=(Child(stage="keypoint", key=f"{name}#{event.start_s}", event=ready),))


def frame_search(event: events.FramesSearchRequest, inputs: Inputs) -> Iterator[Batch]:
    """Other keyframes once everything is repaired, in fewer chunks; the first begins with the same."""
    chosen = ((0.0, 2.0),) if (inputs.scratch / "repaired").exists() else ((0.0, 1.0), (5.0,))
    for chunk in chosen:
        ready = events.VideosKeyframesReady(medium_id=event.medium_id, frames=[[time_s, SHA] for time_s in chunk])
        yield Batch(children=(Child(stage="keypoint", key=f"{event.medium_id}#{chunk[0]}", event=ready),))


def keypoint(event: events.VideosKeyframesReady, inputs: Inputs) -> Iterator[Batch]:
    request = events.MatchRequest(medium_id=event.medium_id, frames=event.frames)
    yield Batch(
        rows=(row(inputs),), children=(Child(stage="matcher", key=inputs.unit.key, event=request, state="waiting"),)
    )


def sightings(event: events.MatchFramesReady, inputs: Inputs) -> Iterator[Batch]:
    result = events.MatchResult(medium_id=event.medium_id, match_ids=["m"])
    yield Batch(rows=(row(inputs),), children=(Child(stage="evidence_builder", key=event.medium_id, event=result),))


def service(name: str, handle: Any) -> Service:
    return Service(name=name, stages=(name,), open=open_, handle=handle, save=save)


SERVICES = (
    service("catalog", catalog),
    service("keypoint_product", simple),
    service("embedding", simple),
    service("vector_index", simple),
    service("media_ingestion", ingestion),
    service("embedding_frame", simple),
    service("frame_search", frame_search),
    service("keypoint", keypoint),
    service("matcher", simple),
    service("sightings", sightings),
    service("evidence_builder", simple),
    service("booths", simple),
)


def worker(settings: Settings) -> tuple[Resources, Sequence[Service]]:
    """What a worker process of the toy has."""
    scratch = settings.data_dir / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.database_url, pool_size=2, durable=False)
    return Resources(settings=settings, engine=engine, blobs=LocalBlobs(settings.data_dir), scratch=scratch), SERVICES
