"""A retried job: what is found again keeps its row and the analyst's word; what is not is forgotten."""

from uuid import UUID, uuid4

from scout_common.ids import match_id, medium_id, product_id
from scout_common.ledger.control import insert_job
from scout_common.work import Unit
from sqlalchemy import Engine, text
from sqlalchemy.event import listen

from services.matcher.handler import FrameRow, MatchRow, MediumRow
from services.matcher.store import save

MEDIUM, TEA = medium_id("default", "0" * 64), product_id("default", "tea")


def unit(job_id: str, generation: int) -> Unit:
    return Unit(
        job_id=job_id,
        tenant_id="default",
        stage="sightings",
        key=MEDIUM,
        scope=f"medium:{MEDIUM}",
        generation=generation,
        payload={"medium_id": MEDIUM},
        attempt=1,
        fence=generation,
    )


def sighting(job_id: str, start_s: float, probability: float) -> MatchRow:
    return MatchRow(
        id=match_id(job_id, MEDIUM, TEA, round(start_s * 1000)),
        medium_id=MEDIUM,
        product_id=TEA,
        family=[],
        start_s=start_s,
        end_s=start_s + 1,
        best_s=start_s,
        probability=probability,
        sibling_risk=0.0,
        facings=1,
        frames=1,
        frame_sha256="1" * 64,
        image_sha256="2" * 64,
        detection={},
        boxes=[],
        signals={},
    )


def test_what_results_are_remembered_under_is_asked_once_a_batch(engine: Engine) -> None:
    asked: list[str] = []
    with engine.begin() as connection:
        job, _ = insert_job(connection, spec={"options": {}}, title=str(uuid4()))
        connection.execute(text("UPDATE job SET catalogue_hash = 'h' WHERE id = :job"), {"job": job})
        listen(connection, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
        frames = tuple(FrameRow(image_sha256=f"{number:064}", result=b"r") for number in range(8))
        save(connection, unit(job, 1), frames)
        assert connection.execute(text("SELECT count(*) FROM frame_result")).scalar_one() == 8
    assert len([statement for statement in asked if "FROM job" in statement]) <= 2


def said(engine: Engine) -> dict[UUID, tuple[str, float, int]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, state, probability, generation FROM match")).all()
    return {row.id: (row.state, row.probability, row.generation) for row in rows}


def test_what_is_found_again_keeps_its_verdict(engine: Engine) -> None:
    summary = MediumRow(medium_id=MEDIUM, candidates=[], decoys=[], decoy_scale=1.0, frames=1)
    with engine.begin() as connection:
        job, _ = insert_job(connection, spec={}, title=str(uuid4()))
        connection.execute(
            text("""
                INSERT INTO medium (id, sha256, kind, media_type, duration_s, width, height)
                VALUES (:id, :sha, 'video', 'video/mp4', 60, 10, 10)
            """),
            {"id": MEDIUM, "sha": "0" * 64},
        )
        connection.execute(text("INSERT INTO product (id, sku, title) VALUES (:id, 'tea', 'Tea')"), {"id": TEA})
        save(connection, unit(job, 1), (summary, sighting(job, 2.0, 0.6), sighting(job, 30.0, 0.7)))
        connection.execute(text("UPDATE match SET state = 'accepted', evidence_sha256 = 'old', proof_sha256 = 'old'"))
        save(connection, unit(job, 2), (summary, sighting(job, 2.0, 0.9)))
    assert said(engine) == {UUID(sighting(job, 2.0, 0).id): ("accepted", 0.9, 2)}
    with engine.connect() as connection:  # drawn of what was found before
        assert connection.execute(text("SELECT evidence_sha256, proof_sha256 FROM match")).all() == [(None, None)]
