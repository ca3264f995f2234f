"""The doctor finds what is wrong and says what to do."""

import socket
from pathlib import Path

from scout_app.doctor import Finding, examine
from scout_common.settings import Settings


def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(settings)}


def test_a_healthy_machine_has_no_problem(tmp_path: Path, settings: Settings) -> None:
    found = findings(settings.model_copy(update={"port": 0}))
    assert [finding for finding in found.values() if finding.level == "problem"] == []
    assert "pgvector" in found["PostgreSQL"].said


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wrong = Settings(
            _env_file=None,
            data_dir=tmp_path,
            port=taken.getsockname()[1],
            database_url="postgresql://nobody@127.0.0.1:1/none",
            prefect_api_url="http://127.0.0.1:1/api",
        )
        found = findings(wrong)
    for what, hint in (
        ("PostgreSQL", "SCOUT_DATABASE_URL"),
        ("API", "SCOUT_PORT"),
        ("Prefect", "SCOUT_PREFECT_API_URL"),
    ):
        assert found[what].level == "problem", found[what]
        assert hint in found[what].hint
