"""Vectors in pgvector: what the index finds against what an exact scan finds, bulk loading, filters."""

from collections.abc import Iterator
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from scout_common.db import make_engine, plain_url
from scout_common.vectors import (
    VectorFilter,
    VectorQuery,
    VectorRow,
    copy_vectors,
    ensure_hnsw,
    nearest,
    stored_vector,
)
from sqlalchemy import Connection, Engine, text

MODEL, DIM, ROWS, CLUSTERS = "made:1", 96, 4000, 120
RARE_SHARE = 50  # every fiftieth item has the rare brand: a filter of 2 %

PRODUCTS = text("""
    INSERT INTO product (id, sku, title, brand) VALUES
    ('00000000-0000-4000-8000-000000000001', 'A', 'Common', 'Common'),
    ('00000000-0000-4000-8000-000000000002', 'B', 'Rare', 'Rare')
""")
JOB = text(
    "INSERT INTO job (id, title, state, spec) VALUES ('00000000-0000-4000-8000-00000000000a', 'j', 'done', '{}')"
)
INDEX_SCANS = text("""
    SELECT coalesce(sum(pg_stat_get_xact_numscans(oid)), 0) FROM pg_class WHERE relname LIKE 'item_vector_hnsw%'
""")
IMAGES = text("""
    INSERT INTO job_product_image (job_id, product_id, position, image_sha256, source, width, height)
    SELECT '00000000-0000-4000-8000-00000000000a',
           CAST('00000000-0000-4000-8000-00000000000' || CASE WHEN i % :share = 0 THEN 2 ELSE 1 END AS uuid),
           i, 'item' || i, 's', 1, 1 FROM generate_series(0, :rows - 1) AS i
""")


