"""While replicas of two versions work side by side, nothing that one has matched is silently lost to the other."""

from pathlib import Path

import pytest
from scout_common.ledger.barrier import settle_all
from scout_common.work import Resources

from services.matcher import store
from tests.integration.shelves import FOUND, shelves
from tests.integration.world import World

SIGHTINGS = """
    SELECT state, attempt, error->>'message', error->>'hint' FROM unit WHERE stage = 'sightings'
"""


@pytest.fixture
def world(resources: Resources, tmp_path: Path) -> World:
    return shelves(resources, tmp_path)


def started(world: World, tmp_path: Path) -> str:
    media = (str(tmp_path / "media"),)
    return world.start(catalogue=str(tmp_path / "one"), media=media, options={"evidence": False})


def test_frames_matched_by_another_version_are_missed_and_matched_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started(world, tmp_path)
    while world.state(job) == "running":
        world.execute("UPDATE unit SET not_before = NULL WHERE state = 'pending'")
        for ref in world.messages():
            with monkeypatch.context() as replica:
                if ref.stage == "matcher":
                    replica.setattr(store, "matcher_version", lambda: "the old one")
                world.run(ref)
    assert world.state(job) == "failed"
    attempts = world.resources.settings.max_attempts
    for state, attempt, message, hint in world.rows(SIGHTINGS):
        assert (state, attempt) == ("failed", attempts)
        assert "another version of Scout" in message
        assert "one version" in hint and "scout job retry" in hint
    world.control.retry(job)
    world.run_all()
    assert world.state(job) == "done"
    assert [sku for sku, _ in world.rows(FOUND, job=job)] == ["pack-1"]


def test_frames_that_could_not_be_matched_are_done_without(world: World, tmp_path: Path) -> None:
    job = started(world, tmp_path)
    while (refs := world.messages()) and refs[0].stage != "matcher":
        for ref in refs:
            world.run(ref)
    world.run(refs[0])
    world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'matcher' AND state = 'pending'")
    settle_all(world.resources.engine)
    world.run_all()
    assert world.state(job) == "partial"
    assert world.rows("SELECT DISTINCT state FROM unit WHERE stage = 'sightings'") == [("done",)]
