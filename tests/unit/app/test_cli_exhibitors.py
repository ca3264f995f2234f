"""What `scout exhibitors import` says of what it did."""

from pathlib import Path
from typing import Any

import pytest
from scout_app import exhibitor_list
from scout_app.cli import app
from typer.testing import CliRunner

DONE = {"show": "Nope Fair", "exhibitors": 2, "booths": 2, "jobs": 0, "bad": []}


@pytest.mark.parametrize("known", [True, False])
def test_a_show_that_no_job_names_is_told(known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bring(*_: object, **__: object) -> dict[str, Any]:
        return DONE | {"known": known}

    monkeypatch.setattr(exhibitor_list, "bring", bring)
    (tmp_path / "list.csv").touch()
    done = CliRunner().invoke(app, ["exhibitors", "import", str(tmp_path / "list.csv"), "--show", "Nope Fair"])
    assert done.exit_code == 0, done.output
    assert done.stdout == "2 exhibitors at 2 booths of Nope Fair\n"
    assert ("no job of this show yet" in done.stderr) is not known
