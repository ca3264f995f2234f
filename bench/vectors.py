"""Product vectors by the million in pgvector: how near HNSW on halfvec comes to an exact search, and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scout_common.db import make_engine, migrate
from scout_common.postgres import EmbeddedPostgres
from scout_common.vectors import VectorFilter, VectorQuery, VectorRow, copy_vectors, ensure_hnsw, nearest
from scout_vision.learned.regions import regions
from sqlalchemy import Connection, text

from bench.figures import Measured
from bench.place import Place

ROWS, QUICK_ROWS = 1_000_000, 100_000
DIM, K, QUERIES, WARM_UP = 512, 10, 200, 50
MODEL = "made:1"
VIEWS, PRODUCTS = 20, 100  # pictures of a product, near each other; products of a category, less so
JOB = UUID(int=1)
SHARES = {"every 11th": 11, "every 49th": 49}  # brands, over all categories
MEMORY = {"shared_buffers": "2GB", "fsync": "off", "full_page_writes": "off", "max_wal_size": "8GB"}
TIE = 2e-4  # cosine similarities that halfvec cannot tell apart

PREPARE = (
    "INSERT INTO job (id, title, state, spec) VALUES (:job, 'bench', 'done', '{}')",
    """INSERT INTO product (id, sku, title, brand)
       SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), n::text, n::text,
              CASE WHEN n % 49 = 0 THEN 'every 49th' WHEN n % 11 = 0 THEN 'every 11th' ELSE 'other' END
       FROM generate_series(1, :products) AS n""",
    """INSERT INTO job_product_image (job_id, product_id, position, image_sha256, source, width, height)
       SELECT :job, CAST(lpad(to_hex(1 + n / :views), 32, '0') AS uuid), n, n::text, '', 1, 1
       FROM generate_series(0, :rows - 1) AS n""",
)


@dataclass(frozen=True)
class Answers:
    """recall: mean part of the K exact neighbours that were found. seconds: of each query."""

    recall: float
    seconds: NDArray[np.float64]

    @property
    def p95_ms(self) -> float:
        return 1000 * float(np.quantile(self.seconds, 0.95))

    @property
    def line(self) -> str:
        middle = 1000 * float(np.median(self.seconds))
        return f"recall@{K} {self.recall:.3f}, median {middle:.1f} ms, p95 {self.p95_ms:.1f} ms"


def measure(place: Place) -> Measured:
    """The worst of all kinds of query: without a filter, within a job, and of brands of an 11th and a 49th."""
    rows = QUICK_ROWS if place.quick else ROWS
    with (
        place.fresh_data("vectors") as data,
        EmbeddedPostgres(data, options=MEMORY, sync=False) as url,
    ):
        migrate(url)
        engine = make_engine(url)
        began = time.monotonic()
        stored = np.empty((rows, DIM), np.float16)
        with engine.begin() as connection:
            copy_vectors(connection, _rows(rows, stored))
        loaded = time.monotonic()
        with engine.begin() as connection:
            ensure_hnsw(connection, MODEL, DIM, memory_mb=(2 * DIM + 1100) * rows // 2**20 + 64)
        built = time.monotonic()
        with engine.begin() as connection:
            for statement in PREPARE:
                connection.execute(
                    text(statement), {"job": JOB, "products": rows // VIEWS, "views": VIEWS, "rows": rows}
                )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        with engine.connect() as connection:
            answers = {name: _asked(connection, stored, chosen) for name, chosen in _filters().items()}
        engine.dispose()
    notes = [f"{rows:,} x {DIM}: loaded in {loaded - began:.0f} s, HNSW built in {built - loaded:.0f} s"]
    notes += [f"{name}: {found.line}" for name, found in answers.items()]
    parts = len(regions(1280, 720))
    frame_s = parts * float(answers["in the job"].seconds.mean())
    notes.append(f"a frame's {parts} regions asked within a job: {frame_s:.2f} s")
    values = {
        "vectors.recall": min(found.recall for found in answers.values()),
        "vectors.p95_ms": max(found.p95_ms for found in answers.values()),
        "vectors.frame_s": frame_s,
    }
    detail = {name: {"recall": found.recall, "p95_ms": found.p95_ms} for name, found in answers.items()}
    return Measured({} if place.quick else values, tuple(notes), {"rows": rows, **detail})


def _filters() -> dict[str, VectorFilter]:
    brands = {f"brand of {name} product": VectorFilter(brand=name) for name in SHARES}
    return {"all": VectorFilter(), "in the job": VectorFilter(job=str(JOB)), **brands}


def _asked(connection: Connection, stored: NDArray[np.float16], chosen: VectorFilter) -> Answers:
    """New pictures of known products, each asked once; the first few only warm the caches."""
    queries = _made(np.random.default_rng(9).integers(0, len(stored), QUERIES + WARM_UP), 9, len(stored))
    allowed = np.flatnonzero(_allowed(len(stored), chosen))
    least = _exact(stored, allowed, queries)
    recalls, seconds = [], []
    for number, query in enumerate(queries):
        with connection.begin():
            asked = VectorQuery(kind="product_image", model=MODEL, vector=query, k=K, filter=chosen)
            began = time.perf_counter()
            found = nearest(connection, asked)
            took = time.perf_counter() - began
        if number >= WARM_UP:
            right = sum(neighbour.similarity >= least[number] - TIE for neighbour in found)
            recalls.append(right / K)
            seconds.append(took)
    return Answers(float(np.mean(recalls)), np.array(seconds))


def _exact(stored: NDArray[np.float16], allowed: NDArray[np.intp], queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """(Q,) cosine similarity of the K-th nearest of the allowed rows: who is at least as near was rightly found."""
    best = np.full((len(queries), K), -2.0, np.float32)
    for at in range(0, len(allowed), 50_000):
        alike = queries @ _unit(stored[allowed[at : at + 50_000]].astype(np.float32)).T
        best = np.partition(np.concatenate([best, alike], axis=1), -K, axis=1)[:, -K:]
    return np.asarray(best.min(axis=1), np.float32)


def _allowed(rows: int, chosen: VectorFilter) -> NDArray[np.bool_]:
    product = 1 + np.arange(rows) // VIEWS
    rare = product % 49 == 0
    brands: dict[str, NDArray[np.bool_]] = {"every 49th": rare, "every 11th": (product % 11 == 0) & ~rare}
    return brands.get(chosen.brand or "", np.ones(rows, np.bool_))


def _rows(count: int, keep: NDArray[np.float16]) -> Iterator[VectorRow]:
    for at in range(0, count, 20_000):
        numbers = np.arange(at, min(at + 20_000, count))
        vectors = _made(numbers, at + 1, count)
        keep[numbers] = vectors
        for number, vector in zip(numbers, vectors, strict=True):
            yield VectorRow(kind="product_image", item=str(number), model=MODEL, embedding=vector)


def _made(numbers: NDArray[np.intp], seed: int, rows: int) -> NDArray[np.float32]:
    """(N, DIM) pictures of products: near their product's own vector, which is near its category's."""
    product = numbers // VIEWS
    categories = max(1, rows // (VIEWS * PRODUCTS))
    kinds = np.random.default_rng(1).normal(size=(categories, DIM)).astype(np.float32)
    own = np.stack([np.random.default_rng([2, int(n)]).normal(size=DIM) for n in np.unique(product)]).astype(np.float32)
    noise = np.random.default_rng([3, seed]).normal(size=(len(numbers), DIM)).astype(np.float32)
    at = np.unique(product, return_inverse=True)[1]
    return _unit(kinds[product % categories] + 0.8 * own[at] + 0.6 * noise)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
