"""Looking up a job's media list on the disk: files, folders, globs; URLs are left to be fetched."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from services.orchestrator.handler import Found, Medium

VIDEO_SUFFIXES = frozenset(
    {
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".ts",
        ".mts",
        ".m2ts",
        ".3gp",
        ".wmv",
        ".flv",
        ".ogv",
        ".mxf",
    }
)
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
SUFFIXES = VIDEO_SUFFIXES | PHOTO_SUFFIXES


def look_up(entry: str) -> Found:
    """What an entry of a media list leads to. A file named outright is taken whatever its suffix."""
    if entry.lower().startswith(("http://", "https://")):
        return Found(entry=entry, media=(Medium(uri=entry, name=entry),))
    path = Path(entry.removeprefix("file://")).expanduser()
    try:
        if path.is_dir():
            return _folder(entry, path)
        if path.is_file():
            return Found(entry=entry, media=(_local(path, entry),))
        return _glob(entry, path)
    except OSError as error:
        return Found(entry=entry, problem=f"It cannot be read: {error.strerror}.", hint="check the permissions")


def _folder(entry: str, folder: Path) -> Found:
    media = tuple(_local(path, str(Path(entry) / path.relative_to(folder))) for path in _walk(folder))
    if media:
        return Found(entry=entry, media=media)
    return Found(entry=entry, problem="There is no video and no photo in this folder.", hint=f"known are {_known()}")


def _walk(folder: Path) -> Iterator[Path]:
    """Media below a folder, in the order of their names; hidden ones are left out, links to folders not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place) / name


def _glob(entry: str, pattern: Path) -> Found:
    if not glob.has_magic(entry):
        return Found(entry=entry, problem="There is no such file or folder.", hint="check the name and the place")
    names = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207  (absolute patterns, as a shell has them)
    media = tuple(_local(Path(name), name) for name in names if Path(name).is_file())
    media = tuple(medium for medium in media if Path(medium.name).suffix.lower() in SUFFIXES)
    if media:
        return Found(entry=entry, media=media)
    return Found(entry=entry, problem="No video and no photo matches this pattern.", hint=f"known are {_known()}")


def _local(path: Path, name: str) -> Medium:
    return Medium(uri=str(path.resolve()), name=name)


def _known() -> str:
    return ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
