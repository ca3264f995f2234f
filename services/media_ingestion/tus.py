"""What tus 1.0 says in headers (tus.io/protocols/resumable-upload), read with suspicion: they come from anybody."""

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scout_common.http import Problem

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
ALGORITHMS = ("sha256", "sha1", "md5")
PART_TYPE = "application/offset+octet-stream"
LONGEST_NAME = 200
_NUMBER = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
PART_BODY = {
    "requestBody": {"required": True, "content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}
_HEAD = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}


class Checksum:
    """The digest that a part should have, and the one it gets while it comes."""

    def __init__(self, algorithm: str, wanted: bytes) -> None:
        self._hash: _Hash = hashlib.new(algorithm, usedforsecurity=False)
        self._wanted = wanted

    def add(self, data: bytes) -> None:
        """Count bytes in."""
        self._hash.update(data)

    @property
    def fits(self) -> bool:
        """Whether what came is what was meant."""
        return self._hash.digest() == self._wanted


def refuse(status: int, detail: str, **headers: str) -> Problem:
    """A problem with the headers that every answer of tus has."""
    return Problem(status, detail, headers=_HEAD | {name.replace("_", "-"): value for name, value in headers.items()})


def head(**headers: str) -> dict[str, str]:
    """The headers of an answer."""
    return _HEAD | {name.replace("_", "-"): value for name, value in headers.items()}


def need_version(headers: Mapping[str, str]) -> None:
    """Raise 412 unless the client speaks our version."""
    said = headers.get("tus-resumable", "")
    if said != VERSION:
        told = f"it says {said!r}" if said else "there is none"
        raise refuse(412, f"Send the header Tus-Resumable: {VERSION}; {told}.", Tus_Version=VERSION)


def number(headers: Mapping[str, str], name: str) -> int:
    """A header that is a number of bytes. Raises 400."""
    said = headers.get(name.lower(), "")
    if not _NUMBER.match(said):
        raise refuse(
            400, f"{name} must be a number of bytes" + (f", not {said[:40]!r}." if said else "; it is missing.")
        )
    return int(said)


def length(headers: Mapping[str, str], most: int) -> int:
    """The size of a new upload. Raises 400, 413."""
    if "upload-defer-length" in headers:
        raise refuse(400, "Say the length when you begin: Upload-Defer-Length is not taken.")
    size = number(headers, "Upload-Length")
    if size == 0:
        raise refuse(400, "An empty file is no video and no photo.")
    if size > most:
        raise refuse(413, f"At most {most} bytes may be uploaded (SCOUT_MAX_MEDIA_BYTES).")
    return size


def file_name(headers: Mapping[str, str]) -> str:
    """The file's name in Upload-Metadata, without folders and control characters. Raises 400."""
    said = _metadata(headers.get("upload-metadata", ""))
    plain = said.get("filename") or said.get("name") or ""
    plain = re.split(r"[/\\]", plain)[-1]
    shown = "".join(c for c in plain if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")).strip()
    return shown[-LONGEST_NAME:] or "upload"


def _metadata(said: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in said.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise refuse(400, f"Upload-Metadata: the value of {name[:40]!r} is not base64 of UTF-8.") from error
    return found


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """What Upload-Checksum asks to check. Raises 400."""
    said = headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, value = said.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise refuse(400, f"Upload-Checksum may be {', '.join(ALGORITHMS)}, not {algorithm[:40]!r}.")
    try:
        wanted = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse(400, "Upload-Checksum: the digest is not base64.") from error
    if len(wanted) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise refuse(400, f"Upload-Checksum: this is no {algorithm} digest.")
    return Checksum(algorithm, wanted)


def documented(**examples: str) -> dict[str, Any]:
    """Headers that an operation needs, Tus-Resumable among them, as its OpenAPI document tells them."""
    named = {"Tus-Resumable": VERSION} | {name.replace("_", "-"): example for name, example in examples.items()}
    schemas = {name: {"type": "string", "examples": [example]} for name, example in named.items()}
    return {"parameters": [{"name": n, "in": "header", "required": True, "schema": s} for n, s in schemas.items()]}
