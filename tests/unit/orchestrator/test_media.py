"""Media lists: files, folders, globs and URLs; what leads to nothing says why."""

import os
from pathlib import Path

import pytest
from scout_common.errors import BadRequest

from services.orchestrator.media import look_up, need_catalogue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.MP4", "a.jpg", "sub/c.mov", "notes.txt", ".hidden.mp4", ".cache/d.mp4", "sub/odd.bin"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_a_catalogue_that_is_not_there_is_refused_with_its_path(folder: Path) -> None:
    for there in (str(folder), str(folder / "notes.txt"), "https://example.org/p.csv", "upload:7"):
        need_catalogue(there)
    for missing in (str(folder / "none.csv"), str(folder / "notes.txt" / "p.csv")):
        with pytest.raises(BadRequest) as told:
            need_catalogue(missing)
        assert str(told.value).startswith(f"{missing}: there is no such file or folder")


@pytest.mark.parametrize(
    "entry", ["https://example.org/a.mp4", "ytsearch5:food expo", "ytsearchdate:x", "upload:0198a1c2-52aa"]
)
def test_what_has_to_be_fetched_is_left_to_be(entry: str) -> None:
    (medium,) = look_up(entry).media
    assert (medium.uri, medium.name) == (entry, entry)


def names(found: object) -> list[str]:
    return [medium.name for medium in found.media]  # type: ignore[attr-defined]


def test_a_folder_is_searched_in_the_order_of_names(folder: Path) -> None:
    found = look_up(str(folder))
    assert names(found) == [f"{folder}/a.jpg", f"{folder}/b.MP4", f"{folder}/sub/c.mov"]
    assert not found.problem


def test_a_file_named_outright_is_taken_whatever_its_suffix(folder: Path) -> None:
    found = look_up(str(folder / "sub/odd.bin"))
    assert [medium.uri for medium in found.media] == [str((folder / "sub/odd.bin").resolve())]


def test_globs(folder: Path) -> None:
    assert names(look_up(f"{folder}/**/*.m*")) == [f"{folder}/sub/c.mov"]
    assert look_up(f"{folder}/*.webm").problem == "No video and no photo matches this pattern."


def test_a_file_whose_name_looks_like_a_pattern(folder: Path) -> None:
    (folder / "clip[1].mp4").touch()
    assert names(look_up(str(folder / "clip[1].mp4"))) == [f"{folder}/clip[1].mp4"]


def test_relative_paths_and_file_urls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert look_up("b.MP4").media[0].uri == str(folder.resolve() / "b.MP4")
    assert look_up(f"file://{folder}/b.MP4").media[0].uri == str(folder.resolve() / "b.MP4")


def test_urls_are_left_to_be_fetched() -> None:
    assert look_up("https://example.org/a.mp4").media[0].uri == "https://example.org/a.mp4"


def test_what_leads_to_nothing_says_why(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert "no video and no photo" in look_up(str(folder / "empty")).problem
    assert look_up(str(folder / "missing.mp4")).problem == "There is no such file or folder."
    assert look_up("/" + "x" * 5000).problem


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    os.symlink(folder, folder / "sub" / "loop")  # noqa: PTH211
    assert len(look_up(str(folder)).media) == 3


def test_names_the_database_cannot_hold_cost_only_themselves(folder: Path) -> None:
    try:
        (folder / os.fsdecode(b"caf\xe9.mp4")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    found = look_up(str(folder))
    assert len(found.media) == 3
    assert "not UTF-8" in found.problem
    found.problem.encode()


def test_what_cannot_be_looked_up_is_a_problem_not_an_error(folder: Path) -> None:
    assert "looked up" in look_up("~nobody-of-that-name/a.mp4").problem
    (folder / "circle.mp4").symlink_to(folder / "circle.mp4")
    assert len(look_up(str(folder)).media) == 4  # ingestion says that it cannot be read
