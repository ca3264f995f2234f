"""Jobs begin, are cancelled, are tried again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

import pytest
from scout_common.errors import BadRequest, Conflict, LeaseLost, NotFound
from scout_common.ledger.commit import add_children, commit_batch
from scout_common.work import Batch, Child
from scout_contracts.codec import UnitRef
from scout_contracts.events import FramesSearchRequest, MatchFramesReady, ProductsImagesReady, VideosKeyframesReady
from sqlalchemy import Connection, text

from services.orchestrator.control import LedgerControl
from services.orchestrator.media import need_catalogue
from services.orchestrator.request import JobRequest
from tests.integration.toy import SHA, Row, save
from tests.integration.world import World

CHOOSING = [
    Child(stage="embedding_frame", key="m/0", event=VideosKeyframesReady(medium_id="m", frames=[[0.0, SHA]])),
    Child(stage="frame_search", key="m", event=FramesSearchRequest(medium_id="m", nearest=2), state="waiting"),
    Child(stage="sightings", key="m", event=MatchFramesReady(medium_id="m"), state="waiting"),
]
MATCHED = """
    SELECT (frame->>0)::float8 FROM unit, jsonb_array_elements(payload->'frames') frame
    WHERE stage = 'matcher' AND state = 'done'
"""


def choosing(world: World) -> str:
    """A job that matches some of a medium's stored keyframes."""
    job = world.start()
    with world.resources.engine.begin() as connection:
        add_children(connection, job, CHOOSING, scope="medium:m", generation=1)
    return job


