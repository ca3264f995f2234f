"""The end of work: rows and children in one transaction, or a failure with its pause."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from scout_common.ledger.commit import Patience, commit_batch, fail, fail_dead_letter
from scout_common.work import Batch, Child, Issue, Unit
from scout_contracts.events import ProductsImagesReady

from tests.integration.toy import SHA, Row, save
from tests.integration.world import World

PATIENCE = Patience(max_attempts=3, backoff_s=100, backoff_cap_s=1000)
IMAGE = ProductsImagesReady(product_id="p", image_sha256=SHA)


class TestFailure:
    def test_pauses_double_until_the_last_attempt(self, world: World) -> None:
        world.start()
        pauses = []
        for attempt in (1, 2, 3):
            (ref,) = world.messages()
            state = fail(world.resources.engine, world.take(ref), {"kind": "x"}, PATIENCE, permanent=False)
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
        assert fail(world.resources.engine, world.take(ref), {"kind": "x"}, PATIENCE, permanent=True) == "failed"

    def test_dead_letters_fail_only_what_they_speak_of(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = world.take(ref)
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
        unit = world.take(ref)
        child = Child(stage="embedding", key="p", event=IMAGE)
        commit_batch(world.resources.engine, unit, Batch(children=(child,)), save, last=False)
        world.execute("UPDATE unit SET state = 'done' WHERE stage = 'embedding'")
        commit_batch(world.resources.engine, unit, Batch(children=(child, child)), save, last=True)
        assert world.rows("SELECT state, generation FROM unit WHERE stage = 'embedding'") == [("done", 1)]

    def test_rows_children_and_issues_come_together_or_not_at_all(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        unit = world.take(ref)

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
