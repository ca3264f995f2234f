"""`scout models`: export, list, verify, as a user types them."""

import json
import shutil
from pathlib import Path

import pytest
from scout_app.cli import app
from typer.testing import CliRunner

from tests.learned import checkpoint, models, needs_learned, workshop

RUN = CliRunner()


def test_an_empty_folder_says_how_to_make_a_model(tmp_path: Path) -> None:
    said = RUN.invoke(app, ["models", "list", "--models-dir", str(tmp_path / "none")])
    assert said.exit_code == 0
    assert "scout models export" in said.output


def test_a_broken_model_is_listed_with_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    said = RUN.invoke(app, ["models", "list", "--models-dir", str(tmp_path)])
    assert said.exit_code == 0
    assert "broken" in said.output and "manifest.json" in said.output
    assert RUN.invoke(app, ["models", "verify", "--models-dir", str(tmp_path)]).exit_code == 1


@needs_learned
def test_export_list_and_verify(tmp_path: Path) -> None:
    folder = ["--models-dir", str(tmp_path)]
    config, weights = str(workshop() / "tiny-clip.json"), str(checkpoint())
    made = RUN.invoke(app, ["models", "export", "--model", config, "--checkpoint", weights, "--int8", *folder])
    assert made.exit_code == 0, made.output
    assert "onnx:tiny-clip" in made.output and "cosine 0.99" in made.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny-clip"]
    listed = RUN.invoke(app, ["models", "list", *folder])
    assert "tiny-clip" in listed.output and "int8" in listed.output
    verified = RUN.invoke(app, ["models", "verify", "tiny-clip", *folder])
    assert verified.exit_code == 0, verified.output
    assert "ok, image cosine 0.99" in verified.output
    again = RUN.invoke(app, ["models", "export", "--model", config, "--checkpoint", weights, *folder])
    assert "there is a model tiny-clip" in str(again.exception)


@needs_learned
def test_weights_of_another_model_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    for model, weights in ((str(workshop() / "tiny-clip.json"), "disk"), ("disk", "clip"), ("no-such-model", "clip")):
        words = ["models", "export", "--model", model, "--checkpoint", str(checkpoint(weights))]
        refused = RUN.invoke(app, [*words, "--models-dir", str(tmp_path)])
        assert refused.exit_code == 1
        assert str(refused.exception)
    assert list(tmp_path.iterdir()) == []


@needs_learned
def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    import torch

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.write_text, (tmp_path / "pwned", "x")

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pt")
    for model in ("disk", str(workshop() / "tiny-clip.json")):
        words = ["models", "export", "--model", model, "--checkpoint", str(tmp_path / "evil.pt")]
        assert RUN.invoke(app, [*words, "--models-dir", str(tmp_path / "m")]).exit_code == 1
    assert not (tmp_path / "pwned").exists()


@needs_learned
def test_a_changed_file_fails_verification(tmp_path: Path) -> None:
    shutil.copytree(models() / "tiny", tmp_path / "tiny")
    shutil.copytree(models() / "disk", tmp_path / "disk")
    manifest = json.loads((tmp_path / "tiny" / "manifest.json").read_text())
    (tmp_path / "tiny" / manifest["files"]["text"]["name"]).write_bytes(b"x")
    said = RUN.invoke(app, ["models", "verify", "--models-dir", str(tmp_path)])
    assert said.exit_code == 1
    assert "disk: ok, files unchanged" in said.output
    assert "tiny:" in said.output and "not the file" in said.output


def test_names_are_checked(tmp_path: Path) -> None:
    words = ["models", "export", "--model", "disk", "--name", "../up", "--models-dir", str(tmp_path)]
    with pytest.raises(Exception, match="cannot be the name"):
        RUN.invoke(app, words, catch_exceptions=False)
