"""Which characters the bytes of a table or page mean, and on which line they mean none.

A line that cannot be decoded keeps its bytes as lone surrogates (PEP 383), so that the table can still be
read and only the rows that hold them are lost.
"""

import codecs
import re
from dataclasses import dataclass

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNLIKELY = re.compile(r"[^\x00-\x7f]{3}|[ÿþ\x80-\x9f]")
"""Western words hold no three accented letters in a row; where cp1252 shows them, it is not the encoding."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """Decoded text. `doubtful_line`: first line (from 1) that is not UTF-8, where cp1252 was assumed for the file."""

    text: str
    encoding: str
    doubtful_line: int | None = None


def decode(data: bytes) -> Text:
    """Decode by byte order mark, else UTF-16 by its zero bytes, else UTF-8, else Windows-1252 if plausible."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    head = data[:4096]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if len(head) >= 4 and zeros.count(0) > 0.7 * len(zeros):
            return _decoded(data, encoding)
    return _eight_bit(data)


def is_damaged(text: str) -> bool:
    """Whether text holds bytes that could not be decoded (or half a UTF-16 pair)."""
    return _SURROGATE.search(text) is not None


def _decoded(data: bytes, encoding: str) -> Text:
    if encoding == "utf-8":
        return Text(text=data.decode(encoding, "surrogateescape"), encoding=encoding)
    whole = len(data) // 2 * 2  # an odd last byte is half a character: nothing
    return Text(text=data[:whole].decode(encoding, "surrogatepass"), encoding=encoding)


def _eight_bit(data: bytes) -> Text:
    try:
        return Text(text=data.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    escaped = data.decode("utf-8", "surrogateescape")
    if any(ord(character) > 0x7F for character in _SURROGATE.sub("", escaped)):
        return Text(text=escaped, encoding="utf-8")  # UTF-8 with damaged lines: elsewhere it holds sound characters
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        return Text(text=escaped, encoding="utf-8")
    if _UNLIKELY.search(western):
        return Text(text=escaped, encoding="utf-8")
    return Text(text=western, encoding="cp1252", doubtful_line=line)
