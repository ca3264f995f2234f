"""Children end with their group, and what a killed supervisor left is ended by the next."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from scout_app.children import Children

SLEEP = "import time, signal\ntime.sleep(60)\n"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
WITH_CHILD = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""
DRAINING = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: None)
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
print("up", flush=True)
print("its worker ended with", worker.wait(), flush=True)
"""


@pytest.fixture
def children(tmp_path: Path) -> Children:
    return Children(tmp_path)


def program(folder: Path, text: str) -> list[str]:
    path = folder / "program.py"
    path.write_text(text)
    return [str(path)]


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def until(question: object, patience_s: float = 30) -> None:
    deadline = time.monotonic() + patience_s
    while not question():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stop_ends_the_children_of_children(children: Children, tmp_path: Path) -> None:
    child = children.start("parent", program(tmp_path, WITH_CHILD))
    until(lambda: psutil.Process(child.process.pid).children())
    grandchild = psutil.Process(child.process.pid).children()[0].pid
    children.stop()
    assert not alive(child.process.pid)
    until(lambda: not alive(grandchild))


def test_one_that_drains_sees_its_own_process_end_its_work(children: Children, tmp_path: Path) -> None:
    child = children.start("part", program(tmp_path, DRAINING), drains=True)
    until(lambda: "up" in child.log.read_text())
    children.stop()
    assert "its worker ended with 0" in child.log.read_text()


def test_one_that_does_not_listen_is_killed(children: Children, tmp_path: Path) -> None:
    child = children.start("stubborn", program(tmp_path, STUBBORN))
    until(lambda: "up" in child.log.read_text())
    children.stop(0.3)
    assert not alive(child.process.pid)


def test_orphans_are_ended_by_the_next_supervisor(children: Children, tmp_path: Path) -> None:
    child = children.start("orphan", program(tmp_path, SLEEP))
    assert Children(tmp_path).end_orphans() == ["orphan"]
    until(lambda: not alive(child.process.pid))
    assert Children(tmp_path).end_orphans() == []
    children.stop()


def test_a_stranger_with_an_old_number_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    (tmp_path / "children.json").write_text(json.dumps([["postgres", stranger.pid, 12345.0]]))
    assert Children(tmp_path).end_orphans() == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_failed_child_is_told(children: Children, tmp_path: Path) -> None:
    child = children.start("broken", program(tmp_path, "raise SystemExit(3)"))
    until(lambda: children.ended() == [child])
    children.stop()


def test_one_that_has_ended_is_started_again_and_its_log_goes_on(children: Children, tmp_path: Path) -> None:
    child = children.start(
        "broken", program(tmp_path, "import os; print(os.environ['WORD']); raise SystemExit(3)"), {"WORD": "a word"}
    )
    until(lambda: children.ended() == [child])
    again = children.start_again(child)
    assert again.process.pid != child.process.pid
    until(lambda: children.ended() == [again])
    assert again.log.read_text().split("\n") == ["a word", "a word", ""]
    children.stop()
