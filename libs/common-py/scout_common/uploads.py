"""Media that come in parts: their rows. Whole ones are blobs; `upload:<id>` names one in a job's media list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

PREFIX = "upload:"
ADDRESS = "/api/v1/uploads"

ADD = text("""
    INSERT INTO upload (id, tenant_id, name, bytes, expires_at)
    VALUES (:id, :tenant, :name, :bytes, now() + make_interval(secs => :seconds))
    RETURNING id::text, name, bytes, sha256, expires_at
""")
FIND = text("""
    SELECT id::text, name, bytes, sha256, expires_at FROM upload
    WHERE tenant_id = :tenant AND id = :id AND (sha256 IS NOT NULL OR expires_at > now())
""")
# A part that came gives the rest more time.
PROLONG = text("""
    UPDATE upload SET expires_at = now() + make_interval(secs => :seconds)
    WHERE tenant_id = :tenant AND id = :id RETURNING expires_at
""")
FINISH = text("UPDATE upload SET sha256 = :sha256 WHERE tenant_id = :tenant AND id = :id")
FORGET = text("DELETE FROM upload WHERE tenant_id = :tenant AND id = :id")
FORGET_EXPIRED = text("DELETE FROM upload WHERE sha256 IS NULL AND expires_at <= now() RETURNING id::text")
# What unfinished uploads may still bring: their number and bytes.
UNFINISHED = text(
    "SELECT count(*) AS number, coalesce(sum(bytes), 0)::bigint AS bytes FROM upload WHERE sha256 IS NULL"
)
# Content that came in by more than one way is one blob: who forgets an upload must not take it from the others.
IN_USE = text("""
    SELECT EXISTS (SELECT 1 FROM medium WHERE sha256 = :sha256) OR EXISTS (SELECT 1 FROM upload WHERE sha256 = :sha256)
        OR EXISTS (SELECT 1 FROM asset WHERE sha256 = :sha256) OR EXISTS (SELECT 1 FROM ocr_file WHERE sha256 = :sha256)
        OR EXISTS (SELECT 1 FROM backfill_item WHERE sha256 = :sha256)
""")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A medium on its way, or whole: then `sha256` names its blob."""

    id: str
    name: str
    bytes: int
    sha256: str | None
    expires_at: datetime


def upload_id(source: str) -> str | None:
    """The id in `upload:<id>`; None where the source is something else."""
    if not source.startswith(PREFIX):
        return None
    try:
        return str(UUID(source.removeprefix(PREFIX).strip()))
    except ValueError:
        return None


def add(connection: Connection, *, ident: str, tenant: str, name: str, size: int, seconds: float) -> Upload:
    """Expect a new upload for so many seconds."""
    values = {"id": ident, "tenant": tenant, "name": name, "bytes": size, "seconds": seconds}
    return Upload(**connection.execute(ADD, values).mappings().one())


def find(connection: Connection, *, tenant: str, ident: str) -> Upload | None:
    """The upload; None where there is none, or it has expired unfinished."""
    row = connection.execute(FIND, {"tenant": tenant, "id": ident}).mappings().first()
    return None if row is None else Upload(**row)


def prolong(connection: Connection, *, tenant: str, ident: str, seconds: float) -> datetime | None:
    """Let an unfinished upload live on; returns until when, None where it was removed."""
    return connection.execute(PROLONG, {"tenant": tenant, "id": ident, "seconds": seconds}).scalar()


def finish(connection: Connection, *, tenant: str, ident: str, sha256: str) -> None:
    """The upload is whole, and this blob."""
    connection.execute(FINISH, {"tenant": tenant, "id": ident, "sha256": sha256})


def forget(connection: Connection, *, tenant: str, ident: str) -> None:
    """Remove the row."""
    connection.execute(FORGET, {"tenant": tenant, "id": ident})


def forget_expired(connection: Connection) -> list[str]:
    """Remove the rows of unfinished uploads whose time is over; returns their ids."""
    return list(connection.execute(FORGET_EXPIRED).scalars())


def unfinished(connection: Connection) -> tuple[int, int]:
    """(number, bytes in all) of the uploads that are expected."""
    row = connection.execute(UNFINISHED).one()
    return int(row.number), int(row.bytes)


def in_use(connection: Connection, sha256: str) -> bool:
    """Whether a job, a task or a backfill knows this content, or another upload is it."""
    return bool(connection.execute(IN_USE, {"sha256": sha256}).scalar())
