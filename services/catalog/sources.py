"""Where a picture that a catalogue names is to be found: beside the catalogue file, or on the web."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A catalogue on this machine: pictures are files (relative to its folder), or addresses."""

    folder: Path

    def locate(self, source: str) -> Path | str:
        """The file or the address. Raises ValueError where it is neither."""
        if source.lower().startswith("file:"):
            return Path(unquote(urlsplit(source).path))
        if _SCHEME.match(source):
            return _address(source)
        if "\0" in source:
            raise ValueError("this is no path")
        path = self.folder / source
        # Catalogues are often written on Windows.
        return path if "\\" not in source or path.exists() else self.folder / source.replace("\\", "/")


@dataclass(frozen=True, kw_only=True)
class OnTheWeb:
    """A catalogue that was fetched: its words must not reach into this machine's files, so pictures are addresses."""

    url: str

    def locate(self, source: str) -> str:
        """The address, relative ones completed. Raises ValueError where it is none."""
        if _SCHEME.match(source):
            return _address(source)
        if re.match(r"[A-Za-z]:|\\", source):
            raise ValueError("a catalogue from the web may not name files of this machine")
        return _address(urljoin(self.url, source))


def _address(source: str) -> str:
    if not source.lower().startswith(("http://", "https://")):
        raise ValueError(f"{source.partition(':')[0]!r} addresses are not read: give a path, http or https")
    return source
