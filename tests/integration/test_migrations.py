"""The tables, as an operator brings them to a new or used database."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from scout_common.db import UNREACHABLE, make_engine, migrate, plain_url
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError

LONG = " ".join(["4006381000000", *(f"{'x' * 2000}{number}" for number in range(600))])
"""1.2 MB of different words: more than PostgreSQL takes as one list of words."""


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
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0012"]
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


def read(connection: Connection, said: str) -> str:
    """Keep a reading with this text; returns its content's name."""
    sha256 = uuid4().hex * 2
    values = {"id": uuid4(), "sha256": sha256, "result": json.dumps({"text": said})}
    insert = "INSERT INTO reading (id, sha256, options, version, result) VALUES (:id, :sha256, 'o', 'v', :result)"
    connection.execute(text(insert), values)
    return sha256


def test_texts_of_any_length_and_age_are_found_after_an_upgrade(empty: str) -> None:
    migrate(empty, "0004")
    engine = make_engine(empty)
    with engine.begin() as connection:
        read(connection, LONG)
        old = read(connection, "Hollerbach Oat Crunch")
    migrate(empty)
    found = text("SELECT sha256 FROM reading WHERE reading_vector(result) @@ to_tsquery('simple', :word)")
    known = text("SELECT count(*) FROM reading_word WHERE word = ANY(:words)")
    with engine.begin() as connection:
        new = read(connection, "Zimtstern\n" + LONG)
        assert connection.execute(known, {"words": ["hollerbach", "zimtstern", "4006381000000"]}).scalar_one() == 3
        for word, held in (("hollerbach", old), ("zimtstern", new)):
            assert connection.execute(found, {"word": word}).scalars().all() == [held]
    engine.dispose()


def test_data_over_a_limit_is_no_database_that_is_away(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DataError) as caught:
        connection.execute(text("SELECT to_tsvector('simple', :said)"), {"said": LONG})
    assert not isinstance(caught.value, UNREACHABLE)
