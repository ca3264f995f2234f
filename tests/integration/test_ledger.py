"""The ledger's promises, one by one, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scout_common.errors import Conflict, LeaseLost, NotFound
from scout_common.ledger import dispatch
from scout_common.ledger.barrier import settle, settle_job
from scout_common.ledger.claim import Held, claim, release, renew
from scout_common.ledger.commit import Patience, commit_batch, fail, fail_dead_letter
from scout_common.ledger.events import tell_progress
from scout_common.work import Batch, Child, Issue, Resources, Unit
from scout_contracts.codec import UnitRef
from scout_contracts.events import ProductsImagesReady

from services.orchestrator.request import JobRequest
from tests.integration.toy import SHA, Row, save
from tests.integration.world import World

PATIENCE = Patience(max_attempts=3, backoff_s=100, backoff_cap_s=1000)
IMAGE = ProductsImagesReady(product_id="p", image_sha256=SHA)


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


@pytest.fixture
def film(tmp_path: Path) -> str:
    (tmp_path / "a.mp4").touch()
    return str(tmp_path / "a.mp4")


def take(world: World, ref: UnitRef) -> Unit:
    with world.resources.engine.begin() as connection:
        unit = claim(connection, ref, lease_s=60)
    assert unit is not None
    return unit


def refused(world: World, ref: UnitRef) -> bool:
    with world.resources.engine.begin() as connection:
        return claim(connection, ref, lease_s=60) is None


class TestClaim:
    def test_a_unit_is_taken_once(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = take(world, ref)
        assert (unit.attempt, unit.fence, unit.scope) == (1, 1, "catalogue")
        assert refused(world, ref)

    def test_an_old_generation_is_refused(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        world.execute("UPDATE unit SET generation = 2")
        assert refused(world, ref)

    def test_a_pause_is_kept_even_if_an_old_message_comes(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        fail(world.resources.engine, take(world, ref), {"kind": "x"}, PATIENCE, permanent=False)
        assert refused(world, ref)
        assert world.messages() == []

    def test_units_of_a_job_that_ended_are_not_begun(self, world: World) -> None:
        job = world.start()
        (ref,) = world.messages()
        world.control.cancel(job)
        assert refused(world, ref)

    def test_released_units_have_lost_no_attempt(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = take(world, ref)
        release(
            world.resources.engine,
            Held(job_id=unit.job_id, stage=unit.stage, key=unit.key, scope=unit.scope, fence=unit.fence),
        )
        (again,) = world.messages()
        assert take(world, again).attempt == 1


class TestLease:
    def test_who_lost_it_can_write_nothing(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        slow = take(world, ref)
        world.expire()
        (ref,) = world.messages()
        quick = take(world, ref)
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
        unit = take(world, ref)
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
            take(world, ref)
            assert world.expire() == 1
        assert world.ask("SELECT error ->> 'kind' FROM unit WHERE stage = 'catalog'") == "crash"
        assert world.state(job) == "failed"


class TestFailure:
    def test_pauses_double_until_the_last_attempt(self, world: World) -> None:
        world.start()
        pauses = []
        for attempt in (1, 2, 3):
            (ref,) = world.messages()
            state = fail(world.resources.engine, take(world, ref), {"kind": "x"}, PATIENCE, permanent=False)
            assert state == ("failed" if attempt == 3 else "pending")
            pauses.append(
                world.ask(
                    "SELECT extract(epoch FROM not_before - clock_timestamp())::float8 FROM unit WHERE key = 'c-2'"
                )
            )
            world.execute("UPDATE unit SET not_before = NULL")
        assert 45 < pauses[0] <= 100
        assert 95 < pauses[1] <= 200

    def test_bad_input_fails_at_once(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        assert fail(world.resources.engine, take(world, ref), {"kind": "x"}, PATIENCE, permanent=True) == "failed"

    def test_dead_letters_fail_only_what_they_speak_of(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = take(world, ref)
        assert fail_dead_letter(world.resources.engine, ref, {"kind": "x"}) is None  # somebody works on it
        fail(world.resources.engine, unit, {"kind": "x"}, PATIENCE, permanent=False)
        assert fail_dead_letter(world.resources.engine, ref, {"kind": "x"}) is None  # of an earlier attempt
        world.execute("UPDATE unit SET not_before = NULL")
        (ref,) = world.messages()
        assert fail_dead_letter(world.resources.engine, ref, {"kind": "x"}) == "catalogue"


class TestBatches:
    def test_children_that_are_there_stay_as_they_are(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = take(world, ref)
        child = Child(stage="embedding", key="p", event=IMAGE)
        commit_batch(world.resources.engine, unit, Batch(children=(child,)), save, last=False)
        world.execute("UPDATE unit SET state = 'done' WHERE stage = 'embedding'")
        commit_batch(world.resources.engine, unit, Batch(children=(child, child)), save, last=True)
        assert world.rows("SELECT state, generation FROM unit WHERE stage = 'embedding'") == [("done", 1)]

    def test_rows_children_and_issues_come_together_or_not_at_all(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = take(world, ref)

        def broken(*_: object) -> None:
            save(*_)  # type: ignore[arg-type]
            raise RuntimeError("in the middle")

        batch = Batch(
            rows=(Row("r"),),
            children=(Child(stage="embedding", key="p", event=IMAGE),),
            issues=(Issue(severity="warning", subject="s", message="m"),),
        )
        with pytest.raises(RuntimeError):
            commit_batch(world.resources.engine, unit, batch, broken, last=True)
        assert world.ask("SELECT count(*) FROM asset") == 0
        commit_batch(world.resources.engine, unit, batch, save, last=True)
        assert world.ask("SELECT count(*) FROM asset") == 1
        assert world.ask("SELECT count(*) FROM unit WHERE stage = 'embedding'") == 1
        assert world.rows("SELECT subject, message, hint FROM job_issue WHERE subject = 's'") == [("s", "m", "")]

    def test_what_collides_is_written_again(self, world: World) -> None:
        """Two workers store the same content in another order: a deadlock, which neither notices."""
        world.start(catalogue="c-2")
        world.run_all()
        world.execute("UPDATE unit SET state = 'running' WHERE stage = 'embedding'")
        world.execute("UPDATE job SET state = 'running'")
        rows = [Row(f"r{number}") for number in range(200)]
        units = [
            Unit(
                job_id=world.ask("SELECT id::text FROM job"),
                tenant_id="default",
                stage="embedding",
                key=key,
                scope="catalogue",
                generation=1,
                payload={},
                attempt=1,
                fence=1,
            )
            for key in ("p0", "p1")
        ]
        orders = (tuple(rows), tuple(reversed(rows)))
        with ThreadPoolExecutor(2) as pool:
            done = [
                pool.submit(commit_batch, world.resources.engine, unit, Batch(rows=order), save, last=True)
                for unit, order in zip(units, orders, strict=True)
            ]
            assert [future.result() for future in done] == [None, None]
        assert world.ask("SELECT count(*) FROM asset WHERE sha256 LIKE 'r%'") == 200

    def test_stages_the_job_does_not_want_are_skipped(self, world: World, film: str) -> None:
        job = world.start(media=(film,), options={"evidence": False})
        world.run_all()
        assert world.state(job) == "done"
        assert world.rows("SELECT state FROM unit WHERE stage = 'evidence_builder'") == [("skipped",)]

    def test_cpu_seconds_are_kept(self, world: World) -> None:
        world.start()
        world.run_all()
        assert world.ask("SELECT sum(cpu_s) FROM unit") > 0


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
        fail(world.resources.engine, take(world, bad), {"kind": "x"}, PATIENCE, permanent=True)
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
        commit_batch(world.resources.engine, take(world, ref), Batch(children=(reading,)), save, last=True)
        settle(world.resources.engine, job, "catalog", "catalogue")
        later = [ref for ref in world.messages() if ref.key == "later"]
        world.execute("UPDATE unit SET published_at = NULL WHERE key = 'later'")
        world.execute("UPDATE unit SET state = 'done' WHERE stage = 'vector_index'")
        settle_job(world.resources.engine, job)
        assert world.state(job) == "done"
        assert world.messages() == later
        assert world.run(later[0]) == "done"


class TestDispatch:
    def test_jobs_take_turns_within_the_window(self, world: World) -> None:
        first, second = world.start(catalogue="c-9"), world.start(catalogue="d-9")
        for ref in world.messages():
            world.run(ref)
        embedding = [ref.job_id for ref in world.messages(window=4) if ref.stage == "embedding"]
        assert sorted(embedding) == sorted([first, second, first, second])
        assert [ref for ref in world.messages(window=4) if ref.stage == "embedding"] == []

    def test_two_keepers_never_take_the_same_unit(self, world: World) -> None:
        world.start(catalogue="c-9")
        world.run(world.messages()[0])
        engine = world.resources.engine
        with engine.begin() as one, engine.begin() as two:
            mine = {unit.ref.key for unit in dispatch.next_units(one, {"embedding": 5})}
            yours = {unit.ref.key for unit in dispatch.next_units(two, {"embedding": 5})}
        assert (len(mine), len(yours)) == (5, 4)
        assert not mine & yours

    def test_messages_nobody_took_are_published_again(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 0
        world.execute("UPDATE unit SET published_at = published_at - interval '61 s' WHERE state = 'pending'")
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 1
        assert world.messages() == [ref]

    def test_a_bus_that_died_with_its_process_is_made_good_by_the_next_alone(self, world: World) -> None:
        world.start(catalogue="c-1")
        world.run(world.messages()[0])
        world.messages()
        taken = take(world, UnitRef(**{**vars(world_ref(world, "embedding")), "attempt": 0}))
        with dispatch.sole_bus(world.resources.engine) as lost:
            assert lost == 2
            with dispatch.sole_bus(world.resources.engine) as again:
                assert again == 0  # another process is alive: what is in flight may be its
        assert world.expire() == 1
        assert {ref.stage for ref in world.messages()} == {taken.stage, "keypoint_product"}


def world_ref(world: World, stage: str) -> UnitRef:
    ((job, key),) = world.rows("SELECT job_id::text, key FROM unit WHERE stage = :stage", stage=stage)
    return UnitRef(job_id=job, stage=stage, key=key)


class TestControl:
    def test_an_idempotency_key_gives_the_same_job(self, world: World) -> None:
        request = JobRequest(catalogue="c-1", show={"name": "Fair", "place": "Cologne"})
        first = world.control.start_job(request, "k")
        assert first[1]
        assert world.control.start_job(request, "k") == (first[0], False)
        with pytest.raises(Conflict, match="different request"):
            world.control.start_job(JobRequest(catalogue="c-2"), "k")
        assert world.control.start_job(JobRequest(catalogue="c-2"))[1]
        assert world.rows("SELECT name, place FROM show") == [("Fair", "Cologne")]

    def test_only_the_first_picks_a_job_up(self, world: World) -> None:
        job, _ = world.control.start_job(JobRequest(catalogue="c-1"))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(world.control.pick_up, [job] * 8))
        assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.started'") == 1
        assert world.ask("SELECT count(*) FROM unit") == 2

    def test_without_prefect_the_job_is_picked_up_at_once(self, world: World) -> None:
        control = type(world.control)(world.resources.engine, world.resources.settings, start_flow=lambda *_: None)
        job, _ = control.start_job(JobRequest(catalogue="c-1"))
        assert world.state(job) == "running"
        control = type(world.control)(world.resources.engine, world.resources.settings, start_flow=lambda *_: "run-1")
        job, _ = control.start_job(JobRequest(catalogue="c-1"))
        assert world.state(job) == "submitted"
        assert world.ask("SELECT flow_run_id FROM job WHERE id = :job", job=job) == "run-1"

    def test_cancelling_ends_everything_at_once(self, world: World) -> None:
        job = world.start(catalogue="c-2")
        (ref,) = world.messages()
        unit = take(world, ref)
        assert world.control.cancel(job) == "cancelled"
        assert world.control.cancel(job) == "cancelled"
        with pytest.raises(LeaseLost):
            commit_batch(world.resources.engine, unit, Batch(), save, last=True)
        assert world.rows("SELECT DISTINCT state FROM unit") == [("cancelled",)]
        assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.cancelled'") == 1

    def test_a_cancelled_job_can_go_on(self, world: World, film: str) -> None:
        job = world.start(media=(film,))
        world.run(world.messages()[0])
        world.control.cancel(job)
        assert world.control.retry(job) > 0
        world.run_all()
        assert world.state(job) == "done"

    def test_a_job_cancelled_before_it_began_can_begin(self, world: World) -> None:
        job, _ = world.control.start_job(JobRequest(catalogue="c-1"))
        world.control.cancel(job)
        world.control.pick_up(job)
        assert world.state(job) == "cancelled"
        world.control.retry(job)
        world.control.pick_up(job)
        world.run_all()
        assert world.state(job) == "done"

    def test_what_cannot_be_retried_says_why(self, world: World) -> None:
        job = world.start()
        with pytest.raises(Conflict, match="not ended"):
            world.control.retry(job)
        world.run_all()
        with pytest.raises(Conflict, match="nothing"):
            world.control.retry(job)
        for unknown in ("nonsense", "00000000-0000-0000-0000-000000000000"):
            for ask in (world.control.retry, world.control.cancel):
                with pytest.raises(NotFound):
                    ask(unknown)

    def test_retry_does_again_what_failed_and_what_follows_from_it(self, world: World, tmp_path: Path) -> None:
        media = []
        for name in ("bad.mp4", "b.mp4"):
            (tmp_path / name).touch()
            media.append(str(tmp_path / name))
        job = world.start(media=tuple(media))
        world.run_all()
        assert world.state(job) == "partial"
        (world.resources.scratch / "repaired").touch()
        assert world.control.retry(job) == 1
        world.run_all()
        assert world.state(job) == "done"
        assert world.ask("SELECT error FROM job") is None
        again = dict(world.rows("SELECT scope, max(generation) FROM unit GROUP BY scope"))
        assert again == {"catalogue": 1, f"medium:{media[0]}": 2, f"medium:{media[1]}": 1}
        assert world.ask("SELECT count(*) FROM asset WHERE sha256 = 'evidence_builder:bad.mp4'") == 1

    def test_a_product_that_failed_has_everything_matched_again(self, world: World, film: str) -> None:
        job = world.start(media=(film,))
        world.run_all()
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'embedding' AND key = 'p0'")
        world.execute("UPDATE job SET state = 'partial' WHERE id = :job", job=job)
        world.control.retry(job)
        assert [ref.stage for ref in world.messages()] == ["embedding"]
        world.execute("UPDATE unit SET published_at = NULL")
        world.run_all()
        assert world.state(job) == "done"
        again = {row[0] for row in world.rows("SELECT DISTINCT stage FROM unit WHERE generation = 2")}
        assert again == {"embedding", "vector_index", "matcher", "sightings", "evidence_builder"}


class TestProgress:
    def test_only_the_newest_progress_is_kept(self, world: World) -> None:
        job = world.start()
        for _ in range(3):
            with world.resources.engine.begin() as connection:
                tell_progress(connection, job)
        assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.progress'") == 1
        world.run(world.messages()[0])
        with world.resources.engine.begin() as connection:
            tell_progress(connection, job)
        ((data,),) = world.rows("SELECT data FROM job_event WHERE type = 'job.progress'")
        assert data["stages"]["catalog"] == {"done": 1}

    def test_an_ended_job_has_no_more_progress(self, world: World) -> None:
        job = world.start()
        world.run_all()
        with world.resources.engine.begin() as connection:
            tell_progress(connection, job)
        assert world.rows("SELECT type FROM job_event ORDER BY id") == [("job.started",), ("job.completed",)]
