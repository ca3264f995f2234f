"""Child processes of the supervisor: each in a session of its own, its output in a log file, ended with its group."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

STOP_S = 4.0


@dataclass(frozen=True, kw_only=True)
class Child:
    """A running child process and where its output goes. drains: it ends its own processes, after their work."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    drains: bool = False
    program: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)  # a child is a key where it is watched

    def running(self) -> bool:
        return self.process.poll() is None


class Children:
    """The children of one supervisor, written down so that the next one can end what a kill left behind."""

    def __init__(self, data_dir: Path) -> None:
        self._logs = data_dir / "logs"
        self._register = data_dir / "children.json"
        self._children: list[Child] = []

    def start(
        self, name: str, program: Sequence[str], environment: Mapping[str, str] | None = None, *, drains: bool = False
    ) -> Child:
        """Start a Python module or file. Its own session: a Ctrl-C in the terminal reaches the supervisor alone."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        log.write_bytes(b"")
        process = _launch(program, environment or {}, log)
        words, given = tuple(program), dict(environment or {})
        child = Child(name=name, process=process, log=log, drains=drains, program=words, environment=given)
        self._children.append(child)
        self._write()
        return child

    def start_again(self, child: Child) -> Child:
        """Start a child that has ended once more, and end what it left behind; the log goes on."""
        _signal_group(child.process.pid, signal.SIGKILL)
        again = replace(child, process=_launch(child.program, child.environment, child.log))
        self._children[self._children.index(child)] = again
        self._write()
        return again

    def ended(self) -> list[Child]:
        """Children that have failed by themselves."""
        return [child for child in self._children if child.process.poll() not in (None, 0)]

    def stop(self, patience_s: float = STOP_S) -> None:
        """End every child and what it started: SIGTERM (to one that drains: to it alone), then, after `patience_s`
        seconds at most, SIGKILL."""
        for child in reversed(self._children):
            if child.drains:
                child.process.terminate()
            else:
                _signal_group(child.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + patience_s
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.05, deadline - time.monotonic()))
        for child in self._children:
            _signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._children.clear()
        self._register.unlink(missing_ok=True)

    def end_orphans(self) -> list[str]:
        """End what a killed supervisor left running in this data folder; returns their names."""
        ended = []
        for name, leader, started in _read(self._register):
            if started and abs(_started(leader) - started) < 1:
                _signal_group(leader, signal.SIGKILL)
                ended.append(name)
        self._register.unlink(missing_ok=True)
        return ended

    def _write(self) -> None:
        rows = [[c.name, c.process.pid, _started(c.process.pid)] for c in self._children]
        self._register.write_text(json.dumps(rows))


def _launch(program: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "scout_app.lifeline", str(os.getpid()), *program],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _read(register: Path) -> list[tuple[str, int, float]]:
    try:
        return [(str(name), int(leader), float(at)) for name, leader, at in json.loads(register.read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _started(pid: int) -> float:
    """When a process started (seconds): tells it from a later one with the same number. 0: it is gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0
