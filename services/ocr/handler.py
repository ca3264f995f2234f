"""Decides what is done for one file of an OCR job: fetched where it is not here yet, read where it was not before."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scout_common.errors import PermanentError
from scout_common.work import Batch, Child
from scout_contracts.events import OcrRequest
from scout_ocr.reading import ReadOptions

SHADOW = "ocr_shadow"
"""The stage in which another reader than the champion reads a file, to be compared with it."""


@dataclass(frozen=True, kw_only=True)
class FileRead:
    """A file's row and what was read of it. reading_id: of the remembered reading; result: its JSON text, b"" where it
    was remembered before. took_s: the reading alone."""

    position: int
    name: str
    sha256: str
    size: int
    media_type: str
    options: ReadOptions
    version: str
    result: bytes = b""
    took_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """fetch: the file of an address. stored: a stored file. keep: stores a file. remembered: whether content was read
    with these options by this version of the reader; its media type, None where it was not. read: reads a file; JSON
    text of the reading, its media type, seconds. shadowed: whether another reader is to read this content as well, to
    be compared. options None: the shadow that was asked for is none any more."""

    options: ReadOptions | None
    version: str
    fetch: Callable[[str], bytes]
    stored: Callable[[str], bytes]
    keep: Callable[[bytes], str]
    remembered: Callable[[str], str | None]
    read: Callable[[bytes], tuple[bytes, str, float]]
    shadowed: Callable[[str], bool] = lambda sha256: False


def handle(event: OcrRequest, inputs: Inputs) -> Iterator[Batch]:
    """Read the file. Raises PermanentError where there is none, ReadingError."""
    if inputs.options is None:
        yield Batch()
        return
    data = inputs.stored(event.sha256) if event.sha256 else inputs.fetch(event.url)
    if not data:
        raise PermanentError("the file is empty", subject=event.name, hint="send the file itself")
    sha256 = event.sha256 or hashlib.sha256(data).hexdigest()
    media_type = inputs.remembered(sha256)
    result, took_s = b"", 0.0
    if media_type is None:
        result, media_type, took_s = inputs.read(data)
    if not event.sha256:
        inputs.keep(data)
    yield Batch(
        rows=(
            FileRead(
                position=event.position,
                name=event.name,
                sha256=sha256,
                size=len(data),
                media_type=media_type,
                options=inputs.options,
                version=inputs.version,
                result=result,
                took_s=took_s,
            ),
        ),
        children=(shadow_of(event, sha256),) if result and inputs.shadowed(sha256) else (),
    )


def shadow_of(event: OcrRequest, sha256: str) -> Child:
    """The unit in which another reader reads the same content; nobody waits for it."""
    again = OcrRequest(position=event.position, name=event.name, sha256=sha256)
    return Child(stage=SHADOW, key=f"{event.position:06}", event=again, blocking=False)
