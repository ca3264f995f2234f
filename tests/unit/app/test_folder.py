"""One Scout at a time in a data folder, and the second is told who is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scout_app import folder
from scout_common.errors import DataFolderBusy, ScoutError


def test_the_second_is_told_who_has_it(tmp_path: Path) -> None:
    with folder.hold(tmp_path, command="scout up", url="http://127.0.0.1:8123"):
        with pytest.raises(DataFolderBusy) as told, folder.hold(tmp_path, command="scout match"):
            pass
        assert "scout up" in str(told.value)
        assert str(os.getpid()) in str(told.value)
        assert "http://127.0.0.1:8123" in str(told.value)
        assert str(tmp_path) in str(told.value)
        assert "--data" in told.value.hint


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    with folder.hold(tmp_path, command="scout up"):
        who = folder.holder(tmp_path)
        assert who is not None
        assert who["command"] == "scout up"
    assert folder.holder(tmp_path) is None
    with folder.hold(tmp_path, command="scout match"):
        pass


def test_a_killed_holder_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from scout_app import folder\n"
        "with folder.hold(Path(sys.argv[1]), command='scout up'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    with folder.hold(tmp_path, command="scout match"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScoutError, match="file/data"), folder.hold(tmp_path / "file" / "data", command="scout up"):
        pass
