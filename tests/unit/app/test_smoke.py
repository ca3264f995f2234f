"""What `scout smoke` makes of what it sees."""

import io

import httpx
import pytest
from rich.console import Console
from scout_app.client import Client
from scout_app.smoke import Stopwatch, _start
from scout_common.errors import ScoutError
from scout_common.progress import StageProgress


def stage(**units: int) -> list[StageProgress]:
    return [StageProgress(stage="matcher", title="Matching", **units)]


def test_a_stage_is_timed_from_its_first_unit_to_its_last() -> None:
    watch = Stopwatch(began=0.0)
    for units in ({"waiting": 2}, {"running": 2}, {"running": 1, "done": 1}, {"done": 2}, {"done": 2}):
        watch.look(stage(**units))
    assert watch.first["matcher"] < watch.last["matcher"] < watch.seconds


def test_a_stage_that_had_nothing_to_do_has_no_line() -> None:
    watch, out = Stopwatch(), io.StringIO()
    watch.look([*stage(done=3), StageProgress(stage="catalog", title="Reading the catalogue")])
    watch.show(Console(file=out, width=120))
    assert "Matching" in out.getvalue()
    assert "Reading" not in out.getvalue()


def test_a_catalogue_that_is_refused_at_once_is_told_with_what_to_do() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"subject": "/not/there.csv", "detail": "there is no such file or folder"})

    client = Client("http://scout.test")
    client._http = httpx.Client(base_url=client.url, transport=httpx.MockTransport(refuse))
    with pytest.raises(ScoutError, match=r"/not/there.csv.*--catalogue"):
        _start(client, {"catalogue": "/not/there.csv"})
    with pytest.raises(httpx.HTTPStatusError):
        _start(client, {"catalogue": "/there.csv"})
