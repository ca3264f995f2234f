"""Taking a unit: leases, fences, and what may not be taken."""

import pytest
from scout_common.errors import LeaseLost
from scout_common.ledger.claim import Held, release, renew
from scout_common.ledger.commit import Patience, commit_batch, fail
from scout_common.work import Batch, Child
from scout_contracts.events import ProductsImagesReady

from tests.integration.toy import SHA, Row, save
from tests.integration.world import World

PATIENCE = Patience(max_attempts=3, backoff_s=100, backoff_cap_s=1000)
IMAGE = ProductsImagesReady(product_id="p", image_sha256=SHA)


class TestClaim:
    def test_a_unit_is_taken_once(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = world.take(ref)
        assert (unit.attempt, unit.fence, unit.scope) == (1, 1, "catalogue")
        assert world.refused(ref)

    def test_an_old_generation_is_refused(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        world.execute("UPDATE unit SET generation = 2")
        assert world.refused(ref)

    def test_a_pause_is_kept_even_if_an_old_message_comes(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        fail(world.resources.engine, world.take(ref), {"kind": "x"}, PATIENCE, permanent=False)
        assert world.refused(ref)
        assert world.messages() == []

    def test_units_of_a_job_that_ended_are_not_begun(self, world: World) -> None:
        job = world.start()
        (ref,) = world.messages()
        world.control.cancel(job)
        assert world.refused(ref)

    def test_released_units_have_lost_no_attempt(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = world.take(ref)
        release(
            world.resources.engine,
            Held(job_id=unit.job_id, stage=unit.stage, key=unit.key, scope=unit.scope, fence=unit.fence),
        )
        (again,) = world.messages()
        assert world.take(again).attempt == 1


class TestLease:
    def test_who_lost_it_can_write_nothing(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        slow = world.take(ref)
        world.expire()
        (ref,) = world.messages()
        quick = world.take(ref)
        assert quick.fence > slow.fence
        batch = Batch(rows=(Row("late"),), children=(Child(stage="embedding", key="late", event=IMAGE),))
        for last in (False, True):
            with pytest.raises(LeaseLost):
                commit_batch(world.resources.engine, slow, batch, save, last=last)
        with pytest.raises(LeaseLost):
            commit_batch(world.resources.engine, slow, Batch(), save, last=True)
        assert fail(world.resources.engine, slow, {"kind": "x"}, PATIENCE, permanent=True) is None
        assert world.ask("SELECT count(*) FROM asset") == 0
        assert world.ask("SELECT count(*) FROM unit WHERE key = 'late'") == 0
        commit_batch(world.resources.engine, quick, batch, save, last=True)
        assert world.ask("SELECT state FROM unit WHERE stage = 'catalog'") == "done"

    def test_renewal_tells_what_is_lost(self, world: World) -> None:
        job = world.start()
        (ref,) = world.messages()
        unit = world.take(ref)
        held = Held(job_id=unit.job_id, stage=unit.stage, key=unit.key, scope=unit.scope, fence=unit.fence)
        before = world.ask("SELECT lease_until FROM unit WHERE state = 'running'")
        assert renew(world.resources.engine, [held], lease_s=500) == set()
        assert world.ask("SELECT lease_until FROM unit WHERE state = 'running'") > before
        world.control.cancel(job)
        assert renew(world.resources.engine, [held], lease_s=500) == {held}

    def test_a_unit_whose_worker_always_vanishes_fails_in_the_end(self, world: World) -> None:
        job = world.start()
        for _ in range(world.resources.settings.max_attempts):
            (ref,) = world.messages()
            world.take(ref)
            assert world.expire() == 1
        assert world.ask("SELECT error ->> 'kind' FROM unit WHERE stage = 'catalog'") == "crash"
        assert world.state(job) == "failed"
