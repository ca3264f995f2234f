"""OCR tasks in the database: jobs of kind `ocr`, their files, what was read of them; begun, listed, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from scout_common.assets import Asset, drop_unregistered, keep_assets
from scout_common.blobs import BlobStore
from scout_common.http import TENANT
from scout_common.ledger import control
from scout_common.needs import USED, forget_proposals, lost_key_of, lost_words_of, words_of
from scout_common.paging import Cursor, Page, cut_page
from scout_common.vault import vault_of
from scout_common.work import Child
from scout_contracts.events import OcrRequest
from scout_ocr.reading import ReadOptions
from scout_ocr.reading_codec import options_to_json
from sqlalchemy import Connection, Engine, RowMapping, text

SORT = "-created"

# Files of jobs that still wait; counted no further than it matters.
WAITING = text("""
    SELECT count(*) FROM (
        SELECT 1 FROM unit u JOIN job j ON j.id = u.job_id
        WHERE j.state IN ('submitted', 'running') AND u.stage = 'ocr' AND u.state = 'pending' LIMIT :most
    ) AS waiting
""")
# How long a file takes, by the latest; what is already under way says how many are done at once.
PACE = text("""
    SELECT coalesce(avg(cpu_s), 0.5) AS each FROM (
        SELECT u.cpu_s FROM job j JOIN unit u ON u.job_id = j.id AND u.stage = 'ocr' AND u.state = 'done'
        WHERE j.tenant_id = :tenant AND j.kind = 'ocr' ORDER BY j.created_at DESC LIMIT 50) AS latest
""")

KNOWN = text("SELECT 1 FROM job WHERE tenant_id = :tenant AND idempotency_key = :key")
ADD_FILE = text("""
    INSERT INTO ocr_file (job_id, position, tenant_id, name, url, sha256, bytes)
    VALUES (:job, :position, :tenant, :name, :url, :sha256, :bytes)
""")

# Tasks that {where} chooses, newest first, each with how many of its files are read.
TASKS = """
    WITH page AS (
        SELECT * FROM job j WHERE tenant_id = :tenant AND kind = 'ocr' AND {where}
        ORDER BY created_at DESC, id LIMIT :limit
    )
    SELECT p.id, p.title, p.state, p.created_at, p.finished_at, p.spec,
           (SELECT count(*) FROM ocr_file f WHERE f.job_id = p.id) AS files,
           (SELECT count(*) FROM unit u WHERE u.job_id = p.id AND u.stage = 'ocr' AND u.state = 'done') AS read,
           (SELECT count(*) FROM unit u WHERE u.job_id = p.id AND u.stage = 'ocr' AND u.state = 'failed') AS failed
    FROM page p ORDER BY p.created_at DESC, p.id
"""

FILES = text("""
    SELECT f.position, f.name, f.sha256, f.media_type, f.bytes, f.url, f.reading_id::text AS reading, u.state,
           u.error
    FROM ocr_file f LEFT JOIN unit u
        ON u.job_id = f.job_id AND u.stage = 'ocr' AND u.key = lpad(f.position::text, 6, '0')
    WHERE f.tenant_id = :tenant AND f.job_id = :job AND (CAST(:file AS int) IS NULL OR f.position = :file)
    ORDER BY f.position
""")
RESULTS = text("SELECT id::text, result FROM reading WHERE id = ANY(CAST(:ids AS uuid[]))")

FORGET_JOB = text("DELETE FROM job WHERE tenant_id = :tenant AND id = :job AND kind = 'ocr'")
ASSETS_OF = text("SELECT sha256 FROM asset_ref WHERE job_id = :job ORDER BY sha256 FOR UPDATE")
HOLD_ASSETS = text("""
    SELECT sha256 FROM asset WHERE tenant_id = :tenant AND sha256 = ANY(:shas) ORDER BY sha256 FOR UPDATE
""")
# Content that nobody else has any more; asked after it is held, so that who came meanwhile is seen.
ALONE = text(f"""
    SELECT a.sha256 FROM asset a WHERE a.tenant_id = :tenant AND a.sha256 = ANY(:shas) AND NOT ({USED})
""")  # noqa: S608  (of our own texts)
DERIVED = (
    text("DELETE FROM reading WHERE tenant_id = :tenant AND sha256 = ANY(:shas)"),
    text("DELETE FROM observed_value WHERE tenant_id = :tenant AND source_sha256 = ANY(:shas)"),
    text("DELETE FROM review_item WHERE tenant_id = :tenant AND source_sha256 = ANY(:shas)"),
    text("DELETE FROM ground_truth WHERE tenant_id = :tenant AND source_sha256 = ANY(:shas)"),
)
# An accepted product goes on showing its picture.
SHOWN = text("SELECT source_sha256 FROM proposal WHERE source_sha256 = ANY(:shas) AND state = 'accepted'")
FORGET_ASSETS = text("DELETE FROM asset WHERE tenant_id = :tenant AND sha256 = ANY(:shas)")


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file of a new task: stored under `sha256`, or to be fetched from `url`."""

    name: str
    url: str | None = None
    sha256: str | None = None
    bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """Which tasks; None: any."""

    state: str | None = None
    name: str | None = None
    sha256: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def where(self) -> str:
        """SQL over `job j`; the values are this object's."""
        chosen = ["true"]
        if self.state is not None:
            chosen.append("state = :state")
        if self.since is not None:
            chosen.append("created_at >= :since")
        if self.until is not None:
            chosen.append("created_at < :until")
        if self.name is not None:
            chosen.append(
                "EXISTS (SELECT 1 FROM ocr_file f WHERE f.job_id = j.id AND strpos(lower(f.name), lower(:name)) > 0)"
            )
        if self.sha256 is not None:
            chosen.append("EXISTS (SELECT 1 FROM ocr_file f WHERE f.job_id = j.id AND f.sha256 = :sha256)")
        return " AND ".join(chosen)


