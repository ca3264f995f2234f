"""What `scout match` tells the shell."""

import pytest
from scout_app.oneshot import exit_code

from flows.store import Problem

UNUSABLE = Problem(severity="error", subject="a.mp4", message="empty", hint="")
DOUBTFUL = Problem(severity="warning", subject="tea", message="plain", hint="")


@pytest.mark.parametrize(
    ("state", "problems", "code"),
    [
        ("done", [], 0),
        ("done", [DOUBTFUL], 0),
        ("done", [DOUBTFUL, UNUSABLE], 3),
        ("partial", [UNUSABLE], 3),
        ("failed", [UNUSABLE], 1),
        ("cancelled", [], 130),
    ],
)
def test_unusable_input_is_told_by_the_exit_code(state: str, problems: list[Problem], code: int) -> None:
    assert exit_code(state, problems) == code
