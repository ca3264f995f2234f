"""What the composition root prepares."""

import os
import time
from pathlib import Path

from scout_app.bootstrap import PARTS_KEPT_S, forget_downloads


def test_parts_that_nobody_goes_on_with_are_removed(tmp_path: Path) -> None:
    for name in (".fetch-old", ".fetch-new", "kept.bin"):
        (tmp_path / name).touch()
    long_ago = time.time() - 2 * PARTS_KEPT_S
    os.utime(tmp_path / ".fetch-old", (long_ago, long_ago))
    forget_downloads(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".fetch-new", "kept.bin"]
    forget_downloads(tmp_path / "missing")
