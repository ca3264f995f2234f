"""The database as everybody opens it: one engine per process, migrations, driver errors told in our words."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import psycopg.errors
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scout_common.errors import DatabaseUnavailable, ScoutError

R = TypeVar("R")

UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout)
"""What the driver raises while the database is away, overloaded or restarting (`make_engine` sees to the exception)."""

_alembic = threading.Lock()  # its context is one per process; between processes the database's own lock serves

MIGRATIONS = Path(__file__).resolve().parents[3] / "infra" / "migrations"


def normal_url(url: str) -> str:
    """The URL with the driver we use; `postgres://` and `postgresql://` are taken as well."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def plain_url(url: str) -> str:
    """The URL as libpq and psycopg themselves want it."""
    return make_url(normal_url(url)).set(drivername="postgresql").render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int = 5, name: str = "scout", durable: bool = True) -> Engine:
    """An engine with a bounded pool; connections are checked before use, so a restarted server is survived.

    durable=False: commits do not wait for the disk. A crash of the server may lose the last of them, never tear them:
    right for workers, whose lost units are done again with the same rows."""
    options = "-c timezone=UTC" + ("" if durable else " -c synchronous_commit=off")
    engine = create_engine(
        normal_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=30,
        pool_recycle=1800,
        connect_args={"application_name": name, "options": options, "connect_timeout": 10},
    )
    event.listen(engine, "handle_error", _too_much)
    return engine


def _too_much(context: ExceptionContext) -> DataError | None:
    """Data over one of PostgreSQL's limits (54xxx) is no database that is away, though the driver calls both
    operational: who waited for it to answer would wait for ever."""
    error = context.original_exception
    if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith("54"):
        return DataError(context.statement, context.parameters, error)
    return None


def migrate(url: str, revision: str = "head") -> None:
    """Bring the tables to the newest revision; several processes may ask at once, one does it.

    Tables of a newer version stay as they are: migrations only add, so what they add is not missed here."""
    if not (MIGRATIONS / "env.py").exists():
        raise ScoutError(
            "the migrations are not there", subject=str(MIGRATIONS), hint="install from a clone: pip install -e ."
        )
    config = _config()
    engine = make_engine(url, pool_size=1, name="scout-migrate")
    try:
        with _alembic, unavailable_told(), engine.connect() as connection:
            current = current_revision(connection)
            connection.rollback()
            if current is not None and current not in revisions():
                return
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def revisions() -> tuple[str, ...]:
    """The migrations that this installation holds, newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def current_revision(connection: Connection) -> str | None:
    """What the tables are at; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def outdated(current: str | None) -> str | None:
    """What tables at this revision lack, in words; None where this version can work with them.

    A revision that is not known here is a newer version's, as during a rolling upgrade: it has all that is needed."""
    newest = revisions()[0]
    if current == newest or (current is not None and current not in revisions()):
        return None
    return f"{f'at {current}' if current else 'missing'}, {newest} is needed: run `scout db migrate`"


@contextmanager
def unavailable_told() -> Iterator[None]:
    """Turn the driver's words for a database that does not answer into DatabaseUnavailable."""
    try:
        yield
    except UNREACHABLE as error:
        raise DatabaseUnavailable(f"the database does not answer: {reason(error)}") from error


def past_collisions(write: Callable[[], R]) -> R:
    """Do `write`, a transaction of its own, again where it was the loser of a deadlock: two workers may store the same
    content in another order, and a job may be cancelled while a batch that changes it is written."""
    for attempt in range(5):
        try:
            return write()
        except DBAPIError as error:
            collided = isinstance(error.orig, (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure))
            if not collided:
                raise
            time.sleep(random.uniform(0.1, 0.3) * (attempt + 1))  # noqa: S311  (not again at the same moment)
    return write()


def reason(error: Exception) -> str:
    """The driver's own words in one line, without the SQL."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:500]
