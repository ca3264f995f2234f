"""What the composition root prepares."""

from pathlib import Path

from scout_app.bootstrap import forget_downloads


def test_downloads_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    for name in (".fetch-a1", "kept.bin"):
        (tmp_path / name).touch()
    forget_downloads(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.bin"]
    forget_downloads(tmp_path / "missing")
