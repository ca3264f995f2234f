"""The tables, as an operator brings them to a new or used database."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from scout_common.db import make_engine, migrate, plain_url
from sqlalchemy import Engine, text


@pytest.fixture
def empty(postgres_url: str) -> str:
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test_empty WITH (FORCE)")
        connection.execute("CREATE DATABASE test_empty")
    return postgres_url.rsplit("/", 1)[0] + "/test_empty"


def test_several_may_migrate_at_once(empty: str) -> None:
    other = [sys.executable, "-c", f"from scout_common.db import migrate; migrate({empty!r})"]
    others = [subprocess.Popen(other) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, [empty] * 2))
    assert [process.wait(60) for process in others] == [0, 0]
    engine = make_engine(empty)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0007"]
        assert connection.execute(text("SELECT count(*) FROM unit")).scalar_one() == 0
    engine.dispose()


def test_every_table_knows_its_tenant(engine: Engine) -> None:
    query = text("""
        SELECT t.table_name FROM information_schema.tables t
        WHERE t.table_schema = 'public' AND t.table_name <> 'alembic_version' AND NOT EXISTS (
            SELECT 1 FROM information_schema.columns c
            WHERE c.table_name = t.table_name AND c.column_name = 'tenant_id')
    """)
    with engine.connect() as connection:
        assert connection.execute(query).scalars().all() == []
