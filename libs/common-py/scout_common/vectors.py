"""Vectors in pgvector: bulk load, index, search. The only SQL that knows the table item_vector.

Vectors of different models never meet: every query names one model and one kind, as literals, so that the partial
index of that model serves it under any plan. Distances are cosine distances, 0 (same direction) to 2.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from sqlalchemy import Connection, text

Kind = Literal["product_image", "region"]
KINDS: tuple[Kind, ...] = ("product_image", "region")
LARGEST_K = 1000
WIDEST_INDEX = 4000  # pgvector's limit for HNSW on halfvec
GRAPH = "m = 24, ef_construction = 128"  # pgvector's own 16 and 64 leave tight clusters unreachable: bench/vectors.py
BREADTH, LARGE_TABLE, LARGE_BREADTH = 200, 300_000, {True: 500, False: 800}
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,99}")

STAGE_ROWS = """
    CREATE TEMP TABLE IF NOT EXISTS item_vector_load
        (tenant_id text, kind text, item text, model text, embedding halfvec) ON COMMIT DROP
"""
COPY_ROWS = "COPY item_vector_load (tenant_id, kind, item, model, embedding) FROM STDIN (FORMAT BINARY)"
KEEP_ROWS = """
    WITH kept AS (
        INSERT INTO item_vector (tenant_id, kind, item, model, embedding)
        SELECT tenant_id, kind, item, model, embedding FROM item_vector_load ORDER BY tenant_id, kind, item, model
        ON CONFLICT DO NOTHING RETURNING 1
    ), emptied AS (DELETE FROM item_vector_load)
    SELECT count(*) FROM kept
"""
STORED_VECTOR = text("""
    SELECT embedding::real[] FROM item_vector
    WHERE tenant_id = :tenant AND kind = :kind AND item = :item AND model = :model
""")
ROUGH_SIZE = text("SELECT reltuples FROM pg_class WHERE oid = CAST(:table AS regclass)")  # as of its last analysis
PRODUCT_FILTER = """
    EXISTS (SELECT 1 FROM job_product_image i JOIN product p ON p.id = i.product_id
            WHERE i.image_sha256 = v.item AND i.tenant_id = v.tenant_id {conditions})
"""
REGION_FILTER = """
    EXISTS (SELECT 1 FROM match i LEFT JOIN product p ON p.id = i.product_id
            WHERE i.id = CAST(v.item AS uuid) AND i.tenant_id = v.tenant_id {conditions})
"""
CONDITIONS = {"job": "i.job_id = :job", "brand": "p.brand = :brand", "category": "p.category = :category"}
NEAREST = """
    WITH nearest AS MATERIALIZED (
        SELECT v.item, {distance} AS distance FROM item_vector v
        WHERE v.kind = '{kind}' AND v.model = '{model}' AND v.tenant_id = :tenant {filters}
        ORDER BY {order} LIMIT :k)
    SELECT item, distance FROM nearest ORDER BY distance, item
"""


class Named(Protocol):
    """What has a name and a version: an embedder."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorRow:
    """One embedding. `item`: sha256 of the product picture, or id of the match; `embedding`: (D,) float32."""

    kind: Kind
    item: str
    model: str
    embedding: NDArray[np.float32]
    tenant: str = "default"


