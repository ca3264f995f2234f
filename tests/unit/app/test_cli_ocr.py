"""`scout ocr FILE...`: what was typed wrong is told in the words that were typed, before anything is read."""

from pathlib import Path

import pytest
from scout_app.cli import app
from scout_app.reading_outputs import Outputs, Writer
from scout_common.errors import BadRequest
from typer.testing import CliRunner


@pytest.mark.parametrize("words", [("x.png", "--kind", "bottle"), ("x.png", "--nope"), ("--json", "x.jsonl")])
def test_usage_does_not_name_the_command_that_nobody_types(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["ocr", *words], prog_name="scout")
    assert done.exit_code == 2
    assert "scout ocr [OPTIONS]" in done.stderr
    assert "ocr read" not in done.stderr


def test_a_choice_that_is_none_is_told_without_the_name_of_the_error() -> None:
    done = CliRunner().invoke(app, ["ocr", "x.png", "--kind", "bottle"])
    assert "'bottle' is not one of" in done.stderr
    assert "Value error" not in done.stderr


def test_help_of_the_group_says_where_the_options_of_reading_are() -> None:
    runner = CliRunner()
    assert "scout ocr FILE... --help" in runner.invoke(app, ["ocr", "--help"]).stdout
    assert "--markdown" in runner.invoke(app, ["ocr", "x.png", "--help"]).stdout


@pytest.mark.parametrize("several", [False, True])
def test_a_folder_that_is_not_there_is_told_not_made(several: bool, tmp_path: Path) -> None:
    place = tmp_path / "nope" / "x"
    for outputs in (Outputs(json=str(place)), Outputs(json=str(tmp_path / "x.jsonl"), text=place), Outputs(pdf=place)):
        told(outputs, several)
    assert [*tmp_path.iterdir()] == [], "neither what is asked for nor what could be written beside it"


def told(outputs: Outputs, several: bool) -> None:
    with pytest.raises(BadRequest, match="no such folder"), Writer(outputs, several=several):
        pass


def test_a_folder_for_several_texts_is_made(tmp_path: Path) -> None:
    with Writer(Outputs(text=tmp_path / "texts"), several=True):
        assert (tmp_path / "texts").is_dir()
