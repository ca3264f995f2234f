"""One line per record, its facts as key=value."""

import io
import logging

import pytest
from scout_common import logs


@pytest.fixture
def _root() -> object:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.usefixtures("_root")
def test_extras_are_told() -> None:
    stream = io.StringIO()
    logs.configure("INFO", stream)
    logging.getLogger("scout_common.runner").info("taken back", extra={"units": 3, "why": "lease ended"})
    logging.getLogger("scout_common.runner").debug("not shown")
    assert stream.getvalue()[9:] == "INFO runner: taken back units=3 why='lease ended'\n"


@pytest.mark.usefixtures("_root")
def test_a_traceback_follows_the_line() -> None:
    stream = io.StringIO()
    logs.configure("INFO", stream)
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("x").exception("failed", extra={"unit": 1})
    first, *rest = stream.getvalue().splitlines()
    assert first.endswith("failed unit=1")
    assert rest[-1] == "ValueError: no"
