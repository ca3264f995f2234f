"""Looking up a job's media list on the disk: files, folders, globs; what has to be fetched is left to be."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from scout_common.errors import BadRequest
from scout_common.fetch import is_url

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
UPLOAD = "upload:"
SEARCH = re.compile(r"[a-z][a-z0-9.]{0,30}search(date)?\d{0,4}:.", re.DOTALL)
"""A search on a video site, `ytsearch5:food expo`: media ingestion asks the site."""
LONGEST_PATH = 2000
"""Bytes. The path is the key of a unit, and an index row of PostgreSQL takes about 2700."""


def need_catalogue(source: str) -> None:
    """Raise BadRequest where the catalogue is a place on this machine and nothing is there: better now than later."""
    if is_url(source) or source.startswith(UPLOAD):
        return
    try:
        Path(source).stat()
    except (FileNotFoundError, NotADirectoryError):
        hint = "check how the catalogue's path is spelled; relative paths start where Scout was started"
        raise BadRequest("there is no such file or folder", subject=source, hint=hint) from None
    except OSError as error:
        raise BadRequest(f"the catalogue cannot be read: {error.strerror}", subject=source) from error


def look_up(entry: str) -> Found:
    """What an entry of a media list leads to. A file named outright is taken whatever its suffix."""
    if entry.lower().startswith(("http://", "https://", UPLOAD)) or SEARCH.match(entry):
        return Found(entry=entry, media=(Medium(uri=entry, name=entry),))
    try:
        path = Path(entry.removeprefix("file://")).expanduser()
        if path.is_dir():
            return _folder(entry, path)
        if path.is_file():
            return _taken(entry, [(path, entry)])
        return _glob(entry, path)
    except OSError as error:
        return Found(entry=entry, problem=f"It cannot be read: {error.strerror}.", hint="check the permissions")
    except (RuntimeError, ValueError) as error:  # `~nobody-here`, links in a circle: pathlib's own words
        return Found(entry=entry, problem=f"It cannot be looked up: {error}", hint="give its full path")


def _folder(entry: str, folder: Path) -> Found:
    found = [(path, str(Path(entry) / path.relative_to(folder))) for path in media_below(folder)]
    if found:
        return _taken(entry, found)
    return Found(entry=entry, problem="There is no video and no photo in this folder.", hint=f"Scout reads {_known()}.")


def media_below(folder: Path) -> Iterator[Path]:
    """Media below a folder, in the order of their names; hidden ones are left out, links to folders not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place) / name


def _glob(entry: str, pattern: Path) -> Found:
    if not glob.has_magic(entry):
        return Found(entry=entry, problem="There is no such file or folder.", hint="Check how it is spelled.")
    names = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207  (absolute patterns, as a shell has them)
    found = [(Path(name), name) for name in names if Path(name).suffix.lower() in SUFFIXES and Path(name).is_file()]
    if found:
        return _taken(entry, found)
    return Found(entry=entry, problem="No video and no photo matches this pattern.", hint=f"Scout reads {_known()}.")


def _taken(entry: str, found: Sequence[tuple[Path, str]]) -> Found:
    """The media among (path, name). What the database could not hold as a key costs only itself, and is told."""
    media: list[Medium] = []
    strange: list[str] = []
    for path, name in found:
        uri = os.path.realpath(path)  # not Path.resolve, which gives up at links in a circle
        try:
            fits = len(uri.encode()) <= LONGEST_PATH and len(name.encode()) <= LONGEST_PATH
        except UnicodeEncodeError:  # bytes that are no UTF-8
            fits = False
        if fits:
            media.append(Medium(uri=uri, name=name))
        else:
            strange.append(ascii(path.name[:60]))
    if not strange:
        return Found(entry=entry, media=tuple(media))
    names = ", ".join(strange[:3]) + (" ..." if len(strange) > 3 else "")
    problem = f"{len(strange)} of its files have a name that is not UTF-8, or too long a path: {names}."
    return Found(entry=entry, media=tuple(media), problem=problem, hint="rename them and start a new job")


def _known() -> str:
    return ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
