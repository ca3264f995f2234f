"""A reader for tests of the processes around one: the file's text is what happens."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scout_ocr.errors import BadDocument, Encrypted
from scout_ocr.reading import Reading
from scout_ocr.reading_codec import dump


@dataclass(frozen=True)
class ToyWork:
    """Reads `sleep 5`, `die`, `encrypted`, `fault`; anything else is its own text."""

    version: str
    languages: Mapping[str, list[str]]

    def do(self, head: Mapping[str, Any], data: bytes) -> bytes:
        """Do what the file says."""
        if "render" in head:
            return b"%PDF " + head["render"]["text"].encode()
        word, _, rest = data.decode("utf-8", "replace").partition(" ")
        if word == "sleep":
            time.sleep(float(rest))
        if word == "die":
            os.abort()
        if word == "encrypted":
            raise Encrypted("the file opens with a password only", hint="remove it")
        if word == "fault":
            raise ZeroDivisionError("no such thing")
        if not word:
            raise BadDocument("the file is empty")
        return dump(
            Reading(
                media_type="text/plain",
                kind="auto",
                pages=(),
                text=f"{data.decode('utf-8', 'replace')} {os.getpid()}",
                markdown="",
            )
        )


def begin(setup: Mapping[str, Any]) -> ToyWork:
    """Make it."""
    if setup.get("broken"):
        raise RuntimeError("no weights")
    return ToyWork(str(setup.get("version", "toy-1")), {"toy": ["en"]})
