"""The rows of stored blobs: who needs what. The bytes are in the blob store, under their hash."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from scout_common.blobs import BlobStore

ADD_ASSET = text("""
    INSERT INTO asset (tenant_id, sha256, media_type, bytes) VALUES (:tenant, :sha256, :media_type, :bytes)
    ON CONFLICT DO NOTHING
""")
REFER_TO_ASSET = text("""
    INSERT INTO asset_ref (tenant_id, sha256, job_id) VALUES (:tenant, :sha256, :job) ON CONFLICT DO NOTHING
""")


REGISTERED = text("SELECT 1 FROM asset WHERE sha256 = :sha256")


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A stored blob, known by the sha256 of its bytes."""

    sha256: str
    media_type: str
    bytes: int


def keep_assets(connection: Connection, *, tenant: str, job: str, assets: Iterable[Asset]) -> None:
    """Register blobs and say that the job needs them; blobs that are known already only gain the reference."""
    rows = [{"tenant": tenant, "job": job, **vars(asset)} for asset in assets]
    if rows:
        connection.execute(ADD_ASSET, rows)
        connection.execute(REFER_TO_ASSET, rows)


def drop_unregistered(engine: Engine, blobs: BlobStore, shas: Iterable[str]) -> None:
    """Delete blobs that nobody has registered: what was to refer to them was not written, or is gone."""
    for sha in shas:
        with engine.connect() as connection:
            registered = connection.execute(REGISTERED, {"sha256": sha}).first()
        if registered is None:
            blobs.delete(sha)
