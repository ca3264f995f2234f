"""A TrueType font with one empty sign, for words that are searched but not seen (as Tesseract's `pdf.ttf`)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import cache

EM = 1000
WIDTH = 500  # of every sign
DESCENT = 200  # below the line, of the whole EM
_AT_ONCE = 100  # characters in one section of a map, as Adobe's note 5014 allows


@cache
def empty_font() -> bytes:
    """The file: sign 0 is for what is missing, sign 1 for everything; neither has an outline."""
    tables = {
        b"cmap": struct.pack(">4HI12H", 0, 1, 3, 1, 12, 4, 24, 0, 2, 2, 0, 0, 0xFFFF, 0, 0xFFFF, 1, 0),
        b"glyf": b"\0\0\0\0",
        b"head": struct.pack(">4I2H2q4h2H3h", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, 0, 0, 0, 0, 8, 2, 1, 0),
        b"hhea": struct.pack(">I3hH11hH", 0x10000, EM - DESCENT, -DESCENT, 0, WIDTH, *(0, 0, 0, 1), *[0] * 7, 2),
        b"hmtx": struct.pack(">4H", WIDTH, 0, WIDTH, 0),
        b"loca": struct.pack(">3I", 0, 0, 0),
        b"maxp": struct.pack(">I14H", 0x10000, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0),
        b"post": struct.pack(">2I2h5I", 0x30000, 0, 0, 0, 1, 0, 0, 0, 0),
    }  # fmt: skip
    return _file(tables)


def to_unicode(letters: Sequence[str]) -> str:
    """The map from codes, counted from 1, to these letters (a ToUnicode CMap)."""
    lines = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for code, letter in enumerate(letters, 1)]
    sections = [lines[at : at + _AT_ONCE] for at in range(0, len(lines), _AT_ONCE)]
    body = "\n".join(f"{len(section)} beginbfchar\n" + "\n".join(section) + "\nendbfchar" for section in sections)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )


def _file(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">I4H", 0x10000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    directory, body = b"", b""
    start = len(head) + 16 * count
    for name, table in sorted(tables.items()):
        directory += struct.pack(">4s3I", name, _checksum(table), start + len(body), len(table))
        body += table + b"\0" * (-len(table) % 4)
    return head + directory + body


def _checksum(table: bytes) -> int:
    padded = table + b"\0" * (-len(table) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF
