"""`scripts/setup.sh` where something is missing: what it says, without installing anything."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as the script looks at, with a PATH of its own."""
    if any(Path(place).exists() for place in ("/opt/homebrew/bin/python3", "/usr/local/bin/python3")):
        pytest.skip("the script finds this machine's Python outside of PATH too")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "libs" / "x" / "scout_x").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup.sh", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for tool in ("sh", "dirname", "uname", "cat", "ls", "cksum", "rm", "mkdir", "chmod"):
        (bin_folder / tool).symlink_to(shutil.which(tool) or pytest.skip(f"{tool} is not here"))
    return tmp_path


def run(clone: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "scripts/setup.sh", *words],
        cwd=clone,
        env={"PATH": str(clone / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_python(clone: Path, name: str, script: str) -> None:
    """A python3 that answers the script's questions as the case wants."""
    path = clone / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_without_python_it_says_what_to_install(clone: Path) -> None:
    ended = run(clone)
    assert ended.returncode == 1
    assert "needs Python 3.11 or newer" in ended.stderr
    assert "install" in ended.stderr


def test_an_old_python_is_passed_over(clone: Path) -> None:
    fake_python(clone, "python3", "exit 1")
    assert "needs Python 3.11 or newer" in run(clone).stderr


def test_without_the_venv_module_it_names_the_package(clone: Path) -> None:
    fake_python(
        clone,
        "python3",
        'case "$2" in *ensurepip*) exit 1;; *"%d.%d"*) echo 3.12; exit 0;; *version_info*) exit 0;; esac',
    )
    ended = run(clone)
    assert ended.returncode == 1
    assert "python3.12-venv" in ended.stderr


def test_it_installs_once_and_again_when_pyproject_changes(clone: Path) -> None:
    fake_python(clone, "python3", PYTHON)
    first = run(clone)
    assert first.returncode == 0, first.stderr
    assert "Installing" in first.stdout
    assert run(clone).stdout == ""
    assert "Installing" in run(clone, "dev").stdout
    assert run(clone).stdout == "", "the development tools hold the light default too"
    with (clone / "pyproject.toml").open("a") as file:
        file.write("\n# changed\n")
    assert "Installing" in run(clone).stdout


PYTHON = """
case "$1 $2" in
  "--version "*) echo "Python 3.12.1";;
  "-m venv") mkdir -p "$3/bin"; for name in python scout; do cat "$0" >"$3/bin/$name"; chmod +x "$3/bin/$name"; done;;
esac
exit 0
"""
