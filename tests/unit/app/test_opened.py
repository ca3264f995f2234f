"""A command works beside a `scout up` on the same data folder, and not beside a one-shot command."""

from pathlib import Path

import pytest
from scout_app import folder
from scout_app.opened import open_database
from scout_common.db import make_engine, migrate
from scout_common.errors import DataFolderBusy
from scout_common.postgres import EmbeddedPostgres, running_url
from sqlalchemy import text


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCOUT_DATABASE_URL", raising=False)
    return tmp_path / "data"


def test_a_command_shares_the_database_of_a_running_scout(data_dir: Path) -> None:
    with folder.hold(data_dir, command="scout up", url="http://127.0.0.1:1"), EmbeddedPostgres(data_dir) as url:
        migrate(url)
        assert running_url(data_dir) == url
        with make_engine(url).begin() as connection:
            connection.execute(text("INSERT INTO show (id, name) VALUES (gen_random_uuid(), 'Food Expo')"))
        with open_database(data_dir, "scout purge") as opened, opened.engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM show")).scalar_one() == "Food Expo"
    assert running_url(data_dir) is None


def test_beside_a_one_shot_command_it_waits_its_turn(data_dir: Path) -> None:
    with (
        folder.hold(data_dir, command="scout match"),
        pytest.raises(DataFolderBusy, match="scout match"),
        open_database(data_dir, "scout purge"),
    ):
        pass
