"""Crash anywhere, duplicate or reorder anything: the final rows are the same."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scout_common import unit_run
from scout_common.work import Batch, Resources, Service
from scout_contracts.codec import UnitRef

from tests.integration.world import World

MEDIA = ("a.mp4", "b.mp4")
UNITS = """
    SELECT stage, replace(key, :folder, ''), replace(scope, :folder, ''), state, generation FROM unit ORDER BY 1, 2
"""


class Death(BaseException):
    """The worker process ends here; no except clause of the program sees it."""


def media(folder: Path) -> tuple[str, ...]:
    for name in MEDIA:
        (folder / name).touch()
    return tuple(str(folder / name) for name in MEDIA)


def outcome(world: World, job_id: str, folder: Path) -> dict[str, Any]:
    return {
        "job": world.state(job_id),
        "units": world.rows(UNITS, folder=str(folder)),
        "rows": world.rows("SELECT sha256 FROM asset ORDER BY 1"),
        "ends": world.ask("SELECT count(*) FROM job_event WHERE type IN ('job.completed', 'job.failed')"),
    }


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, Any]:
    """What an undisturbed run leaves behind (its own test, below, holds it against a real run)."""
    units = [("catalog", "c-2", "catalogue"), ("vector_index", "catalogue", "catalogue"), ("booths", "booths", "job")]
    units += [(stage, f"p{n}", "catalogue") for stage in ("keypoint_product", "embedding") for n in range(2)]
    rows = ["product:0", "product:1", "vector_index:catalogue", "booths:booths"]
    rows += [f"{stage}:p{n}" for stage in ("keypoint_product", "embedding") for n in range(2)]
    for name in MEDIA:
        scope = f"medium:/{name}"
        starts = ("0.0", "300.0")
        units += [
            ("media_ingestion", f"/{name}", scope),
            *((("media_ingestion", f"/{name}#{s}", scope)) for s in starts),
        ]
        units += [(stage, f"{name}#{s}", scope) for stage in ("keypoint", "matcher") for s in starts]
        units += [(stage, name, scope) for stage in ("sightings", "evidence_builder")]
        rows += [f"media_ingestion:{tmp_path}/{name}", *(f"media_ingestion:{tmp_path}/{name}#{s}" for s in starts)]
        rows += [f"{stage}:{name}#{s}" for stage in ("keypoint", "matcher") for s in starts]
        rows += [f"{stage}:{name}" for stage in ("sightings", "evidence_builder")]
    return {
        "job": "done",
        "units": sorted((*unit, "done", 1) for unit in units),
        "rows": sorted((row,) for row in rows),
        "ends": 1,
    }


@pytest.fixture
def world(resources: Resources) -> World:
    settings = resources.settings.model_copy(update={"max_attempts": 1000, "backoff_s": 0.0})
    return World(replace(resources, settings=settings))


def test_undisturbed(world: World, tmp_path: Path, expected: dict[str, Any]) -> None:
    job = world.start(media=media(tmp_path))
    world.run_all()
    assert outcome(world, job, tmp_path) == expected


@pytest.mark.parametrize("seed", range(4))
def test_duplicated_and_reordered_messages(world: World, tmp_path: Path, expected: dict[str, Any], seed: int) -> None:
    dice = random.Random(seed)
    job = world.start(media=media(tmp_path))
    seen: list[UnitRef] = []
    while messages := world.messages():
        seen += messages
        again = [*messages, *dice.choices(seen, k=len(messages))]
        dice.shuffle(again)
        for ref in again:
            world.run(ref)
    assert outcome(world, job, tmp_path) == expected


def dying(service: Service, dice: random.Random, chance: float) -> Service:
    """The service in a process that may end before, between and after its batches, and while they are written."""

    def maybe() -> None:
        if dice.random() < chance:
            raise Death

    def open_(resources: Resources, unit: Any) -> AbstractContextManager[Any]:
        maybe()
        return service.open(resources, unit)

    def handle(event: Any, inputs: Any) -> Iterator[Batch]:
        for batch in service.handle(event, inputs):
            yield batch
            maybe()

    def save(connection: Any, unit: Any, rows: tuple[Any, ...]) -> None:
        service.save(connection, unit, rows)
        maybe()

    return replace(service, open=open_, handle=handle, save=save)


@pytest.mark.parametrize("seed", range(4))
def test_workers_that_die_anywhere(
    world: World, tmp_path: Path, expected: dict[str, Any], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    world.services = {name: dying(service, dice, 0.2) for name, service in world.services.items()}
    settle = unit_run.settle

    def dying_settle(*args: Any) -> None:
        if dice.random() < 0.2:
            raise Death  # after the last commit, before the barrier was looked at
        settle(*args)

    monkeypatch.setattr(unit_run, "settle", dying_settle)
    job = world.start(media=media(tmp_path))
    deaths = 0
    for _ in range(200):
        messages = world.messages()
        dice.shuffle(messages)
        for ref in messages:
            try:
                world.run(ref)
            except Death:
                deaths += 1
        world.expire()
        if not world.ask("SELECT count(*) FROM unit WHERE state IN ('waiting', 'pending', 'running')"):
            break
    assert deaths > 5
    assert outcome(world, job, tmp_path) == expected