def clustered(count: int, seed: int) -> NDArray[np.float32]:
    """Vectors (N, DIM) as pictures of similar packs have them: tight clusters of different size."""
    centres = np.random.default_rng(7).normal(size=(CLUSTERS, DIM))
    random = np.random.default_rng(seed)
    chosen = centres[random.integers(0, CLUSTERS, count)] + 0.35 * random.normal(size=(count, DIM))
    return (chosen / np.linalg.norm(chosen, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def loaded(postgres_url: str) -> Iterator[Engine]:
    """4,000 vectors with their index."""
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as admin:
        admin.execute("CREATE DATABASE test_vectors TEMPLATE scout_template")
    engine = make_engine(f"{postgres_url.rsplit('/', 1)[0]}/test_vectors")
    vectors = clustered(ROWS, 1)
    with engine.begin() as connection:
        connection.execute(PRODUCTS)
        connection.execute(JOB)
        connection.execute(IMAGES, {"share": RARE_SHARE, "rows": ROWS})
        rows = (
            VectorRow(kind="product_image", item=f"item{i}", model=MODEL, embedding=vectors[i]) for i in range(ROWS)
        )
        assert copy_vectors(connection, rows) == ROWS
        ensure_hnsw(connection, MODEL, DIM)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    yield engine
    engine.dispose()
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as admin:
        admin.execute("DROP DATABASE test_vectors WITH (FORCE)")


def recall(connection: Connection, chosen: VectorFilter, k: int = 10) -> float:
    """Part of the exact k nearest that the index finds, over 50 queries."""
    found = 0
    for vector in clustered(50, 2):
        query = VectorQuery(kind="product_image", model=MODEL, vector=vector, k=k, filter=chosen)
        exact = VectorQuery(kind="product_image", model=MODEL, vector=vector, k=k, filter=chosen, exact=True)
        found += len({n.item for n in nearest(connection, query)} & {n.item for n in nearest(connection, exact)})
    return found / (50 * k)


def index_scans(connection: Connection) -> int:
    """How often this transaction walked the HNSW index."""
    return int(connection.execute(INDEX_SCANS).scalar_one())


def force_index(connection: Connection) -> None:
    """Make the planner walk the HNSW index, as it does by itself once tables are large."""
    for setting in ("enable_seqscan", "enable_sort", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan"):
        connection.execute(text(f"SET LOCAL {setting} = off"))


@pytest.mark.parametrize("chosen", [VectorFilter(), VectorFilter(brand="Rare")], ids=["all", "2 percent"])
def test_the_index_finds_what_an_exact_scan_finds(loaded: Engine, chosen: VectorFilter) -> None:
    with loaded.begin() as connection:
        force_index(connection)
        before = index_scans(connection)
        assert recall(connection, chosen) >= 0.95
        assert index_scans(connection) - before == 50  # once a query: the exact scans do not touch it


def test_the_planner_takes_the_index_by_itself(loaded: Engine) -> None:
    with loaded.begin() as connection:
        before = index_scans(connection)  # a connection's last transactions may not have been counted off yet
        nearest(connection, VectorQuery(kind="product_image", model=MODEL, vector=clustered(1, 3)[0]))
        assert index_scans(connection) - before == 1


def test_exact_search_is_cosine(loaded: Engine) -> None:
    stored, query = clustered(ROWS, 1), clustered(1, 3)[0]
    best = np.argsort(-(stored @ query), kind="stable")[:10]
    with loaded.begin() as connection:
        found = nearest(connection, VectorQuery(kind="product_image", model=MODEL, vector=query, exact=True))
    assert {n.item for n in found} == {f"item{i}" for i in best}
    assert found[0].similarity == pytest.approx(float(stored[best[0]] @ query), abs=2e-3)  # half precision
    assert [n.similarity for n in found] == sorted((n.similarity for n in found), reverse=True)


def test_models_and_kinds_never_mix(loaded: Engine) -> None:
    query = clustered(1, 3)[0]
    with loaded.begin() as connection:
        assert nearest(connection, VectorQuery(kind="region", model=MODEL, vector=query)) == []
        assert nearest(connection, VectorQuery(kind="product_image", model="made:2", vector=query)) == []
        assert stored_vector(connection, "region", "item1", MODEL) is None


def test_loading_again_adds_nothing(loaded: Engine) -> None:
    vectors = clustered(ROWS, 1)
    again = [VectorRow(kind="product_image", item=f"item{i}", model=MODEL, embedding=-vectors[i]) for i in range(5)]
    fresh = VectorRow(kind="product_image", item="item-new", model="made:3", embedding=vectors[0])
    with loaded.connect() as connection:
        transaction = connection.begin()
        assert copy_vectors(connection, [*again, fresh, fresh]) == 1
        assert copy_vectors(connection, [fresh]) == 0
        kept = stored_vector(connection, "product_image", "item0", MODEL)
        assert kept is not None
        np.testing.assert_allclose(kept, vectors[0], atol=1e-3)
        transaction.rollback()


def test_the_index_is_built_once(loaded: Engine) -> None:
    with loaded.begin() as connection:
        assert ensure_hnsw(connection, MODEL, DIM) == ensure_hnsw(connection, MODEL, DIM)


def test_regions_are_filtered_by_their_sighting(loaded: Engine) -> None:
    with loaded.connect() as connection:
        transaction = connection.begin()
        row = VectorRow(kind="region", item=str(uuid4()), model=MODEL, embedding=clustered(1, 4)[0])
        copy_vectors(connection, [row])
        query = VectorQuery(kind="region", model=MODEL, vector=row.embedding)
        assert [n.item for n in nearest(connection, query)] == [row.item]
        elsewhere = VectorFilter(job="00000000-0000-4000-8000-00000000000a")
        none = VectorQuery(kind="region", model=MODEL, vector=row.embedding, filter=elsewhere)
        assert nearest(connection, none) == []
        transaction.rollback()


@pytest.mark.parametrize("model", ["", "a'b", "x; DROP TABLE job", "a b", "ä:1", "m" * 200])
def test_model_names_cannot_carry_sql(loaded: Engine, model: str) -> None:
    query = VectorQuery(kind="product_image", model=model, vector=clustered(1, 3)[0])
    with loaded.begin() as connection, pytest.raises(ValueError, match="model name"):
        nearest(connection, query)


@pytest.mark.parametrize("vector", [np.zeros(DIM), np.full(DIM, np.nan), np.ones((2, DIM)), np.ones(0)])
def test_vectors_without_direction_are_refused(loaded: Engine, vector: NDArray[np.float32]) -> None:
    with loaded.begin() as connection, pytest.raises(ValueError, match="query vector"):
        nearest(connection, VectorQuery(kind="product_image", model=MODEL, vector=vector))