def first(world: World, stage: str) -> UnitRef:
    """Work until there is a message for that stage."""
    while True:
        for ref in world.messages():
            if ref.stage == stage:
                return ref
            world.run(ref)


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

    def test_a_catalogue_that_is_not_there_makes_no_job(self, world: World, tmp_path: Path) -> None:
        control = LedgerControl(world.resources.engine, world.resources.settings, check=need_catalogue)
        request = JobRequest(catalogue=str(tmp_path / "p.csv"))
        with pytest.raises(BadRequest, match=r"p\.csv: there is no such file"):
            control.start_job(request, "k")
        assert world.ask("SELECT count(*) FROM job") == 0
        (tmp_path / "p.csv").touch()
        job, _ = control.start_job(request, "k")
        (tmp_path / "p.csv").unlink()
        assert control.start_job(request, "k") == (job, False)  # the job is there, whatever became of the file

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
        unit = world.take(ref)
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
        assert world.control.retry(job) == 2  # the medium, and the booths of the whole job
        world.run_all()
        assert world.state(job) == "done"
        assert world.ask("SELECT error FROM job") is None
        again = dict(world.rows("SELECT scope, max(generation) FROM unit GROUP BY scope"))
        assert again == {"catalogue": 1, f"medium:{media[0]}": 2, f"medium:{media[1]}": 1, "job": 2}
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
        assert again == {"embedding", "vector_index", "matcher", "sightings", "evidence_builder", "booths"}

    def test_evidence_is_drawn_again_only_from_the_sightings_found_again(self, world: World, film: str) -> None:
        job = world.start(media=(film,))
        world.run_all()
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'evidence_builder'")
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'matcher' AND key LIKE '%#0.0'")
        world.execute("UPDATE job SET state = 'partial' WHERE id = :job", job=job)
        world.control.retry(job)
        assert [ref.stage for ref in world.messages()] == ["matcher"]  # not yet the evidence, of what may change
        world.execute("UPDATE unit SET published_at = NULL")
        world.run_all()
        assert world.state(job) == "done"
        ended = dict(world.rows("SELECT stage, max(finished_at) FROM unit WHERE generation = 2 GROUP BY stage"))
        assert ended["evidence_builder"] > ended["sightings"] > ended["matcher"]

    @pytest.mark.parametrize("failed", [["embedding"], ["embedding_frame"], ["embedding_frame", "keypoint", "matcher"]])
    def test_keyframes_chosen_again_are_those_that_are_matched(self, world: World, failed: list[str]) -> None:
        job = choosing(world)
        world.run_all()
        assert sorted(world.rows(MATCHED)) == [(0.0,), (1.0,), (5.0,)]
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = ANY(:failed)", failed=failed)
        world.execute("UPDATE job SET state = 'partial' WHERE id = :job", job=job)
        (world.resources.scratch / "repaired").touch()
        world.control.retry(job)
        world.run_all()
        assert world.state(job) == "done"
        assert sorted(world.rows(MATCHED)) == [(0.0,), (2.0,)]
        assert world.rows("SELECT DISTINCT generation FROM unit WHERE stage IN ('keypoint', 'matcher')") == [(2,)]

    @pytest.mark.parametrize("failed", ["keypoint", "matcher", "sightings"])
    def test_chosen_keyframes_stay_where_only_their_matching_failed(self, world: World, failed: str) -> None:
        job = choosing(world)
        world.run_all()
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = :failed", failed=failed)
        world.execute("UPDATE job SET state = 'partial' WHERE id = :job", job=job)
        world.control.retry(job)
        world.run_all()
        assert world.state(job) == "done"
        assert sorted(world.rows(MATCHED)) == [(0.0,), (1.0,), (5.0,)]

    def test_the_worker_of_a_unit_that_was_made_anew_writes_nothing(self, world: World) -> None:
        job = choosing(world)
        held = world.take(first(world, "keypoint"))
        world.control.cancel(job)
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'embedding' AND key = 'p0'")
        world.control.retry(job)
        anew = world.take(first(world, "keypoint"))
        assert (anew.key, anew.attempt, anew.generation) == (held.key, held.attempt, 2)
        with pytest.raises(LeaseLost):
            commit_batch(world.resources.engine, held, Batch(), save, last=True)
        commit_batch(world.resources.engine, anew, Batch(), save, last=True)

    def test_a_stage_that_the_job_does_not_want_stays_skipped(self, world: World, film: str) -> None:
        wanted = ["catalog", "keypoint_product", "embedding", "vector_index", "media_ingestion", "keypoint"]
        job = world.start(media=(film,), options={"stages": wanted})
        world.run_all()
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'embedding' AND key = 'p0'")
        world.execute("UPDATE job SET state = 'partial' WHERE id = :job", job=job)
        world.control.retry(job)
        world.run_all()
        assert world.state(job) == "done"
        assert world.rows("SELECT DISTINCT state FROM unit WHERE stage IN ('matcher', 'sightings')") == [("skipped",)]

    def test_evidence_that_failed_alone_is_drawn_again(self, world: World, film: str) -> None:
        job = world.start(media=(film,))
        world.run_all()
        world.execute("UPDATE unit SET state = 'failed' WHERE stage = 'evidence_builder'")
        world.execute("UPDATE job SET state = 'partial' WHERE id = :job", job=job)
        assert world.control.retry(job) == 2  # and the booths, which its picture names
        assert [ref.stage for ref in world.messages()] == ["evidence_builder"]

    @pytest.mark.parametrize("what", ["children", "the job"])
    def test_a_batch_that_is_just_being_written_leaves_nothing_behind(self, world: World, what: str) -> None:
        """Its children are not there yet when cancelling looks for what to cancel; and it may want the job's row."""
        job = world.start(catalogue="c-2")
        unit = world.take(world.messages()[0])
        writing, cancelling = Event(), Event()

        def slow(connection: Connection, *_: object) -> None:
            writing.set()
            assert cancelling.wait(10)
            sleep(0.3)  # cancelling has come to the unit that this transaction holds
            if what == "the job":
                connection.execute(text("UPDATE job SET catalogue_hash = 'h'"))

        child = Child(stage="embedding", key="p", event=ProductsImagesReady(product_id="p", image_sha256=SHA))
        batch = Batch(rows=(Row("r"),), children=(child,))
        with ThreadPoolExecutor(2) as pool:
            written = pool.submit(commit_batch, world.resources.engine, unit, batch, slow, last=True)
            assert writing.wait(10)
            ended = pool.submit(world.control.cancel, job)
            cancelling.set()
            assert ended.result(20) == "cancelled"
            written.result(20)
        assert world.rows("SELECT stage, state FROM unit ORDER BY stage") == [
            ("catalog", "done"),
            ("embedding", "cancelled"),
            ("vector_index", "cancelled"),
        ]
