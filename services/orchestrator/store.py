"""Job control for the API, the flow, the command line and the keeper. The ledger has the SQL of jobs and units."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from scout_common import uploads
from scout_common.errors import Conflict, NotFound
from scout_common.ledger import control
from scout_common.sampling import job_sampling, sampler_of
from sqlalchemy import Connection, Engine, text

from services.orchestrator.handler import StoredMedium, roots, stored_roots
from services.orchestrator.media import look_up
from services.orchestrator.request import JobRequest, Show

# A show is known by its name; what a later job knows better replaces what was known.
UPSERT_SHOW = text("""
    INSERT INTO show (id, tenant_id, name, place, starts_on, ends_on)
    VALUES (:id, :tenant, :name, :place, :starts_on, :ends_on)
    ON CONFLICT (tenant_id, name) DO UPDATE SET
        place = coalesce(excluded.place, show.place), starts_on = coalesce(excluded.starts_on, show.starts_on),
        ends_on = coalesce(excluded.ends_on, show.ends_on)
    RETURNING id::text
""")

JOB_SPEC = text("SELECT spec FROM job WHERE id = CAST(:job AS uuid)")

# What another job searched, for a job that searches its keyframes again.
MEDIA_OF_JOB = text("""
    SELECT medium_id::text AS id, min(name) AS name FROM job_medium
    WHERE job_id = :source GROUP BY medium_id ORDER BY name, id
""")
KEYFRAMES_OF_JOB = text("""
    SELECT k.medium_id::text AS id, k.time_s, k.image_sha256 FROM keyframe k
    WHERE k.sampler = :sampler AND k.medium_id IN (SELECT medium_id FROM job_medium WHERE job_id = :source)
    ORDER BY k.medium_id, k.time_ms
""")
SHARE_MEDIA = text("""
    INSERT INTO job_medium (job_id, tenant_id, medium_id, scope, uri, name)
    SELECT :job, tenant_id, medium_id, scope, uri, name FROM job_medium WHERE job_id = :source ON CONFLICT DO NOTHING
""")
SHARE_ASSETS = text("""
    INSERT INTO asset_ref (tenant_id, sha256, job_id)
    SELECT r.tenant_id, r.sha256, :job FROM asset_ref r
    WHERE r.job_id = :source AND r.sha256 IN (
        SELECT k.image_sha256 FROM keyframe k JOIN job_medium m ON m.medium_id = k.medium_id WHERE m.job_id = :source)
    ON CONFLICT DO NOTHING
""")

NOTE_FLOW_RUN = text("UPDATE job SET flow_run_id = :flow_run WHERE id = :job")


def start_job(
    engine: Engine,
    request: JobRequest,
    *,
    idempotency_key: str | None = None,
    tenant_id: str = "default",
    check: Callable[[str], None] = lambda catalogue: None,
) -> tuple[str, bool]:
    """Insert a job; returns its id, and whether it is new (the same idempotency key gives the same job).

    Raises Conflict where the key was used for another request, NotFound and Conflict for uploads that cannot be used,
    and what `check` raises of the catalogue of a new job.
    """
    with engine.begin() as connection:
        _need_uploads(connection, request, tenant_id)
        job_id, new = control.insert_job(
            connection,
            spec=request.to_spec(),
            title=request.shown_title,
            tenant_id=tenant_id,
            idempotency_key=idempotency_key,
            show_id=_show(connection, request.show, tenant_id),
        )
        if new:
            check(request.catalogue)
            connection.execute(text("NOTIFY scout_work"))
    return job_id, new


def insert_roots(engine: Engine, job_id: str) -> bool:
    """Pick a submitted job up: look up its media and insert its root units. False where somebody else did.

    Raises NotFound."""
    with engine.connect() as connection:
        spec: dict[str, Any] | None = connection.execute(JOB_SPEC, {"job": job_id}).scalar_one_or_none()
    if spec is None:
        raise NotFound("there is no such job", subject=job_id)
    found = [look_up(entry) for entry in spec["media"]]
    with engine.begin() as connection:
        generation = control.pick_up(connection, job_id)
        if generation is None:
            return False
        again = spec.get("frames_of")
        children, issues = stored_roots(spec, _shared(connection, job_id, again)) if again else roots(spec, found)
        control.begin(connection, job_id, children, issues, generation=generation)
    return True


def options_of(engine: Engine, job_id: str) -> dict[str, Any]:
    """The options another job was started with. Raises NotFound."""
    with engine.connect() as connection:
        spec: dict[str, Any] | None = connection.execute(JOB_SPEC, {"job": job_id}).scalar_one_or_none()
    if spec is None:
        raise NotFound("there is no such job", subject=job_id, hint="`scout job list` shows them")
    return dict(spec["options"])


def _shared(connection: Connection, job_id: str, source: str) -> list[StoredMedium]:
    """The media of another job become this job's as well; with the keyframes that are stored of each."""
    between = {"job": job_id, "source": source}
    connection.execute(SHARE_MEDIA, between)
    connection.execute(SHARE_ASSETS, between)
    asked = {"source": source, "sampler": sampler_of(job_sampling(connection, job_id))}
    frames: dict[str, list[tuple[float, str]]] = {}
    for row in connection.execute(KEYFRAMES_OF_JOB, asked):
        frames.setdefault(row.id, []).append((row.time_s, row.image_sha256))
    media = connection.execute(MEDIA_OF_JOB, {"source": source})
    return [StoredMedium(id=row.id, name=row.name, frames=frames.get(row.id, [])) for row in media]


def cancel(engine: Engine, job_id: str) -> str:
    """Cancel a job; returns its state then (one that had ended stays as it was). Raises NotFound."""
    return control.cancel_job(engine, job_id)


def retry(engine: Engine, job_id: str) -> int:
    """Do again what failed and what depends on it; returns how many units. Raises NotFound, Conflict."""
    return control.retry_job(engine, job_id)


def note_flow_run(engine: Engine, job_id: str, flow_run_id: str | None) -> None:
    """Remember which flow run shows this job; None: it wants one."""
    with engine.begin() as connection:
        connection.execute(NOTE_FLOW_RUN, {"job": job_id, "flow_run": flow_run_id})


def _need_uploads(connection: Connection, request: JobRequest, tenant_id: str) -> None:
    """Say at once that an upload is missing or not complete, not when the job comes to it."""
    for source in (request.catalogue, *request.media):
        if not source.startswith(uploads.PREFIX):
            continue
        ident = uploads.upload_id(source)
        found = uploads.find(connection, tenant=tenant_id, ident=ident) if ident else None
        if found is None:
            raise NotFound("there is no such upload, or it has expired", subject=source, hint="Upload the file again.")
        if found.sha256 is None:
            raise Conflict("the upload is not complete", subject=source, hint="Send the rest of it first.")


def _show(connection: Connection, show: Show | None, tenant_id: str) -> str | None:
    if show is None:
        return None
    values = {"id": str(uuid4()), "tenant": tenant_id, **show.model_dump()}
    return str(connection.execute(UPSERT_SHOW, values).scalar_one())