@dataclass(frozen=True, kw_only=True)
class VectorFilter:
    """Only items of this job, brand, category; None: any."""

    job: str | None = None
    brand: str | None = None
    category: str | None = None

    def given(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorQuery:
    """The k nearest of `kind` and `model` to `vector` (D,) float32; `exact` reads every row instead of the index."""

    kind: Kind
    model: str
    vector: NDArray[np.float32]
    k: int = 10
    filter: VectorFilter = field(default_factory=VectorFilter)
    exact: bool = False
    tenant: str = "default"


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A stored item and its cosine similarity to what was asked, -1 to 1."""

    item: str
    similarity: float


def copy_vectors(connection: Connection, rows: Iterable[VectorRow]) -> int:
    """Bulk-load by binary COPY; rows that are stored already stay as they are. Returns how many were new."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    register_vector(driver)
    with driver.cursor() as cursor:
        cursor.execute(STAGE_ROWS)
        with cursor.copy(COPY_ROWS) as copy:
            copy.set_types(["text", "text", "text", "text", "halfvec"])
            for row in rows:
                copy.write_row((row.tenant, row.kind, row.item, checked_model(row.model), HalfVector(row.embedding)))
        new = cursor.execute(KEEP_ROWS).fetchone()
    return int(new[0]) if new else 0


def ensure_hnsw(
    connection: Connection, model: str, dim: int, kind: Kind = "product_image", memory_mb: int = 128
) -> str:
    """Build the partial HNSW index (cosine) of one model and kind unless it is there; returns its name.

    Call after bulk loads: building at the end is several times faster than growing row by row, as long as the graph
    fits in memory_mb (about 2 D + 1100 bytes a row). Parallel build is off, since it wants shared memory that
    containers do not have.
    """
    if not 1 <= dim <= WIDEST_INDEX:
        raise ValueError(f"an HNSW index holds 1 to {WIDEST_INDEX} dimensions, not {dim}")
    name = f"item_vector_hnsw_{kind}_{zlib.crc32(f'{checked_model(model)}/{dim}'.encode()):08x}"
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    connection.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))
    connection.execute(text(f"SET LOCAL maintenance_work_mem = '{int(memory_mb)}MB'"))
    connection.exec_driver_sql(
        f"CREATE INDEX IF NOT EXISTS {name} ON item_vector USING hnsw ((embedding::halfvec({dim})) halfvec_cosine_ops)"
        f" WITH ({GRAPH}) WHERE model = '{model}' AND kind = '{kind}'"
    )
    return name


def nearest(connection: Connection, query: VectorQuery) -> list[Neighbour]:
    """The nearest items, best first. Under filters the index is read on until k are found, and sorted here."""
    if not 1 <= query.k <= LARGEST_K:
        raise ValueError(f"k is 1 to {LARGEST_K}, not {query.k}")
    given = query.filter.given()
    connection.execute(text("SET LOCAL hnsw.iterative_scan = 'relaxed_order'"))
    held = breadth(connection, "item_vector", query.k, filtered=bool(given))
    connection.execute(text(f"SET LOCAL hnsw.ef_search = {held}"))
    rows = connection.execute(
        text(_statement(query, given)),
        {"query": literal(query.vector), "k": query.k, "tenant": query.tenant, **given},
    )
    return [Neighbour(item=item, similarity=1.0 - float(distance)) for item, distance in rows]


def stored_vector(
    connection: Connection, kind: Kind, item: str, model: str, tenant: str = "default"
) -> NDArray[np.float32] | None:
    """The stored embedding, (D,) float32, or None."""
    found = connection.execute(
        STORED_VECTOR, {"kind": kind, "item": item, "model": model, "tenant": tenant}
    ).scalar_one_or_none()
    return None if found is None else np.asarray(found, np.float32)


def breadth(connection: Connection, table: str, k: int, *, filtered: bool) -> int:
    """Candidates that a search of the index holds at a time; bench/vectors.py measures what that brings.

    Large tables need more; a filtered search goes on until k are found, so it begins with fewer."""
    rows = connection.execute(ROUGH_SIZE, {"table": table}).scalar_one()
    needed = LARGE_BREADTH[filtered] if rows >= LARGE_TABLE else BREADTH
    return min(1000, max(needed, 2 * k))


def _statement(query: VectorQuery, given: dict[str, str]) -> str:
    dim = len(query.vector)
    distance = f"(v.embedding::halfvec({dim}) <=> CAST(:query AS halfvec({dim})))"
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in given)
    template = PRODUCT_FILTER if query.kind == "product_image" else REGION_FILTER
    return NEAREST.format(
        distance=distance,
        order=f"{distance} + 0" if query.exact else distance,  # the sum is no index expression: every row is read
        kind=query.kind,
        model=checked_model(query.model),
        filters=f"AND {template.format(conditions=conditions)}" if given else "",
    )


def literal(vector: Sequence[float] | NDArray[np.float32]) -> str:
    values = np.asarray(vector, np.float32)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all() or not values.any():
        raise ValueError("a query vector is one row of finite numbers, not all zero")
    return "[" + ",".join(f"{value:.6g}" for value in values) + "]"


def checked_model(model: str) -> str:
    """Model names become part of the SQL text: letters, digits and _.:+- only."""
    if not _MODEL.fullmatch(model):
        raise ValueError(f"{model!r} is no model name")
    return model


def vector_blob_key(embedder: Named, image_sha256: str) -> str:
    """Where the embedding service leaves an image's vector, as float16 little-endian."""
    return f"vec/{embedder.name}-{embedder.version}/{image_sha256[:2]}/{image_sha256}"
