"""How many processes of each part scripts/dev-distributed starts, and what ends it."""

import os
import signal

import pytest
from scout_app.dev_distributed import _counts, _stopped_by_signals
from scout_common.errors import BadRequest


def test_one_of_each_unless_said_otherwise() -> None:
    counts = _counts(["keypoint=3", "matcher=0"], prefect=False)
    assert counts["keypoint"] == 3
    assert counts["matcher"] == 0
    assert counts["keeper"] == counts["api"] == counts["catalog"] == 1
    assert "flows" not in counts


@pytest.mark.parametrize("word", ["keypoint", "keypoint=x", "flows=1", "nonsense=2", "api=2"])
def test_what_cannot_be_is_refused_with_its_words(word: str) -> None:
    with pytest.raises(BadRequest, match="--replicas"):
        _counts([word], prefect=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_once_even_where_the_shell_had_it_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)  # as `dev-distributed &` in a script is started
    try:
        with pytest.raises(KeyboardInterrupt):
            signalled_twice(number)
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)


def signalled_twice(number: signal.Signals) -> None:
    with _stopped_by_signals():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)  # an impatient second one, while everything is ended
        pytest.fail("the signal did not end it")
