"""The tables and one search on a PostgreSQL that is not the embedded one, as a distributed installation has it.

The server is given by SCOUT_TEST_DATABASE_URL; else a container is started where a Docker engine answers.
"""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from docker.errors import DockerException
from scout_common.db import make_engine, migrate
from scout_common.vectors import VectorQuery, VectorRow, copy_vectors, ensure_hnsw, nearest
from testcontainers.community.postgres import PostgresContainer

IMAGE = "pgvector/pgvector:0.8.0-pg16"


@pytest.fixture(scope="module")
def other_url() -> Iterator[str]:
    given = os.environ.get("SCOUT_TEST_DATABASE_URL")
    if given:
        yield given
        return
    try:
        container = PostgresContainer(IMAGE, driver=None).start()
    except DockerException:
        pytest.skip("no Docker engine answers, and SCOUT_TEST_DATABASE_URL names no server")
    try:
        yield container.get_connection_url()
    finally:
        container.stop()


def test_the_tables_and_the_vector_index_work_there(other_url: str) -> None:
    migrate(other_url)
    vectors = np.random.default_rng(1).normal(size=(200, 32)).astype(np.float32)
    rows = [
        VectorRow(kind="product_image", item=f"{i}", model="test:1", embedding=vector)
        for i, vector in enumerate(vectors)
    ]
    engine = make_engine(other_url, pool_size=1, name="scout-test")
    with engine.begin() as connection:
        copy_vectors(connection, rows)
        ensure_hnsw(connection, "test:1", 32)
        query = VectorQuery(kind="product_image", model="test:1", vector=vectors[7], k=3)
        assert nearest(connection, query)[0].item == "7"
    engine.dispose()
