"""`scout keys`: a master key made, exchanged for another, and a sealed file opened."""

from pathlib import Path

import pytest
from scout_app.cli import app
from scout_common.sealing import MasterKeys, key_of, read_key_file
from scout_common.settings import Settings
from scout_common.vault import Vault
from scout_common.work import Resources
from typer.testing import CliRunner

from services.backfill.beside import CONTEXT


def scout(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["keys", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_key_is_made_exchanged_and_opens_what_was_sealed_before(
    resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCOUT_DATABASE_URL", resources.settings.database_url)
    monkeypatch.setenv("SCOUT_DATA_DIR", str(resources.settings.data_dir))
    monkeypatch.setenv("SCOUT_MASTER_KEY_FILE", str(keys := tmp_path / "keys"))
    first = scout("new", str(keys))
    assert keys.stat().st_mode & 0o777 == 0o600
    vault = Vault.of(Settings(_env_file=None, master_key_file=str(keys)))
    with resources.engine.begin() as connection:
        sealed = vault.seal(connection, "default", "00000000-0000-4000-8000-000000000001", CONTEXT, b"Lindqvist")
    assert key_of(sealed) is not None
    (tmp_path / "r.json.sealed").write_bytes(sealed)

    second = scout("new", str(keys))
    assert len(read_key_file(keys)) == 2
    assert MasterKeys(read_key_file(keys)).current in second
    assert MasterKeys(read_key_file(keys)).current not in first
    assert scout("rotate").startswith("1 data keys")
    assert scout("rotate").startswith("0 data keys")
    keys.write_text(keys.read_text().splitlines()[0] + "\n")  # the old one may go
    scout("open", str(tmp_path / "r.json.sealed"), str(tmp_path / "r.json"))
    assert (tmp_path / "r.json").read_bytes() == b"Lindqvist"


def test_a_file_that_holds_no_keys_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a key\n")
    done = CliRunner().invoke(app, ["keys", "new", str(tmp_path / "notes.txt")])
    assert done.exit_code != 0
    assert (tmp_path / "notes.txt").read_text() == "not a key\n"
