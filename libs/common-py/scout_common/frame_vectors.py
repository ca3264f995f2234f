"""Vectors of keyframes, region by region, in pgvector. The only SQL that knows the table frame_vector.

As with products, every query names one model as a literal, so that this model's partial index serves it.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from scout_vision.learned.regions import Region
from sqlalchemy import Connection, text

from scout_common.vectors import GRAPH, WIDEST_INDEX, breadth, checked_model, literal

INDEX_FROM = 2000
"""Below this many vectors reading all of them is as fast as the index."""
REGIONS_PER_FRAME = 8  # neighbours asked for per frame wanted: one frame often holds several of them
MOST_REGIONS = 1000

STAGE_ROWS = """
    CREATE TEMP TABLE IF NOT EXISTS frame_vector_load
        (tenant_id text, image_sha256 text, model text, region smallint, box real[], embedding halfvec) ON COMMIT DROP
"""
COPY_ROWS = """
    COPY frame_vector_load (tenant_id, image_sha256, model, region, box, embedding) FROM STDIN (FORMAT BINARY)
"""
KEEP_ROWS = """
    WITH kept AS (
        INSERT INTO frame_vector SELECT * FROM frame_vector_load ORDER BY tenant_id, image_sha256, model, region
        ON CONFLICT DO NOTHING RETURNING 1
    ), emptied AS (DELETE FROM frame_vector_load)
    SELECT count(*) FROM kept
"""
# The whole frame is region 0: its row says that all of the frame's are there, for they come in one transaction.
KNOWN = text("""
    SELECT image_sha256 FROM frame_vector
    WHERE tenant_id = :tenant AND image_sha256 = ANY(:images) AND model = :model AND region = 0
""")
STORED = text("""
    SELECT box, embedding::real[] AS embedding FROM frame_vector
    WHERE tenant_id = :tenant AND image_sha256 = :image AND model = :model ORDER BY region
""")
MANY = text("SELECT 1 FROM frame_vector WHERE model = :model OFFSET :count LIMIT 1")
CONDITIONS = {
    "job": """EXISTS (SELECT 1 FROM keyframe k JOIN job_medium j ON j.medium_id = k.medium_id
                      WHERE k.image_sha256 = v.image_sha256 AND k.tenant_id = v.tenant_id AND j.job_id = :job)""",
    "medium": """EXISTS (SELECT 1 FROM keyframe k WHERE k.image_sha256 = v.image_sha256
                         AND k.tenant_id = v.tenant_id AND k.medium_id = :medium)""",
}
NEAREST = """
    WITH nearest AS MATERIALIZED (
        SELECT v.image_sha256, v.box, {distance} AS distance FROM frame_vector v
        WHERE v.model = '{model}' AND v.tenant_id = :tenant {filters} ORDER BY {order} LIMIT :k)
    SELECT image_sha256, box, distance FROM nearest ORDER BY distance, image_sha256
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameVectors:
    """All vectors of one keyframe: regions and (R, D) float32, row by row; the first region is the whole frame."""

    image_sha256: str
    regions: Sequence[Region]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class FoundRegion:
    """The best region of a frame and its cosine similarity to what was asked."""

    image_sha256: str
    region: Region
    similarity: float


def copy_frame_vectors(
    connection: Connection, frames: Iterable[FrameVectors], model: str, tenant: str = "default"
) -> int:
    """Bulk-load by binary COPY; rows that are stored already stay as they are. Returns how many were new."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    register_vector(driver)
    with driver.cursor() as cursor:
        cursor.execute(STAGE_ROWS)
        with cursor.copy(COPY_ROWS) as copy:
            copy.set_types(["text", "text", "text", "int2", "float4[]", "halfvec"])
            for frame in frames:
                for number, (region, vector) in enumerate(zip(frame.regions, frame.vectors, strict=True)):
                    box = [region.left, region.top, region.right, region.bottom]
                    row = (tenant, frame.image_sha256, checked_model(model), number, box, HalfVector(vector))
                    copy.write_row(row)
        new = cursor.execute(KEEP_ROWS).fetchone()
    return int(new[0]) if new else 0


def known_frames(connection: Connection, model: str, images: Sequence[str], tenant: str = "default") -> frozenset[str]:
    """Which of these keyframes have their vectors."""
    asked = {"tenant": tenant, "images": list(images), "model": model}
    return frozenset(connection.execute(KNOWN, asked).scalars())


def stored_frame(connection: Connection, model: str, image: str, tenant: str = "default") -> FrameVectors | None:
    """The vectors of one keyframe, or None."""
    rows = connection.execute(STORED, {"tenant": tenant, "image": image, "model": model}).all()
    if not rows:
        return None
    vectors = np.array([row.embedding for row in rows], np.float32)
    return FrameVectors(image_sha256=image, regions=[Region(*row.box) for row in rows], vectors=vectors)


def ensure_frame_index(connection: Connection, model: str, dim: int) -> None:
    """Build the HNSW index (cosine) of one model once it is worth while; it then grows with every row.

    Before a load of millions of rows, drop it and call this at the end: that is several times faster."""
    if connection.execute(MANY, {"model": model, "count": INDEX_FROM}).one_or_none() is None:
        return
    if not 1 <= dim <= WIDEST_INDEX:
        raise ValueError(f"an HNSW index holds 1 to {WIDEST_INDEX} dimensions, not {dim}")
    name = f"frame_vector_hnsw_{zlib.crc32(f'{checked_model(model)}/{dim}'.encode()):08x}"
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    connection.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))
    connection.execute(text("SET LOCAL maintenance_work_mem = '128MB'"))
    connection.exec_driver_sql(
        f"CREATE INDEX IF NOT EXISTS {name} ON frame_vector USING hnsw ((embedding::halfvec({dim})) halfvec_cosine_ops)"
        f" WITH ({GRAPH}) WHERE model = '{model}'"
    )


def nearest_frames(
    connection: Connection,
    model: str,
    vector: NDArray[np.float32],
    k: int,
    *,
    exact: bool = False,
    tenant: str = "default",
    **filters: str | None,
) -> list[FoundRegion]:
    """The k frames whose best region is nearest to a (D,) vector, best first. filters: job, medium (ids); None: any."""
    given = {name: value for name, value in filters.items() if value is not None}
    wanted = min(MOST_REGIONS, k * REGIONS_PER_FRAME)
    connection.execute(text("SET LOCAL hnsw.iterative_scan = 'relaxed_order'"))
    held = breadth(connection, "frame_vector", wanted, filtered=bool(given))
    connection.execute(text(f"SET LOCAL hnsw.ef_search = {held}"))
    rows = connection.execute(
        text(_statement(model, len(vector), given, exact)),
        {"query": literal(vector), "k": wanted, "tenant": tenant, **given},
    )
    best: dict[str, FoundRegion] = {}
    for image, box, distance in rows:
        found = FoundRegion(image_sha256=image, region=Region(*box), similarity=1.0 - float(distance))
        best.setdefault(image, found)
    return list(best.values())[:k]


def _statement(model: str, dim: int, given: dict[str, str], exact: bool) -> str:
    distance = f"(v.embedding::halfvec({dim}) <=> CAST(:query AS halfvec({dim})))"
    return NEAREST.format(
        distance=distance,
        order=f"{distance} + 0" if exact else distance,  # the sum is no index expression: every row is read
        model=checked_model(model),
        filters="".join(f" AND {CONDITIONS[name]}" for name in given),
    )
