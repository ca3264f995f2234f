"""The command line's view of the API."""

from pathlib import Path
from typing import Any

import pytest
from scout_app.cli import app
from scout_app.client import Client, problems_of, sighting_of, stages_of
from scout_common.errors import NotFound
from typer.testing import CliRunner

MATCH: dict[str, Any] = {
    "id": "7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55",
    "product": {"sku": "CK-1", "title": "Choco", "brand": "Krave"},
    "family": [],
    "medium": {"name": "hall.mp4", "kind": "video"},
    "start_s": 1.0,
    "end_s": 2.0,
    "best_s": 1.5,
    "probability": 0.9,
    "sibling_risk": 0.1,
    "facings": 2,
    "frames": 3,
}


class Jobs(Client):
    """A client that knows some jobs without asking."""

    def __init__(self, *ids: str) -> None:
        super().__init__("http://127.0.0.1:1")
        self._ids = ids

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        return [{"id": job_id} for job_id in self._ids]


def test_a_beginning_is_completed_when_it_is_unique() -> None:
    client = Jobs("0198a1c2-52aa", "0198a1d3-52aa")
    assert client.complete("0198a1c") == "0198a1c2-52aa"
    with pytest.raises(NotFound, match="2 jobs begin with it"):
        client.complete("0198")
    with pytest.raises(NotFound, match="no jobs begin with it"):
        client.complete("ff")


def test_a_tie_is_a_sighting_of_its_family() -> None:
    tie = sighting_of(MATCH | {"product": None, "family": [{"sku": "CK-2"}, {"sku": "CK-1"}]})
    assert tie.sku is None
    assert tie.product == "one of CK-1, CK-2"
    assert sighting_of(MATCH).product == "Choco (CK-1)"


def test_progress_takes_what_it_knows() -> None:
    stage = {"stage": "matcher", "title": "Matching", "total": 3, "done": 2, "running": 1, "new_field": 7}
    (progress,) = stages_of({"stages": [stage]})
    assert (progress.total, progress.left, progress.ended) == (3, 1, 2)


def test_failures_come_before_issues() -> None:
    failure = {"key": "bad.mp4", "message": "it is empty", "hint": None, "stage": "media_ingestion"}
    issue = {"severity": "warning", "subject": "line 7", "message": "no price", "hint": ""}
    told = problems_of({"failures": [failure], "issues": [issue]})
    assert [(p.severity, p.subject) for p in told] == [("error", "bad.mp4"), ("warning", "line 7")]


def test_the_address_is_that_of_the_environment_or_of_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SCOUT_URL", "SCOUT_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert Client().url == "http://127.0.0.1:8000"
    (tmp_path / ".env").write_text("SCOUT_PORT=9000\n")
    assert Client().url == "http://127.0.0.1:9000"
    monkeypatch.setenv("SCOUT_URL", "http://hall:8000/")
    assert Client().url == "http://hall:8000"


def test_another_catalogue_is_asked_of_a_jobs_keyframes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`scout job rematch`: the request it sends, with a local catalogue made absolute."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(Client, "start", lambda self, request, key=None: asked.append(request) or {"job_id": "new"})
    monkeypatch.setattr(Client, "jobs", lambda self, limit: [{"id": "0198a1c2-52aa"}])
    monkeypatch.chdir(tmp_path)
    words = ["job", "rematch", "0198", "--catalogue", "new.csv", "--nearest", "5", "--url", "http://127.0.0.1:1"]
    said = CliRunner().invoke(app, words)
    assert said.output == "new\n"
    frames_of, catalogue = "0198a1c2-52aa", str(tmp_path / "new.csv")
    assert asked == [{"catalogue": catalogue, "frames_of": frames_of, "options": {"nearest": 5}}]
