"""The command line itself: quick to answer, honest about its options."""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from scout_app.bootstrap import read_settings
from scout_app.cli import app
from scout_app.cli_match import job_request
from scout_app.prefect_api import start_flow
from scout_app.prefect_child import Prefect, free_port
from scout_common.errors import BadRequest


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    program = (
        "import sys; from scout_app.cli import main; sys.argv = ['scout', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('HEAVY', sorted({'cv2', 'numpy', 'sqlalchemy', 'prefect', 'fastapi', 'av'} & sys.modules.keys()))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "HEAVY []" in said
    assert all(command in said for command in ("match", "up", "job", "doctor", "db", "evidence"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3, "CPU seconds, others' work left out"


def test_a_request_has_absolute_places_and_leaves_addresses(tmp_path: Path) -> None:
    request = job_request(
        catalogue="products.csv",
        media=["films/*.mp4", "https://example.org/a.mp4", "~nobody-here/a.mp4", "ytsearch5:food expo", "upload:7"],
        title=None,
        strict=False,
        show="Spring Fair",
        place="Cologne",
        starts_on="2026-03-02",
        ends_on=None,
        stages=["catalog"],
        min_probability=0.7,
    )
    assert request["catalogue"] == str(Path.cwd() / "products.csv")
    places = [str(Path.cwd() / "films/*.mp4"), "https://example.org/a.mp4", str(Path.cwd() / "~nobody-here/a.mp4")]
    assert request["media"] == [*places, "ytsearch5:food expo", "upload:7"]
    assert request["show"] == {"name": "Spring Fair", "place": "Cologne", "starts_on": "2026-03-02"}
    assert request["options"] == {"min_probability": 0.7, "stages": ["catalog"]}
    assert "title" not in request


def test_dates_and_place_need_the_name_of_their_show() -> None:
    asked = {"catalogue": "c.csv", "media": ["a.mp4"], "title": None, "strict": False, "show": None, "stages": None}
    for given in ({"starts_on": "2026-03-02"}, {"ends_on": "2026-03-02"}, {"place": "Cologne"}):
        about = {"place": None, "starts_on": None, "ends_on": None} | given
        with pytest.raises(BadRequest, match="--show NAME"):
            job_request(**asked, **about)  # type: ignore[arg-type]


def test_all_ways_to_start_a_job_take_the_same_options() -> None:
    group: Any = typer.main.get_command(app)
    match, start, watch = group.commands["match"], group.commands["job"].commands["start"], group.commands["watch"]
    taken = [{option for parameter in command.params for option in parameter.opts} for command in (match, start, watch)]
    assert taken[0] & taken[1] - {"media"} == taken[0] & taken[2] - {"--data", "--data-dir"}
    assert taken[0] & taken[1] >= {"--catalogue", "--query", "--show-starts", "--stage", "--evidence", "--embedder"}
    own = {"--json", "--report", "--proofs", "--exhibitors", "--data", "--data-dir", "--workers"}
    assert taken[0] - taken[1] == own
    assert taken[1] - taken[0] == {"--idempotency-key", "--watch", "-w", "--url"}


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_WORKERS", "none")
    with pytest.raises(BadRequest, match=r"SCOUT_WORKERS.*'none'"):
        read_settings()


def test_a_job_needs_no_prefect() -> None:
    assert Prefect(None).start_flow("id", "title") is None
    assert Prefect(None).page is None
    assert start_flow(f"http://127.0.0.1:{free_port(0)}/api", "id", "title") is None


def test_prefect_takes_another_port_where_its_own_is_taken() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (0, port)