def waiting(connection: Connection, most: int) -> int:
    """How many files of jobs wait to be read, at most `most`."""
    return int(connection.execute(WAITING, {"most": most}).scalar_one())


def known(connection: Connection, key: str | None) -> bool:
    """Whether a job was started with this idempotency key."""
    return key is not None and connection.execute(KNOWN, {"tenant": TENANT, "key": key}).first() is not None


def pause_s(connection: Connection, files: int, workers: int) -> int:
    """About how long until so many files are read, whole seconds, at most ten minutes."""
    each = float(connection.execute(PACE, {"tenant": TENANT}).scalar_one())
    return max(1, min(600, round(files * each / workers)))


def start(
    connection: Connection,
    files: Sequence[NewFile],
    options: ReadOptions,
    *,
    title: str,
    webhook_url: str | None = None,
    idempotency_key: str | None = None,
) -> tuple[str, bool]:
    """Insert a task with its units; returns its id, and False where the key was seen before. Raises Conflict."""
    spec: dict[str, Any] = {"options": options_to_json(options)}
    spec |= {"files": [file.url or file.sha256 for file in files]}
    spec |= {"webhook_url": webhook_url} if webhook_url else {}
    job, new = control.insert_job(
        connection, spec=spec, title=title, kind="ocr", tenant_id=TENANT, idempotency_key=idempotency_key
    )
    if not new:
        return job, False
    generation = control.pick_up(connection, job) or 1
    rows = [{"job": job, "tenant": TENANT, "position": place, **vars(file)} for place, file in enumerate(files)]
    connection.execute(ADD_FILE, rows)
    assets = {file.sha256: file.bytes for file in files if file.sha256}
    stored = [Asset(sha256=sha, media_type="application/octet-stream", bytes=size) for sha, size in assets.items()]
    keep_assets(connection, tenant=TENANT, job=job, assets=sorted(stored, key=lambda asset: asset.sha256))
    control.begin(connection, job, [_unit(place, file) for place, file in enumerate(files)], [], generation=generation)
    return job, True


def _unit(place: int, file: NewFile) -> Child:
    event = OcrRequest(position=place, name=file.name, sha256=file.sha256 or "", url=file.url or "")
    return Child(stage="ocr", key=f"{place:06d}", event=event, scope=f"file:{place}")


def tasks_page(connection: Connection, where: TaskFilter, *, limit: int, cursor: str | None) -> Page:
    """A page of tasks, newest first. Raises BadCursor."""
    values: dict[str, Any] = {"tenant": TENANT, "limit": limit + 1, **vars(where)}
    chosen = where.where()
    if cursor is not None:
        values["after"], values["after_id"] = Cursor.decode(cursor, SORT, (datetime, UUID)).values
        chosen += " AND (created_at < :after OR (created_at = :after AND id > :after_id))"
    rows = connection.execute(text(TASKS.format(where=chosen)), values).mappings().all()
    return cut_page(rows, limit, SORT, ("created_at", "id"))


def task_row(connection: Connection, job: UUID) -> RowMapping | None:
    """One task, with the columns of the list."""
    values = {"tenant": TENANT, "limit": 1, "job": job}
    return connection.execute(text(TASKS.format(where="id = :job")), values).mappings().first()


def files_of(connection: Connection, job: UUID, file: int | None = None) -> Sequence[RowMapping]:
    """The files of a task, in their order, with their units' states and errors."""
    return connection.execute(FILES, {"tenant": TENANT, "job": job, "file": file}).mappings().all()


def results_of(connection: Connection, readings: Sequence[str]) -> dict[str, Any]:
    """What was read, as JSON values, by the id of the reading."""
    rows = connection.execute(RESULTS, {"ids": list(readings)}).all()
    vault = vault_of(connection)
    return {row.id: vault.open_json(connection, f"reading/{row.id}", row.result) for row in rows}


def forget(engine: Engine, blobs: BlobStore, job: UUID) -> None:
    """Remove a task with its files, results and all that follows from them, as far as nobody else needs them."""
    with engine.begin() as connection:
        shas = list(connection.execute(ASSETS_OF, {"job": job}).scalars())
        connection.execute(FORGET_JOB, {"tenant": TENANT, "job": job})
        gone = _forget_files(connection, shas) if shas else []
        lost_key_of(connection, job, shas)
    drop_unregistered(engine, blobs, gone)  # but for what has come again meanwhile


def _forget_files(connection: Connection, shas: Sequence[str]) -> list[str]:
    """Forget what is left of files that nobody has any more; those whose blobs are to go."""
    connection.execute(HOLD_ASSETS, {"tenant": TENANT, "shas": shas})
    alone = list(connection.execute(ALONE, {"tenant": TENANT, "shas": shas}).scalars())
    if not alone:
        return []
    words = words_of(connection, TENANT, alone)
    for statement in DERIVED:
        connection.execute(statement, {"tenant": TENANT, "shas": alone})
    lost_words_of(connection, TENANT, words)
    shown = set(connection.execute(SHOWN, {"shas": alone}).scalars())
    gone = [sha for sha in alone if sha not in shown]
    forget_proposals(connection, gone)
    connection.execute(FORGET_ASSETS, {"tenant": TENANT, "shas": gone})
    return gone
