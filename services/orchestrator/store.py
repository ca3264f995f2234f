"""Job control for the API, the flow, the command line and the keeper. The ledger has the SQL of jobs and units."""

from typing import Any
from uuid import uuid4

from scout_common import uploads
from scout_common.errors import Conflict, NotFound
from scout_common.ledger import control
from sqlalchemy import Connection, Engine, text

from services.orchestrator.handler import roots
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

NOTE_FLOW_RUN = text("UPDATE job SET flow_run_id = :flow_run WHERE id = :job")


def start_job(
    engine: Engine, request: JobRequest, *, idempotency_key: str | None = None, tenant_id: str = "default"
) -> tuple[str, bool]:
    """Insert a job; returns its id, and whether it is new (the same idempotency key gives the same job).

    Raises Conflict where the key was used for another request, NotFound and Conflict for uploads that cannot be used.
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
            connection.execute(text("NOTIFY scout_work"))
    return job_id, new


def insert_roots(engine: Engine, job_id: str) -> bool:
    """Pick a submitted job up: look up its media and insert its root units. False where somebody else did.

    Raises NotFound."""
    with engine.connect() as connection:
        spec: dict[str, Any] | None = connection.execute(JOB_SPEC, {"job": job_id}).scalar_one_or_none()
    if spec is None:
        raise NotFound("there is no such job", subject=job_id)
    children, issues = roots(spec, [look_up(entry) for entry in spec["media"]])
    with engine.begin() as connection:
        generation = control.pick_up(connection, job_id)
        if generation is None:
            return False
        control.begin(connection, job_id, children, issues, generation=generation)
    return True


def cancel(engine: Engine, job_id: str) -> str:
    """Cancel a job; returns its state then (one that had ended stays as it was). Raises NotFound."""
    return control.cancel_job(engine, job_id)


def retry(engine: Engine, job_id: str) -> int:
    """Do again what failed and what depends on it; returns how many units. Raises NotFound, Conflict."""
    return control.retry_job(engine, job_id)


def note_flow_run(engine: Engine, job_id: str, flow_run_id: str) -> None:
    """Remember which flow run shows this job."""
    with engine.begin() as connection:
        connection.execute(NOTE_FLOW_RUN, {"job": job_id, "flow_run": flow_run_id})


def _need_uploads(connection: Connection, request: JobRequest, tenant_id: str) -> None:
    """Say at once that an upload is missing or not complete, not when the job comes to it."""
    for source in request.media:
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
