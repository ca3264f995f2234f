"""Addresses and the driver's words."""

import pytest
from scout_common.db import make_engine, migrate, normal_url, plain_url, reason, unavailable_told
from scout_common.errors import DatabaseUnavailable
from sqlalchemy.exc import OperationalError

GONE = "postgresql://nobody:secret@127.0.0.1:1/none"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_an_address(scheme: str) -> None:
    url = f"{scheme}://me:p%40ss@db:5433/scout?sslmode=require"
    assert normal_url(url) == "postgresql+psycopg://me:p%40ss@db:5433/scout?sslmode=require"
    assert plain_url(url) == "postgresql://me:p%40ss@db:5433/scout?sslmode=require"


def test_a_database_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer") as caught:
        migrate(GONE)
    assert "secret" not in str(caught.value)


def test_the_drivers_words_come_without_the_sql() -> None:
    error = OperationalError("SELECT 1", {}, Exception("server closed\n\tthe connection"))
    assert reason(error) == "server closed the connection"
    with pytest.raises(DatabaseUnavailable), unavailable_told():
        raise error


def test_nothing_connects_when_an_engine_is_made() -> None:
    make_engine(GONE).dispose()
