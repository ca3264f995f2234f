"""Run `scout match` as a user would, in a child process, and tell what it found and what it cost."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import PartFailed

CORES = 2  # the machine the figures are asked for
_ENDED_WELL = (0, 3)  # 3: some input could not be used; the problems stand in the result


@dataclass(frozen=True)
class JobRun:
    """wall_s: by the clock, the command as a whole. done_s: until the job was done, that is all sightings with their
    labels and evidence; signs are read after it. cpu_s: user + system seconds of every process of the job. result:
    what --json wrote."""

    wall_s: float
    done_s: float
    cpu_s: float
    result: Mapping[str, Any]
    log: Path

    @property
    def sightings(self) -> list[Mapping[str, Any]]:
        """Claims of one product at p >= 0.5; ties of a family are no claims."""
        return [s for s in self.result["sightings"] if s.get("sku") and s["probability"] >= 0.5]

    def stage_profile(self) -> list[str]:
        """A line per stage with its CPU seconds, where the job tells them."""
        stages: Mapping[str, Mapping[str, float]] = self.result.get("stages", {})
        total = sum(stage.get("cpu_s", 0.0) for stage in stages.values()) or 1.0
        return [
            f"  {name:<18} {stage.get('units', 0):>6.0f} units {stage.get('cpu_s', 0.0):>8.1f} CPU s"
            f" {100 * stage.get('cpu_s', 0.0) / total:>5.1f} %"
            for name, stage in stages.items()
        ]


def scout_match(
    catalogue: Path, media: Sequence[Path], data: Path, result: Path, *, options: Sequence[str] = ()
) -> JobRun:
    """Raises PartFailed where the command fails. data: its data folder. result: where its JSON and log go."""
    result.parent.mkdir(parents=True, exist_ok=True)
    result.unlink(missing_ok=True)
    command = [
        *scout_command(), "match", "--catalogue", str(catalogue), *map(str, media), "--data", str(data),
        "--workers", str(CORES), "--json", str(result), *options,
    ]  # fmt: skip
    log = result.with_suffix(".log")
    began, began_at = time.monotonic(), datetime.now(UTC)
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, preexec_fn=_on_two_cores)
        status, usage = _waited(child)
    wall = time.monotonic() - began
    if status not in _ENDED_WELL or not result.exists():
        raise PartFailed(f"scout match ended with {status}; see {log}\n{_tail(log)}")
    told = json.loads(result.read_text("utf-8"))
    done = (datetime.fromisoformat(told["ended_at"]) - began_at).total_seconds()
    return JobRun(wall, done, usage.ru_utime + usage.ru_stime, told, log)


def scout_command() -> list[str]:
    """The command `scout` of the environment we run in."""
    return [str(Path(sys.executable).parent / "scout")]


def _waited(child: subprocess.Popen[bytes]) -> tuple[int, resource.struct_rusage]:
    """The exit code, and what the child and all its ended descendants used."""
    try:
        _, status, usage = os.wait4(child.pid, 0)
    except KeyboardInterrupt:
        child.terminate()
        raise
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage


def _on_two_cores() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:])
