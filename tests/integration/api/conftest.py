"""Worlds for the API's tests: one shared by all that only read, fresh ones for those that change something."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from scout_common.db import plain_url
from sqlalchemy import text

from tests.hall import World, open_world


@pytest.fixture(scope="package")
def shared_hall(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all tests that only read, or put back what they change."""
    database = f"{postgres_url.rsplit('/', 1)[0]}/test_hall"
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_hall TEMPLATE scout_template")
    with open_world(database, tmp_path_factory.mktemp("hall"), rows=True) as world:
        yield world
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("DROP DATABASE test_hall WITH (FORCE)")


@pytest.fixture
def hall(shared_hall: World) -> TestClient:
    """A client over the hall's rows."""
    return shared_hall.client


@pytest.fixture
def own_hall(database: str, tmp_path: Path) -> Iterator[World]:
    """The hall for one test that changes it."""
    with open_world(database, tmp_path, rows=True) as world:
        yield world


@pytest.fixture
def empty(database: str, tmp_path: Path) -> Iterator[World]:
    """The app over an empty database."""
    with open_world(database, tmp_path, rows=False) as world:
        yield world


JUDGED = "review_item, ground_truth, observed_value, reader_choice, data_key, proposal, product_event, product"


@pytest.fixture(scope="package")
def judged_world(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One database for all tests of what people judge: a new one for each costs a second."""
    with psycopg.connect(plain_url(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE test_judged TEMPLATE scout_template")
    database = f"{postgres_url.rsplit('/', 1)[0]}/test_judged"
    with open_world(database, tmp_path_factory.mktemp("judged"), rows=False) as world:
        yield world


@pytest.fixture
def reviewed(judged_world: World) -> World:
    """That world without the rows of others."""
    with judged_world.resources.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {JUDGED} CASCADE"))
    return judged_world


@pytest.fixture
def api(reviewed: World) -> TestClient:
    """A client of that world."""
    return reviewed.client
