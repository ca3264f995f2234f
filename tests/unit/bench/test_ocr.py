"""The bench of reading on a clone that has no labelled set."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_without_the_labelled_set_its_rows_are_left_out(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.ocr", "--only", "scene", "--out", str(tmp_path / "ocr.json")]
    nowhere = os.environ | {"SCOUT_EVAL": str(tmp_path / "none")}
    said = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=True)
    assert "scene: left out, no evaluation set in" in said.stderr
    assert json.loads((tmp_path / "ocr.json").read_text()) == {}
