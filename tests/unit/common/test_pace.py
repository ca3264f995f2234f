"""Requests to one host stand in line, whichever process they come from."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from scout_common.network import Deadline
from scout_common.pace import Pace, TooLate

OTHER = """
import sys, time
from pathlib import Path
from scout_common.network import Deadline
from scout_common.pace import Pace
for _ in range(3):
    Pace(folder=Path(sys.argv[1]), per_second=20).wait("shop.example", Deadline(5))
    print(time.time())
"""


def test_two_processes_share_the_pace_of_a_host(tmp_path: Path) -> None:
    program = [sys.executable, "-c", OTHER, str(tmp_path)]
    others = [subprocess.Popen(program, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    asked = sorted(float(line) for other in others for line in other.communicate(timeout=60)[0].split())
    assert len(asked) == 6
    assert asked[-1] - asked[0] > 0.15, "six turns at 20 a second"


def test_hosts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    pace = Pace(folder=tmp_path, per_second=0.1)
    began = time.monotonic()
    for host in ("a.example", "b.example", "c.example"):
        pace.wait(host, Deadline(5))
    assert time.monotonic() - began < 5, "the turns of one host are ten seconds apart"


def test_a_turn_that_comes_too_late_is_told(tmp_path: Path) -> None:
    pace = Pace(folder=tmp_path, per_second=0.1)
    pace.wait("a.example", Deadline(1))
    with pytest.raises(TooLate, match="its turn"):
        pace.wait("A.example", Deadline(1))


@pytest.mark.parametrize("said", [b"", b"nonsense", b"\xff" * 40, b"nan", b"1e300"])
def test_a_damaged_line_holds_nobody_up(tmp_path: Path, said: bytes) -> None:
    pace = Pace(folder=tmp_path, per_second=100)
    pace.wait("a.example", Deadline(1))
    next(tmp_path.iterdir()).write_bytes(said)
    pace.wait("a.example", Deadline(1))
