"""SQL of removal. Every statement takes what is due and leaves what somebody still needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from scout_common.needs import NEEDED, forget_proposals
from sqlalchemy import Connection, Engine, text

ENDED = "state IN ('done', 'partial', 'failed', 'cancelled')"
GRACE = "1 hour"

JOBS_DUE = text(f"""
    DELETE FROM job WHERE id IN (
        SELECT id FROM job WHERE {ENDED} AND kind = :kind AND finished_at < :before ORDER BY finished_at LIMIT 500)
""")  # noqa: S608  (of our own texts)
ONE_JOB = text(f"DELETE FROM job WHERE id = :job AND {ENDED}")  # noqa: S608
ACTIVE = text("SELECT count(*) FROM job WHERE state IN ('submitted', 'running')")

DUE = {
    "reading": text("DELETE FROM reading WHERE created_at < :before"),
    "review": text(
        "DELETE FROM review_item WHERE decided_at < :before AND state IN ('accepted','corrected','entered','rejected')"
    ),
    "truth": text("DELETE FROM ground_truth WHERE at < :before"),
    "copy": text("DELETE FROM web_copy WHERE checked_at < :before"),
}

# Whole uploads that no job used; while one runs, it may be about to.
UPLOADS_DUE = text("""
    DELETE FROM upload u WHERE u.created_at < :before AND u.sha256 IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM medium m WHERE m.sha256 = u.sha256)
      AND NOT EXISTS (SELECT 1 FROM job j WHERE j.state IN ('submitted', 'running'))
    RETURNING u.sha256
""")
BACKFILLED = text("""
    SELECT DISTINCT i.sha256 FROM backfill_item i JOIN backfill b ON b.id = i.backfill_id
    WHERE b.state = 'done' AND b.finished_at < :before AND i.sha256 IS NOT NULL
""")
# Files that a run sealed beside its sources, in a store that is not ours, open with its key alone: run and key stay.
BACKFILLS_DUE = text("""
    DELETE FROM backfill b WHERE b.state = 'done' AND b.finished_at < :before
      AND NOT (coalesce(b.wanted -> 'beside', '[]') <> '[]'
               AND EXISTS (SELECT 1 FROM data_key d WHERE d.owner_id = b.id))
""")
BACKFILL_ITEMS_DUE = text("""
    WITH gone AS (
        DELETE FROM backfill_item i USING backfill b
        WHERE b.id = i.backfill_id AND b.state = 'done' AND b.finished_at < :before RETURNING i.backfill_id)
    SELECT count(DISTINCT backfill_id) FROM gone
""")
# Of these files those that nobody else speaks of: they lie in a store that is not ours.
STRANGE = text("""
    SELECT s.sha256 FROM unnest(CAST(:shas AS text[])) AS s (sha256)
    WHERE NOT EXISTS (SELECT 1 FROM asset a WHERE a.sha256 = s.sha256)
      AND NOT EXISTS (SELECT 1 FROM backfill_item b WHERE b.sha256 = s.sha256)
      AND NOT EXISTS (SELECT 1 FROM ocr_file f WHERE f.sha256 = s.sha256)
""")
OF_SOURCES = (
    text("DELETE FROM reading WHERE sha256 = ANY(:shas)"),
    text("DELETE FROM observed_value WHERE source_sha256 = ANY(:shas)"),
    text("DELETE FROM review_item WHERE source_sha256 = ANY(:shas)"),
)
# Of these files those that are no asset, no upload and no medium: blobs that only one row spoke of.
UNKNOWN = text("""
    SELECT s.sha256 FROM unnest(CAST(:shas AS text[])) AS s (sha256)
    WHERE NOT EXISTS (SELECT 1 FROM asset a WHERE a.sha256 = s.sha256)
      AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.sha256 = s.sha256)
      AND NOT EXISTS (SELECT 1 FROM medium m WHERE m.sha256 = s.sha256)
""")

# Media no job names: their keyframes, segments and strips.
LOST_MEDIA = text("""
    SELECT m.id, m.sha256 FROM medium m WHERE NOT EXISTS (SELECT 1 FROM job_medium j WHERE j.medium_id = m.id)
    ORDER BY m.id LIMIT 100 FOR UPDATE SKIP LOCKED
""")
STRIPS = text("SELECT sampler, medium_id, start_s FROM segment WHERE medium_id = ANY(:media)")
FORGET_MEDIA = (
    text("DELETE FROM segment WHERE medium_id = ANY(:media)"),
    text("DELETE FROM keyframe WHERE medium_id = ANY(:media)"),
    text("DELETE FROM medium WHERE id = ANY(:media)"),
)

MARK = text(f"""
    UPDATE asset a SET unreferenced_at = CASE WHEN {NEEDED} THEN NULL ELSE now() END
    WHERE (a.unreferenced_at IS NULL) <> ({NEEDED})
