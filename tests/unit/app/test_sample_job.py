"""What is said while the sample is being rendered."""

import threading
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console
from scout_app import sample
from scout_app.children import Child
from scout_app.sample import SampleJob


class Rendering:
    """A process that has ended when it has been asked so many times."""

    returncode = 0

    def __init__(self, asked: int) -> None:
        self.left = asked

    def poll(self) -> int | None:
        self.left -= 1
        return None if self.left >= 0 else 0


def said(folder: Path, log: str, *, asked: int = 1) -> str:
    """What stands on a console while the sample is rendered."""
    (folder / "sample.log").write_text(log)
    child = Child(name="sample", process=cast(Any, Rendering(asked)), log=folder / "sample.log")
    job = SampleJob(folder, child)
    cast(Any, job)._stop = Hurried()
    console = Console(file=StringIO(), width=80)
    assert job._rendered(console)
    return cast(StringIO, console.file).getvalue()


class Hurried(threading.Event):
    """Is waited for no longer than it takes to ask."""

    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


def test_where_the_output_is_no_terminal_a_line_says_how_far_it_is(tmp_path: Path) -> None:
    log = "packs [##....] 3/9\rfilm [#.....] 400/1875 "
    assert said(tmp_path, log, asked=5) == f"{sample.RENDERING}: film 400/1875\n", "once a minute is enough"
    assert said(tmp_path, "") == f"{sample.RENDERING}\n"


def test_a_long_rendering_has_a_line_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "LINE_S", 0.0)
    assert said(tmp_path, "film 3/9", asked=3).count("film 3/9\n") == 3
