"""What the pages write: times, durations, probabilities, links."""

import pytest

from services.results_api.pages import Shown, clock, code_spans, duration, likely


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00.0"), (9.96, "0:10.0"), (62.5, "1:02.5"), (59.99, "1:00.0"), (3723.04, "1:02:03.0"), (-1, "0:00.0")],
)
def test_clock(seconds: float, written: str) -> None:
    assert clock(seconds) == written


@pytest.mark.parametrize(("seconds", "written"), [(0.2, "1 s"), (45, "45 s"), (180, "3 min"), (7500, "2 h 5 min")])
def test_duration(seconds: float, written: str) -> None:
    assert duration(seconds) == written


def test_no_claim_is_certain() -> None:
    assert [likely(p) for p in (0.5, 0.994, 0.995, 1.0)] == ["0.50", "0.99", "> 0.99", "> 0.99"]


def test_backticks_become_code_and_nothing_else_becomes_markup() -> None:
    assert code_spans("send `next` <b>back</b>") == "send <code>next</code> &lt;b&gt;back&lt;/b&gt;"


def test_links_hold_what_was_chosen() -> None:
    shown = Shown(job="j 1", product="A&B", p="0.9")
    assert shown.link(cursor="x") == "/?job=j+1&product=A%26B&p=0.9&cursor=x"
    assert Shown().link() == "/"


@pytest.mark.parametrize(
    ("shown", "asked"),
    [
        (Shown(), "job=7"),
        (Shown(job="other", all="1", cursor="x"), "job=7&all=true"),
        (Shown(product="A&B", p="0.9", sort="time"), "job=7&product=A%26B&min_probability=0.9&sort=time"),
        (Shown(p="high"), "job=7"),
    ],
)
def test_files_hold_what_is_shown(shown: Shown, asked: str) -> None:
    assert shown.query("7") == asked


@pytest.mark.parametrize(("typed", "meant"), [("0.9", 0.9), ("2", 1.0), ("-1", 0.0), ("", None), ("high", None)])
def test_a_typed_probability(typed: str, meant: float | None) -> None:
    assert Shown(p=typed).probability == meant


def test_not_a_number_hides_nothing() -> None:
    assert Shown(p="nan").probability is None
