"""What processes hold."""

import os

from bench.memory import by_name, pss

ROLLUP = "5597c000-7fff8000 ---p 00000000 00:00 0 [rollup]\nRss:  2000 kB\nPss:  1234 kB\nPss_Anon:  900 kB\n"


def test_shared_pages_count_once() -> None:
    assert pss(ROLLUP) == 1234 * 1024


def test_a_kernel_process_holds_nothing() -> None:
    assert pss("") == 0


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert by_name(2**22 - 3) == {}


def test_we_hold_something_ourselves() -> None:
    assert sum(by_name(os.getpid()).values()) > 1_000_000
