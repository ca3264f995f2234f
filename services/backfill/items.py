"""What a backfill goes over: items of a source, the filters on them, and what every source can do."""

import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any, Protocol

from scout_common.errors import PermanentError

RESULT = ".reading"
"""What names of our own results hold, before their ending: they are never read as sources."""
NOT_READ = ("video/", "audio/", "font/", "application/zip", "application/gzip", "application/x-tar", "text/x-")
"""Media types that hold nothing we read; what has no known type is looked at, for content decides."""
PAGE = 500
_MORE = {".heic": "image/heic", ".heif": "image/heif", ".avif": "image/avif", ".webp": "image/webp"}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file of a source. id: names it within the source, also tomorrow."""

    id: str
    name: str
    bytes: int
    media_type: str = ""
    modified_at: datetime | None = None
    owner: str = ""
    tenant: str = ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Some items, and from where the listing goes on; cursor None: that was all."""

    items: tuple[Item, ...]
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """types: media types (`image/*`) or endings (`.pdf`), () for everything readable; since <= modified < until."""

    types: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    owner: str = ""
    tenant: str = ""

    def takes(self, item: Item) -> bool:
        """Whether the item is to be read."""
        if RESULT in item.name.rsplit("/", 1)[-1] or not item.bytes:
            return False
        if (self.owner and item.owner != self.owner) or (self.tenant and item.tenant != self.tenant):
            return False
        return self._in_time(item) and self._of_type(item)

    def _of_type(self, item: Item) -> bool:
        kind = item.media_type or media_type_of(item.name)
        if not self.types:
            return not kind.startswith(NOT_READ)
        name = item.name.lower()
        return any(name.endswith(one) if one.startswith(".") else fnmatchcase(kind, one) for one in self.types)

    def _in_time(self, item: Item) -> bool:
        if self.since is None and self.until is None:
            return True
        if item.modified_at is None:
            return False
        after = self.since is None or item.modified_at >= self.since
        return after and (self.until is None or item.modified_at < self.until)

    def as_json(self) -> dict[str, Any]:
        """JSON values, the same for the same filters."""
        times = {name: getattr(self, name) and getattr(self, name).isoformat() for name in ("since", "until")}
        return {"types": list(self.types), "owner": self.owner, "tenant": self.tenant, **times}


class Source(Protocol):
    """A place with files."""

    @property
    def name(self) -> str:
        """What the user called it, made absolute: the same place has the same name."""

    def pages(self, cursor: str | None, wanted: Wanted) -> Iterator[Listed]:
        """Items in an order that stays, from after the cursor; only those wanted. Raises ScoutError."""

    def read(self, item: str, most: int) -> bytes:
        """The file. Raises BlobMissing, PermanentError (more than `most` bytes), TransientError."""

    def keep(self, item: str, ending: str, data: bytes, media_type: str, about: Mapping[str, Any]) -> None:
        """Store a result beside its source. Raises ScoutError."""

    def mark(self, item: str, status: str, detail: str = "") -> None:
        """Say how far an item is, where the source wants to know. Raises ScoutError."""


def media_type_of(name: str) -> str:
    """By the name's ending; "" where it says nothing."""
    ending = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    return _MORE.get(ending) or mimetypes.guess_type(name)[0] or ""


def paged(found: Iterable[Item], wanted: Wanted) -> Iterator[Listed]:
    """Pages whose cursor is the last item looked at, wanted or not."""
    rest = iter(found)
    while group := tuple(islice(rest, PAGE)):
        yield Listed(items=tuple(item for item in group if wanted.takes(item)), cursor=group[-1].id)
    yield Listed(items=(), cursor=None)


def first_folder(below: str) -> str:
    """What counts as the tenant where a store knows none."""
    return below.split("/", 1)[0] if "/" in below else ""


def fair(data: bytes, most: int, item: str) -> bytes:
    """The data where it is not too much; most < 0: it is. Raises PermanentError."""
    if most < 0 or len(data) > most:
        raise PermanentError("the file is larger than SCOUT_MAX_UPLOAD_BYTES", subject=item, hint="raise that setting")
    return data
