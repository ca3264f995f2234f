"""RabbitMQ as installed from a package, started as our child without a service manager: for development and tests.

An unprivileged user, and its own node name, ports, password, home and Erlang port mapper, so that it meets no other
RabbitMQ of this machine. It listens on 127.0.0.1 alone, and ends with its parent even
by kill -9: a watchdog shell waits on a pipe that closes when we are gone.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from scout_common.errors import ScoutError

PROGRAMS = (
    Path("/usr/lib/rabbitmq/bin"),
    Path("/opt/homebrew/opt/rabbitmq/sbin"),
    Path("/usr/local/opt/rabbitmq/sbin"),
)
START_S = 60.0
_WATCHDOG = 'read _; for group in "$@"; do kill -KILL "-$group"; done; rm -rf "$FOLDER"'
_GREETING = b"AMQP\x00\x00\x09\x01"
# No busy waiting: the broker shares its cores with the workers.
_ERLANG = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
_CONFIG = """\
listeners.tcp.local = 127.0.0.1:{port}
default_user = scout
default_pass = {password}
loopback_users = none
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = warning
log.file = false
"""


class BrokerNotStarted(ScoutError):
    """RabbitMQ could not be started."""

    default_hint = "install it (Debian: apt-get install rabbitmq-server), or give the address of one"


class RabbitServer:
    """A broker in a folder of its own; `start` returns its URL, `stop` ends it and forgets its messages."""

    def __init__(self) -> None:
        self._program = _program()
        self._owner = _owner()
        self.folder = Path(tempfile.mkdtemp(prefix="scout-rabbit-"))
        self._node_port, self._dist_port, self._mapper_port = _free_ports(3)
        self._password = secrets.token_urlsafe(18)
        self._mapper: subprocess.Popen[bytes] | None = None
        self._node: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        (self.folder / "rabbitmq.conf").write_text(_CONFIG.format(port=self._node_port, password=self._password))
        (self.folder / "plugins").write_text("[].\n")
        if self._owner:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"amqp://scout:{self._password}@127.0.0.1:{self._node_port}/"

    def start(self) -> str:
        """Start it, or start it again after `kill`: then it has its messages. Raises BrokerNotStarted."""
        self._mapper = self._launch([_named("epmd"), "-port", str(self._mapper_port), "-address", "127.0.0.1"])
        self._node = self._launch([str(self._program)])
        self._watch()
        deadline = time.monotonic() + START_S
        while not _greets(self._node_port):
            if self._node.poll() is not None or time.monotonic() > deadline:
                words = self._last_words()
                self.stop()
                raise BrokerNotStarted(f"RabbitMQ did not start: {words}")
            time.sleep(0.1)
        return self.url

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        for process in (self._node, self._mapper):
            _end(process)
        self._node = self._mapper = None
        self._unwatch()

    def stop(self) -> None:
        """End it and remove its folder: with its messages gone it need not end in an orderly way."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, command: list[str]) -> "subprocess.Popen[bytes]":
        who = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []} if self._owner else {}
        with (self.folder / "log").open("ab") as words:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                cwd="/",
                env=self._environment(),
                start_new_session=True,  # Ctrl-C is for us; and its group is what we end
                **who,  # type: ignore[call-overload]
            )
        return process

    def _environment(self) -> Mapping[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": folder,  # the Erlang cookie
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"scout-{self._node_port}@localhost",
            "RABBITMQ_NODE_PORT": str(self._node_port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",  # /etc/rabbitmq is another broker's
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/none",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/logs",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
        }

    def _watch(self) -> None:
        assert self._node
        assert self._mapper
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, "scout-watchdog", str(self._node.pid), str(self._mapper.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.defpath, "FOLDER": str(self.folder)},
            start_new_session=True,
        )

    def _unwatch(self) -> None:
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.wait()
            if self._watchdog.stdin:
                self._watchdog.stdin.close()
            self._watchdog = None

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            return " / ".join((self.folder / "log").read_text(errors="replace").strip().splitlines()[-3:])
        return "it said nothing"


def installed() -> bool:
    """Whether there is a RabbitMQ to start on this machine."""
    try:
        return bool(_program() and _named("epmd"))
    except BrokerNotStarted:
        return False


def _program() -> Path:
    """The package's own program: what Debian puts on the PATH insists on its one system user and places."""
    for folder in PROGRAMS:
        if (folder / "rabbitmq-server").exists():
            return folder / "rabbitmq-server"
    raise BrokerNotStarted("RabbitMQ is not installed")


def _named(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BrokerNotStarted(f"{program}, which belongs to Erlang, is not installed")
    return found


def _owner() -> pwd.struct_passwd | None:
    """An unprivileged user when we are root; None: ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("rabbitmq", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise BrokerNotStarted("there is no user `rabbitmq` or `nobody` to run it as")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _greets(port: int) -> bool:
    """Whether a broker answers our first word of AMQP."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as line:
        line.sendall(_GREETING)
        return line.recv(1) == b"\x01"
    return False


def _end(process: "subprocess.Popen[bytes] | None") -> None:
    """The process and its group."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
