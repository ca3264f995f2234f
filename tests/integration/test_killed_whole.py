"""kill -9 of everything in mid-job, then a new start: the job goes on and ends with the same rows."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the database's user may enter when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="scout-test-"))
    folder.chmod(0o755)
    (folder / "media").mkdir()
    for name in ("a.mp4", "slow.mp4", "b.mp4"):
        (folder / "media" / name).touch()
    yield folder
    shutil.rmtree(folder)


def run(data: Path, media: Path, *, kill_after: int | None = None) -> dict[str, Any] | None:
    """One life of the process; killed once so many units are done, else until it tells its rows."""
    command = [sys.executable, "-m", "tests.integration.whole", str(data), str(media)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            word, _, told = line.partition(" ")
            if word == "ended":
                process.wait(30)
                return dict(json.loads(told))
            if kill_after is not None and int(told) >= kill_after:
                process.kill()
    return None


def test_the_job_goes_on(place: Path) -> None:
    expected = run(place / "undisturbed", place / "media")
    assert expected is not None
    assert expected["job"] == "done"
    assert expected["ends"] == 1
    whole = len(expected["units"])
    for done in (5, whole // 3, whole // 2):
        assert run(place / "killed", place / "media", kill_after=done) is None
    assert run(place / "killed", place / "media") == expected
