"""Where the bench works and what it needs from outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Skipped

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out"


@dataclass(frozen=True, kw_only=True)
class Place:
    """out: results, logs and what is kept between runs. quick: smaller samples, for a look, not for the record."""

    out: Path = OUT
    quick: bool = False

    @property
    def cache(self) -> Path:
        """What costs minutes to make and does not change: renderings, features of generated packs."""
        return self.out / "cache"

    def eval_folder(self) -> Path:
        """The labelled real photos and clips (SCOUT_EVAL, else ../shared/eval). Raises Skipped where they are not."""
        folder = Path(os.environ.get("SCOUT_EVAL", "") or ROOT.parent / "shared" / "eval")
        if not (folder / "products" / "truth.json").exists():
            raise Skipped(f"no evaluation set in {folder} (set SCOUT_EVAL)")
        return folder

    def scorer(self) -> Path:
        """The command that knows the evaluation set's truth. Raises Skipped where it is not here."""
        script = self.eval_folder().parent / "bin" / "score"
        if not script.exists():
            raise Skipped(f"no scorer at {script}")
        return script

    @contextmanager
    def fresh_data(self, name: str) -> Iterator[Path]:
        """An empty data folder, removed afterwards. Not in /tmp: the database's user has to reach it."""
        folder = self.out / "data" / f"{name}-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
