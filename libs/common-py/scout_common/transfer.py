"""A file on its way from a server, and by what the server knows its versions.

What an earlier exchange brought may be asked for on a condition (RFC 9110, 13): only if it has changed, or only the
rest of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

import httpx

LONGEST_VALIDATOR = 500


@dataclass(frozen=True, kw_only=True)
class Validators:
    """By what a server knows a version of a file (RFC 9110, 8.8), as it sent them; "" where it sent none."""

    etag: str = ""
    last_modified: str = ""

    @property
    def strong(self) -> str:
        """What may join parts of a file: a strong ETag, else the date; "" where nothing may."""
        return self.etag if self.etag.startswith('"') else self.last_modified

    @staticmethod
    def of(headers: httpx.Headers) -> "Validators":
        """Of an answer's head; endless ones are nothing to remember."""
        found = (headers.get("etag", ""), headers.get("last-modified", ""))
        etag, last_modified = (value if len(value) <= LONGEST_VALIDATOR and value.isascii() else "" for value in found)
        return Validators(etag=etag, last_modified=last_modified)


UNKNOWN = Validators()


@dataclass(kw_only=True)
class Transfer:
    """A file on its way: what has come so far, and by what the server knows which version that is.

    `known`: validators of the version we have elsewhere; an answer that it is unchanged is then enough.
    `noted`: told when a version begins to come.
    """

    sink: BinaryIO
    received: int = 0
    validators: Validators = field(default_factory=Validators)
    known: Validators = field(default_factory=Validators)
    noted: Callable[[Validators], None] = lambda _: None

    def ask(self) -> dict[str, str]:
        """The headers that ask for the rest, or for what has changed."""
        if self.received and self.validators.strong:
            return {"Range": f"bytes={self.received}-", "If-Range": self.validators.strong}
        self.restart()
        conditions = {"If-None-Match": self.known.etag, "If-Modified-Since": self.known.last_modified}
        return {name: value for name, value in conditions.items() if value}

    def restart(self) -> None:
        """Forget what has come."""
        self.received, self.validators = 0, Validators()
        self.sink.seek(0)
        self.sink.truncate()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said; `unchanged`: that the version we know still stands, so no body came."""

    media_type: str
    final_url: str
    validators: Validators
    unchanged: bool = False
