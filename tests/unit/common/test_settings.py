"""Settings come from SCOUT_... only, are checked, and travel to worker processes unchanged."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from scout_common.settings import Settings


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_PORT", "9000")
    monkeypatch.setenv("SCOUT_DATA_DIR", "/srv/scout")
    settings = Settings(_env_file=None)
    assert settings.port == 9000
    assert settings.scratch_dir == Path("/srv/scout/scratch")


def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_WORKERS", "0")
    with pytest.raises(ValidationError):
        Settings(_env_file=None)


def test_they_travel_as_json() -> None:
    settings = Settings(_env_file=None, workers=3, data_dir=Path("x"))
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings


def test_every_setting_is_in_the_example() -> None:
    lines = (Path(__file__).parents[3] / ".env.example").read_text().splitlines()
    listed = {line.lstrip("#").split("=")[0] for line in lines if line.startswith(("#SCOUT_", "SCOUT_"))}
    assert {f"SCOUT_{name.upper()}" for name in Settings.model_fields} <= listed


def test_secrets_reach_our_own_processes_and_no_log() -> None:
    settings = Settings(_env_file=None, webhook_secret="word", master_key="key")
    assert Settings.model_validate(settings.told()) == settings
    assert settings.told()["webhook_secret"] == "word"
    assert "word" not in repr(settings) and "'key'" not in repr(settings)
