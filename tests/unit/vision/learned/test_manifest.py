"""A model's folder is read with care: what is in it was made elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_vision.learned.manifest import (
    MANIFEST,
    BadModel,
    Manifest,
    ModelFile,
    Preparation,
    checked_file,
    read_manifest,
    sha256_of,
)

HOW = Preparation(size=(224, 224), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def made(folder: Path, **more: Any) -> Manifest:
    (folder / "image.onnx").write_bytes(b"weights")
    files = {"image": ModelFile(name="image.onnx", sha256=sha256_of(folder / "image.onnx"))}
    manifest = Manifest(name="m", kind="clip", architecture="a", files=files, dim=8, preparation=HOW, **more)
    manifest.write(folder)
    return manifest


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest = made(tmp_path, context_length=77, agreement={"image": 0.9999}, versions={"torch": "2"})
    assert read_manifest(tmp_path) == manifest


def test_the_version_follows_weights_and_preparation_alone(tmp_path: Path) -> None:
    one = made(tmp_path)
    assert one.version("image") == made(tmp_path, source="elsewhere").version("image")
    (tmp_path / "image.onnx").write_bytes(b"others")
    other = ModelFile(name="image.onnx", sha256=sha256_of(tmp_path / "image.onnx"))
    changed = Manifest(name="m", kind="clip", architecture="a", files={"image": other}, dim=8, preparation=HOW)
    assert changed.version("image") != one.version("image")
    squashed = Preparation(size=HOW.size, mean=HOW.mean, std=HOW.std, resize="squash")
    fed = Manifest(name="m", kind="clip", architecture="a", files=one.files, dim=8, preparation=squashed)
    assert fed.version("image") != one.version("image")


def test_changed_and_missing_files_are_told(tmp_path: Path) -> None:
    manifest = made(tmp_path)
    assert checked_file(tmp_path, manifest, "image") == tmp_path / "image.onnx"
    (tmp_path / "image.onnx").write_bytes(b"tampered")
    with pytest.raises(BadModel, match="not the file"):
        checked_file(tmp_path, manifest, "image")
    (tmp_path / "image.onnx").unlink()
    with pytest.raises(BadModel, match="lacks"):
        checked_file(tmp_path, manifest, "image")
    with pytest.raises(BadModel, match="no text part"):
        manifest.version("text")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "", ".", "a/b"])
def test_files_are_those_of_the_folder(tmp_path: Path, name: str) -> None:
    made(tmp_path)
    stored = json.loads((tmp_path / MANIFEST).read_text())
    stored["files"]["image"]["name"] = name
    (tmp_path / MANIFEST).write_text(json.dumps(stored))
    with pytest.raises(BadModel, match="no manifest"):
        read_manifest(tmp_path)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="there is no"):
        read_manifest(tmp_path)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=9), lambda v: st.lists(v) | st.dictionaries(st.text(max_size=9), v)
    )
)
def test_foreign_json_is_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / MANIFEST).write_text(json.dumps(value))
    with pytest.raises(BadModel):
        read_manifest(folder)
