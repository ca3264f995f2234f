"""Measure the figures and print their table.

    python -m bench [--only NAME ...] [--quick] [--out FILE.json] [--compare FILE.json]

Ends with 1 when a measured figure is short of its "at least", got worse than in FILE, or could not be measured because
something broke; a part that only lacks its data is said to be skipped. Whole: about 40 minutes on two cores; the first
time 30 more, for what is rendered and kept in bench/out/cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is imported first: CPU seconds are those of one thread
import numpy  # noqa: F401

del os.environ["OPENBLAS_NUM_THREADS"]  # the commands we measure set their own

from bench import accuracy, endtoend, gpu, honesty, memory, speed, table, throughput, tutorial, vectors
from bench.figures import Measured, PartFailed, Skipped
from bench.place import OUT, ROOT, Place

Part = Callable[[Place], Measured]
Parts = Mapping[str, Part]
PARTS: Parts = {
    "speed": speed.measure,
    "accuracy": accuracy.measure,
    "honesty": honesty.measure,
    "endtoend": endtoend.measure,
    "throughput": throughput.measure,
    "memory": memory.measure,
    "vectors": vectors.measure,
    "gpu": gpu.measure,
    "tutorial": tutorial.measure,
}
ONLY_WHEN_ASKED = ("tutorial",)


def main(words: Sequence[str] | None = None, parts: Parts = PARTS, out: Path = OUT) -> int:
    """The exit code. words: the command line, without the program. out: where the parts work."""
    options = _options(words, parts, out)
    names = options.only or [name for name in parts if name not in ONLY_WHEN_ASKED]
    before = json.loads(options.compare.read_text("utf-8")) if options.compare else None  # --out may be the same file
    place = Place(out=out, quick=options.quick)
    place.out.mkdir(parents=True, exist_ok=True)
    record = _head(place)
    broken = [name for name in names if not _run(name, parts[name], place, record, options.out)]
    values = record["figures"]
    _say("", *table.table(values), "")
    problems = [f"{name} broke: {record['parts'][name]['broken']}" for name in broken] + table.missed(values)
    if before:
        _compare(record, before)
        problems += [f"worse than before: {line}" for line in table.worse(values, before["figures"])]
    _say(*problems, f"Written: {options.out}")
    return 1 if problems else 0


def _run(name: str, part: Part, place: Place, record: dict[str, Any], out: Path) -> bool:
    """Measure a part, tell, remember; False where it broke (the other parts still run)."""
    load = round(os.getloadavg()[0], 1)
    _say(f"== {name} (load {load})")
    began = time.monotonic()
    try:
        measured = part(place)
        record["figures"] |= measured.values
        told: dict[str, Any] = {"notes": measured.notes, "detail": measured.detail}
        _say(*measured.notes)
    except Skipped as reason:
        told = {"skipped": str(reason)}
        _say(f"skipped: {reason}")
    except PartFailed as reason:
        told = {"broken": str(reason)}
    except Exception as error:  # an hour of other parts is not lost to one
        told = {"broken": f"{type(error).__name__}: {error}"}
        traceback.print_exc()
    record["parts"][name] = told | {"seconds": round(time.monotonic() - began, 1), "load": load}
    out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return "broken" not in told


def _compare(now: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    _say(f"Against {before['commit']} of {before['at']}:")
    for key in ("machine", "quick"):
        if now[key] != before[key]:
            _say(f"! not the same {key}: {before[key]} then, {now[key]} now")
    _say(*(table.comparison(now["figures"], before["figures"]) or ["nothing moved"]), "")


def _head(place: Place) -> dict[str, Any]:
    """What a later reader must know about the run."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "quick": place.quick,
        "figures": {},
        "parts": {},
    }


def _options(words: Sequence[str] | None, parts: Parts, out: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(parts), metavar="NAME", help=f"of {', '.join(parts)}")
    parser.add_argument("--quick", action="store_true", help="smaller samples: for a look, not for the record")
    parser.add_argument("--out", type=Path, default=out / "bench.json", help="default: bench/out/bench.json")
    parser.add_argument("--compare", type=Path, help="an earlier file of --out: tell what got worse")
    return parser.parse_args(words)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