""")  # noqa: S608
LOST_ASSETS = text(f"""
    SELECT a.sha256, a.bytes FROM asset a
    WHERE NOT ({NEEDED}) AND (:now OR a.unreferenced_at < now() - interval '{GRACE}')
    ORDER BY a.sha256 LIMIT 200 FOR UPDATE SKIP LOCKED
""")  # noqa: S608
FEATURES = text("DELETE FROM feature WHERE image_sha256 = ANY(:shas) RETURNING blob_key")
OF_ASSETS = (
    text("DELETE FROM item_vector WHERE kind = 'product_image' AND item = ANY(:shas)"),
    text("DELETE FROM frame_vector WHERE image_sha256 = ANY(:shas)"),
    text("DELETE FROM frame_result WHERE image_sha256 = ANY(:shas)"),
    *OF_SOURCES,
    text("DELETE FROM asset WHERE sha256 = ANY(:shas)"),
)

LOST_INDEXES = text("""
    DELETE FROM catalogue_index c WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.catalogue_hash = c.catalogue_hash)
    RETURNING blob_key
""")


def remove_jobs(connection: Connection, kind: str, before: datetime) -> int:
    """Ended jobs of a kind with everything that is theirs alone; at most 500 at once."""
    return connection.execute(JOBS_DUE, {"kind": kind, "before": before}).rowcount


def remove_job(connection: Connection, job: UUID) -> int:
    """One job; 0 where there is none, or it has not ended."""
    return connection.execute(ONE_JOB, {"job": job}).rowcount


def remove_due(connection: Connection, kind: str, before: datetime) -> int:
    """Rows of another kind than jobs."""
    return connection.execute(DUE[kind], {"before": before}).rowcount


def active_jobs(connection: Connection) -> int:
    """Jobs that may be about to use a file again."""
    return int(connection.execute(ACTIVE).scalar_one())


def remove_uploads(connection: Connection, before: datetime) -> tuple[int, list[str]]:
    """Uploads that no job used: how many, and the blobs that went with them."""
    shas = list(connection.execute(UPLOADS_DUE, {"before": before}).scalars())
    return len(shas), _unknown(connection, shas)


def remove_backfills(connection: Connection, before: datetime) -> int:
    """Ended backfills with what was read of files that nobody else speaks of; where they sealed files beside their
    sources, all but the run and its key."""
    shas = list(connection.execute(BACKFILLED, {"before": before}).scalars())
    count = connection.execute(BACKFILLS_DUE, {"before": before}).rowcount
    count += int(connection.execute(BACKFILL_ITEMS_DUE, {"before": before}).scalar_one())
    strange = list(connection.execute(STRANGE, {"shas": shas}).scalars())
    for statement in OF_SOURCES if strange else ():
        connection.execute(statement, {"shas": strange})
    return count


def lost_media(connection: Connection) -> tuple[int, list[tuple[str, str, float]], list[str]]:
    """Forget up to 100 media that no job names: how many, (sampler, medium, start) of their strips, their own blobs."""
    rows = connection.execute(LOST_MEDIA).all()
    media = [row.id for row in rows]
    if not media:
        return 0, [], []
    strips = [(row.sampler, str(row.medium_id), row.start_s) for row in connection.execute(STRIPS, {"media": media})]
    for statement in FORGET_MEDIA:
        connection.execute(statement, {"media": media})
    return len(media), strips, _unknown(connection, [row.sha256 for row in rows])


def lost_assets(connection: Connection, *, now: bool) -> tuple[Sequence[str], Sequence[str], int]:
    """Forget up to 200 stored files that nobody needs and what follows from them: (hashes, further blobs, bytes).

    now: also those that somebody needed within the last hour."""
    rows = connection.execute(LOST_ASSETS, {"now": now}).all()
    shas = [row.sha256 for row in rows]
    if not shas:
        return (), (), 0
    more = list(connection.execute(FEATURES, {"shas": shas}).scalars())
    forget_proposals(connection, shas)
    for statement in OF_ASSETS:
        connection.execute(statement, {"shas": shas})
    return shas, more, sum(row.bytes for row in rows)


def lost_indexes(connection: Connection) -> list[str]:
    """Forget voting indexes of catalogues that no job has; their blobs."""
    return list(connection.execute(LOST_INDEXES).scalars())


def mark_unneeded(connection: Connection) -> None:
    """Note since when nobody needs a file."""
    connection.execute(MARK)


def _unknown(connection: Connection, shas: Sequence[str]) -> list[str]:
    return list(connection.execute(UNKNOWN, {"shas": list(shas)}).scalars()) if shas else []


@contextmanager
def never(engine: Engine) -> Iterator[Connection]:
    """A transaction that is taken back, to see what would happen."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
