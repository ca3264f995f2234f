"""Peak memory of `make run`: every process of it together, in an own data folder and at own ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.figures import Measured, PartFailed, Skipped
from bench.job import scout_command
from bench.place import Place

EVERY_S, PATIENCE_S, STOP_S = 0.5, 900.0, 30.0
_ENDED = ("done", "partial", "failed", "cancelled")


def measure(place: Place) -> Measured:
    """Proportional set size (shared pages counted once) summed over the process tree, sampled twice a second."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise Skipped("proportional memory is told by Linux only")
    port, prefect_port = _free_port(), _free_port()
    with place.fresh_data("memory") as data:
        environment = os.environ | {
            "SCOUT_DATA_DIR": str(data), "SCOUT_PORT": str(port), "SCOUT_PREFECT_PORT": str(prefect_port),
        }  # fmt: skip
        log = place.out / "memory.log"
        with log.open("wb") as out:
            child = subprocess.Popen([*scout_command(), "up", "--sample"], env=environment, stdout=out, stderr=out)
        try:
            peak, at_peak = peak_of(child, lambda: _job_state(port) in _ENDED)
        finally:
            _stop(child)
        if not peak:
            raise PartFailed(f"`scout up --sample` ended with {child.returncode}; see {log}")
    notes = [f"  {name:<34} {1e-6 * size:>7.0f} MB" for name, size in at_peak.items()]
    return Measured({"memory.gb": peak / 1e9}, (f"peak {peak / 1e9:.2f} GB, then:", *notes), {"at_peak": at_peak})


def peak_of(child: subprocess.Popen[bytes], ended: Callable[[], bool]) -> tuple[int, dict[str, int]]:
    """Bytes of the whole process tree at the worst moment, and who held them; until `ended`, or (0, {}) when the
    child ends first."""
    peak, at_peak, deadline = 0, {}, time.monotonic() + PATIENCE_S
    linger = 10  # samples after the end: what a served result needs
    while linger and time.monotonic() < deadline:
        if child.poll() is not None:
            return 0, {}
        held = by_name(child.pid)
        if sum(held.values()) > peak:
            peak, at_peak = sum(held.values()), dict(sorted(held.items(), key=lambda item: -item[1]))
        linger -= ended()
        time.sleep(EVERY_S)
    return peak, at_peak


def by_name(pid: int) -> dict[str, int]:
    """Proportional set size in bytes of a process and all its descendants, summed by what they are."""
    held: dict[str, int] = {}
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return held
    for process in family:
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii")
            name = _name(process.cmdline())
        except (OSError, psutil.Error):
            continue  # it ended between the listing and the look
        held[name] = held.get(name, 0) + pss(text)
    return held


def pss(smaps_rollup: str) -> int:
    """Bytes of proportional set size in a smaps_rollup file; 0 where it has none."""
    return next((int(line.split()[1]) * 1024 for line in smaps_rollup.splitlines() if line.startswith("Pss:")), 0)


def _name(command: list[str]) -> str:
    """What a process is: postgres, or the module or script that python runs."""
    words = [Path(word).name for word in command if not word.startswith("-") and not word.isdigit()]
    return " ".join(words[:3])[:34] if words else "?"


def _job_state(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/jobs", timeout=2) as answer:
            jobs = json.load(answer)
    except (OSError, ValueError):
        return "not yet"
    items = jobs["items"] if isinstance(jobs, dict) else jobs
    return str(items[0]["state"]) if items else "not yet"


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
