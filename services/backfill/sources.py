"""Files of a backfill on this machine: of a folder, or what Scout has stored already."""

import os
import pwd
import stat
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from scout_common.blobs import BlobStore
from scout_common.errors import BadRequest, BlobMissing, NotFound, PermanentError, StorageUnavailable
from sqlalchemy import Engine, text

from services.backfill.items import PAGE, RESULT, Item, Listed, Wanted, fair, first_folder, paged

_BYTES = "%bytes:"
"""What ids of files begin with whose names are no text."""

# Stored files of a tenant that nothing was read of; keyframes and our own drawings are not documents.
STORED = text("""
    SELECT a.sha256, a.media_type, a.bytes, a.created_at, a.tenant_id,
           coalesce((SELECT f.name FROM ocr_file f WHERE f.sha256 = a.sha256 AND f.tenant_id = a.tenant_id
                     ORDER BY f.job_id, f.position LIMIT 1), a.sha256) AS name
    FROM asset a
    WHERE a.sha256 > :after AND (:tenant = '' OR a.tenant_id = :tenant)
      AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.sha256 = a.sha256 AND r.tenant_id = a.tenant_id)
      AND NOT EXISTS (SELECT 1 FROM keyframe k WHERE k.image_sha256 = a.sha256)
      AND NOT EXISTS (SELECT 1 FROM match m WHERE m.evidence_sha256 = a.sha256 OR m.proof_sha256 = a.sha256)
    ORDER BY a.sha256 LIMIT :limit
""")


class FolderSource:
    """Files below a folder. owner: of the file; tenant: the first folder below. Links are not followed."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise NotFound("there is no such folder", subject=str(root), hint="name a folder, s3://..., https://...")
        self._root = root.resolve()
        self.name = str(self._root)

    def pages(self, cursor: str | None, wanted: Wanted) -> Iterator[Listed]:
        found = (
            item for item in self._items(self._root, "") if cursor is None or self._order(item.id) > self._order(cursor)
        )
        yield from paged(found, wanted)

    def read(self, item: str, most: int) -> bytes:
        place = self._place(item)
        try:
            with place.open("rb") as stream:
                data = stream.read(most + 1)
        except FileNotFoundError:
            raise BlobMissing(subject=item, hint="it was removed since it was listed") from None
        except OSError as error:
            raise PermanentError(f"it cannot be read: {error.strerror}", subject=str(place)) from error
        return fair(data, most, item)

    def keep(self, item: str, ending: str, data: bytes, media_type: str, about: Mapping[str, Any]) -> None:
        place = self._place(f"{item}{RESULT}{ending}")
        part: Path | None = None
        try:
            # A name that nobody guesses: others may write to the folder, and would have us write through their link.
            descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".part-")
            part = Path(name)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                os.fchmod(descriptor, 0o644)
            part.replace(place)
        except OSError as error:
            if part is not None:
                part.unlink(missing_ok=True)
            raise StorageUnavailable(f"the result cannot be written: {error.strerror}", subject=str(place)) from error

    def mark(self, item: str, status: str, detail: str = "") -> None:
        """A folder has no status."""

    def _order(self, item: str) -> tuple[str, ...]:
        """As a folder's files come: name by name, folder by folder."""
        return self._place(item).relative_to(self._root).parts

    def _place(self, item: str) -> Path:
        place = self._root / (os.fsdecode(unquote_to_bytes(item[len(_BYTES) :])) if item.startswith(_BYTES) else item)
        if not place.resolve().is_relative_to(self._root):
            raise PermanentError("it leads out of the folder", subject=item)
        return place

    def _items(self, folder: Path, below: str) -> Iterator[Item]:
        """Depth first in the order of names: the same today and after a kill."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise StorageUnavailable(f"the folder cannot be listed: {error.strerror}", subject=str(folder)) from error
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            ident = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from self._items(folder / entry.name, f"{ident}/")
            elif stat.S_ISREG((status := entry.stat(follow_symlinks=False)).st_mode):
                yield _file_item(ident, status)


class StoredSource:
    """What Scout has stored and not read. It has tenants and no owners; results go to the database alone."""

    name = "stored"

    def __init__(self, engine: Engine, blobs: BlobStore) -> None:
        self._engine, self._blobs = engine, blobs

    def pages(self, cursor: str | None, wanted: Wanted) -> Iterator[Listed]:
        if wanted.owner:
            raise BadRequest(
                "stored files have no owner", subject="--owner", hint="filter by --tenant, --type, --since"
            )
        after: str | None = cursor or ""
        while after is not None:
            asked = {"after": after, "tenant": wanted.tenant, "limit": PAGE}
            with self._engine.connect() as connection:
                rows = connection.execute(STORED, asked).all()
            after = rows[-1].sha256 if len(rows) == PAGE else None
            items = [
                Item(
                    id=row.sha256,
                    name=row.name,
                    bytes=row.bytes,
                    media_type="" if row.media_type == "application/octet-stream" else row.media_type,
                    modified_at=row.created_at,
                    tenant=row.tenant_id,
                )
                for row in rows
            ]
            yield Listed(items=tuple(item for item in items if wanted.takes(item)), cursor=after)

    def read(self, item: str, most: int) -> bytes:
        if self._blobs.size(item) > most:
            return fair(b"", -1, item)
        return self._blobs.get(item)

    def keep(self, item: str, ending: str, data: bytes, media_type: str, about: Mapping[str, Any]) -> None:
        raise BadRequest("stored files have nothing beside them", subject="--beside", hint="their results are stored")

    def mark(self, item: str, status: str, detail: str = "") -> None:
        """The reading itself says it."""


def _is_text(path: str) -> bool:
    """Whether a file's name is text that a database takes; any bytes may be a name."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return not path.startswith(_BYTES)


def _file_item(path: str, status: os.stat_result) -> Item:
    ident = path if _is_text(path) else _BYTES + quote_from_bytes(os.fsencode(path))
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return Item(
        id=ident, name=ident, bytes=status.st_size, modified_at=modified, owner=owner, tenant=first_folder(ident)
    )
