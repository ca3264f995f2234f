#!/usr/bin/env python3
"""Render the sample: a small trade-show hall as a phone clip and photos, its catalogue, and the exact truth about them.

The same seed and settings give the same drawn pictures and the same truth, however many processes draw them. What the
H.264 and JPEG libraries make of the pictures may differ in a grey level here and there between builds, and for heights
that are no multiple of 16 between runs.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sample import VERSION
from sample.film import GRADES, Settings, record

STAMP = "sample.json"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("data/sample"), help="folder to write (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--height", type=int, default=720, help="lines of the clip, e.g. 720 or 1080")
    parser.add_argument("--seconds", type=float, default=75.0)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument(
        "--difficulty",
        choices=sorted(GRADES),
        default="normal",
        help="blur, noise, crowd, distance, likeness of siblings, bit rate",
    )
    parser.add_argument(
        "--products",
        type=int,
        default=38,
        help="articles in the catalogue; four in five of them, 30 at most, stand in the hall",
    )
    parser.add_argument("--processes", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--force", action="store_true", help="render again even if it is there")
    return parser.parse_args()


def show(stage: str, done: int, total: int) -> None:
    """A progress bar on stderr."""
    filled = 30 * done // max(1, total)
    ending = "\n" if done == total else ""
    if done == total or done % 5 == 0:
        print(
            f"\r{stage:<18}[{'#' * filled}{'.' * (30 - filled)}] {done}/{total}",
            end=ending,
            file=sys.stderr,
            flush=True,
        )


def is_there(out: Path, stamp: dict[str, object]) -> bool:
    """Whether `out` holds a finished sample of exactly these settings."""
    try:
        return bool(json.loads((out / STAMP).read_text("utf-8")) == stamp)
    except (OSError, ValueError):
        return False


def stop(number: int, frame: FrameType | None) -> None:
    """Leave by the normal way out, so that the half-made sample is removed."""
    raise SystemExit(128 + number)


def main() -> int:
    signal.signal(signal.SIGTERM, stop)
    args = arguments()
    settings = Settings(args.seed, args.height, args.seconds, args.difficulty, args.products, args.fps)
    stamp: dict[str, object] = {"version": VERSION, **asdict(settings)}
    if is_there(args.out, stamp) and not args.force:
        print(f"{args.out} is up to date", file=sys.stderr)
        return 0
    if args.out.exists() and any(args.out.iterdir()) and not (args.out / STAMP).exists():
        print(f"{args.out} holds something that is not a sample; give another --out", file=sys.stderr)
        return 2
    args.out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{args.out.name}-", dir=args.out.parent))
    try:  # a sample appears whole or not at all
        record(settings, work, args.processes, show)
        (work / STAMP).write_text(json.dumps(stamp) + "\n", "utf-8")
        work.chmod(0o755)
        if args.out.exists():
            shutil.rmtree(args.out)
        work.rename(args.out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"wrote {args.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
