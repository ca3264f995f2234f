"""Waiting units open, jobs end once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scout_common.ledger.barrier import settle, settle_job
from scout_common.ledger.commit import Patience, commit_batch, fail
from scout_common.work import Batch, Child
from scout_contracts.events import MatchFramesReady, ProductsImagesReady

from tests.integration.toy import SHA, save
from tests.integration.world import World

PATIENCE = Patience(max_attempts=3, backoff_s=100, backoff_cap_s=1000)
IMAGE = ProductsImagesReady(product_id="p", image_sha256=SHA)


class TestBarrier:
    def test_waiting_units_open_when_the_last_upstream_unit_ends(self, world: World) -> None:
        world.start(catalogue="c-3")
        opened = "SELECT state FROM unit WHERE stage = 'vector_index'"
        (catalog,) = world.messages()
        world.run(catalog)
        products = world.messages()
        assert len(products) == 6
        for ref in products[:-1]:
            world.run(ref)
            assert world.ask(opened) == "waiting"
        world.run(products[-1])
        assert world.ask(opened) == "pending"

    def test_a_failed_upstream_unit_opens_as_well(self, world: World) -> None:
        job = world.start(catalogue="c-1")
        world.run(world.messages()[0])
        bad, good = world.messages()
        fail(world.resources.engine, world.take(bad), {"kind": "x"}, PATIENCE, permanent=True)
        settle(world.resources.engine, job, bad.stage, "catalogue")
        world.run(good)
        world.run_all()
        assert world.ask("SELECT state FROM unit WHERE stage = 'vector_index'") == "done"
        assert world.state(job) == "partial"
        assert world.ask("SELECT incomplete FROM job") is True

    def test_scopes_do_not_wait_for_each_other(self, world: World, tmp_path: Path) -> None:
        media = []
        for name in ("a.mp4", "b.mp4"):
            (tmp_path / name).touch()
            media.append(str(tmp_path / name))
        world.start(media=tuple(media))
        while messages := [ref for ref in world.messages() if "b.mp4" not in ref.key]:
            for ref in messages:
                world.run(ref)
        assert world.ask("SELECT state FROM unit WHERE stage = 'evidence_builder' AND key = 'a.mp4'") == "done"
        assert world.ask("SELECT count(*) FROM unit WHERE scope LIKE '%b.mp4' AND state = 'done'") == 0

    def test_a_child_that_comes_after_its_barrier_opens_at_once(self, world: World, film: str) -> None:
        """Keyframes that come after the catalogue is indexed need not wait for anything."""
        world.start(media=(film,))
        late = []
        while messages := world.messages():
            for ref in messages:
                if ref.stage in ("media_ingestion", "keypoint"):
                    late.append(ref)
                else:
                    world.run(ref)
        for ref in late:
            world.run(ref)
        world.run_all()
        assert world.ask("SELECT state FROM unit WHERE stage = 'evidence_builder'") == "done"

    def test_a_job_ends_exactly_once(self, world: World) -> None:
        job = world.start()
        world.execute("UPDATE unit SET state = 'done'")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: settle_job(world.resources.engine, job), range(16)))
        assert world.state(job) == "done"
        assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.completed'") == 1

    def test_units_nobody_waits_for_go_on_after_the_end(self, world: World) -> None:
        job = world.start(catalogue="c-1")
        (ref,) = world.messages()
        reading = Child(stage="embedding", key="later", event=IMAGE, blocking=False)
        commit_batch(world.resources.engine, world.take(ref), Batch(children=(reading,)), save, last=True)
        settle(world.resources.engine, job, "catalog", "catalogue")
        later = [ref for ref in world.messages() if ref.key == "later"]
        world.execute("UPDATE unit SET published_at = NULL WHERE key = 'later'")
        world.execute("UPDATE unit SET state = 'done' WHERE stage = 'vector_index'")
        settle_job(world.resources.engine, job)
        assert world.state(job) == "done"
        assert world.messages() == later
        assert world.run(later[0]) == "done"

    @pytest.mark.parametrize("first", ["catalog", "media_ingestion"])
    def test_a_catalogue_that_failed_is_the_only_error_of_its_job(self, world: World, film: str, first: str) -> None:
        """What needs a catalogue is skipped, whether it was there when that failed or is made by what still runs."""
        job = world.start(catalogue="bad-2", media=(film,))
        ordered = sorted(world.messages(), key=lambda ref: ref.stage != first)
        segment = world.take(ordered.pop()) if first == "catalog" else None
        for ref in ordered:
            world.run(ref)
        if segment is not None:  # at work when the catalogue failed: its last batch comes after
            child = Child(stage="sightings", key="m", event=MatchFramesReady(medium_id="m"), state="waiting")
            commit_batch(world.resources.engine, segment, Batch(children=(child,)), save, last=True)
            settle(world.resources.engine, job, "media_ingestion", segment.scope, ["sightings"])
        world.run_all()
        assert world.state(job) == "failed"
        assert world.rows("SELECT stage FROM unit WHERE state = 'failed'") == [("catalog",)]
        assert world.rows("SELECT stage FROM unit WHERE state = 'done' AND stage IN ('matcher', 'sightings')") == []
        assert world.ask("SELECT state FROM unit WHERE stage = 'vector_index'") == "skipped"
