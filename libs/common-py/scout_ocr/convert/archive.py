"""ZIP archives of strangers (every Office document is one), judged by their directory before anything is unpacked.

A directory that tells less than is there gains nothing: `zipfile` reads no byte beyond what it was told, and a wrong
checksum is an error.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from scout_ocr.convert.limits import Limits
from scout_ocr.errors import BadDocument, Encrypted, TooLarge

_END = b"PK\x05\x06"
_END_BYTES = 22
_SMALL = 1 << 20  # a file of many equal bytes packs well and harms nobody below this size


class Archive:
    """An archive within the limits. Raises TooLarge, Encrypted or BadDocument when it is opened."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        _check_count(data, limits)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, struct.error, NotImplementedError) as error:
            raise BadDocument(f"the archive of the document is damaged: {error}") from error
        _check_sizes(self._zip.infolist(), limits)

    @property
    def names(self) -> list[str]:
        return self._zip.namelist()

    def read(self, name: str) -> bytes | None:
        """Bytes of an entry, None where there is none. Raises BadDocument."""
        try:
            return self._zip.read(name)
        except KeyError:
            return None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise BadDocument(f"{name} inside the document is damaged: {error}") from error


def _check_count(data: bytes, limits: Limits) -> None:
    """The end record tells the number of entries; asked first, as opening makes an object of each."""
    at = data.rfind(_END, max(0, len(data) - _END_BYTES - 0xFFFF))
    if at < 0 or len(data) < at + _END_BYTES:
        raise BadDocument("the archive of the document has no end: it is cut off")
    (told,) = struct.unpack_from("<H", data, at + 10)
    entries = max(told, data.count(b"PK\x01\x02")) if len(data) > limits.entries * 46 else told
    if entries > limits.entries:
        raise TooLarge(f"the document holds {entries:,} files, the limit is {limits.entries:,}")


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise TooLarge(f"the document holds {len(entries):,} files, the limit is {limits.entries:,}")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Encrypted("the archive of the document opens with a password only", hint="save it without a password")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked:
        raise TooLarge(f"the document unpacks to {unpacked:,} bytes, the limit is {limits.unpacked:,}")
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise TooLarge(
                f"{entry.filename} unpacks to {entry.file_size / max(1, entry.compress_size):,.0f} times its size"
            )
