"""Fixtures of all tests: an embedded PostgreSQL for the session, a fresh database for each test that asks."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from scout_common.blobs import LocalBlobs
from scout_common.db import make_engine, migrate, plain_url
from scout_common.postgres import EmbeddedPostgres
from scout_common.rabbit_server import RabbitServer
from scout_common.settings import Settings
from scout_common.work import Resources
from sqlalchemy import Engine

from tests.broker import broker, native
from tests.s3 import s3_server

TEMPLATE = "scout_template"
_number = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a server with the migrated template; without fsync, since nobody needs these rows tomorrow."""
    folder = Path(tempfile.mkdtemp(prefix="scout-pg-"))
    folder.chmod(0o755)  # our own folder, so that the database's user can reach it when we are root
    server = EmbeddedPostgres(folder, options={"autovacuum": "off"}, sync=False)
    try:
        url = server.start()
        migrate(_database(url, TEMPLATE, create="CREATE DATABASE {}"))
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Address of an S3 server."""
    with s3_server() as address:
        yield address


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """A RabbitMQ of this session's own, that may be killed and started again."""
    with native() as server:
        yield server


@pytest.fixture(scope="session")
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a real RabbitMQ."""
    with broker(lambda: request.getfixturevalue("rabbit")) as url:
        yield url


class Databases:
    """Fresh databases, the next one always made while a test works in the last one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(1)
        self._next = self._thread.submit(self._make)

    def take(self) -> str:
        """The URL of a database that nobody has had."""
        made, self._next = self._next, self._thread.submit(self._make)
        return made.result()

    def drop(self, url: str) -> None:
        """Drop it, whoever is connected, after the next one is made."""
        name = url.rsplit("/", 1)[1]
        self._thread.submit(_database, self._url, name, create="DROP DATABASE {} WITH (FORCE)")

    def close(self) -> None:
        """Wait for what is being made and dropped."""
        self._thread.shutdown()

    def _make(self) -> str:
        name = f"test_{os.getpid()}_{next(_number)}"
        return _database(self._url, name, create="CREATE DATABASE {} TEMPLATE " + TEMPLATE)


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Iterator[Databases]:
    """Databases of the migrated template."""
    databases = Databases(postgres_url)
    yield databases
    databases.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """URL of a fresh, migrated, empty database."""
    url = databases.take()
    yield url
    databases.drop(url)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An engine on a fresh database."""
    engine = make_engine(database, pool_size=5, name="scout-test")
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    """Settings of a test: its own data folder and database, quick retries, nothing from the environment's .env."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database_url=database,
        workers=2,
        backoff_s=0.05,
        lease_s=5,
        pick_up_s=0,
    )


@pytest.fixture
def resources(tmp_path: Path, engine: Engine, settings: Settings) -> Resources:
    """What a worker process has open."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Resources(settings=settings, engine=engine, blobs=LocalBlobs(settings.data_dir), scratch=scratch)


def _database(url: str, name: str, *, create: str) -> str:
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        connection.execute(create.format(name))
    return url.rsplit("/", 1)[0] + "/" + name
