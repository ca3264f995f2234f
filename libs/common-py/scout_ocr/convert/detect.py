"""Which kind of file these bytes are. Names and declared types are never asked.

What a file begins with decides, so a polyglot is what its first bytes say; only then marks further inside count.
"""

from __future__ import annotations

import re

from scout_ocr.convert.archive import Archive
from scout_ocr.convert.limits import Limits
from scout_ocr.errors import BadDocument, Encrypted

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PICTURES = frozenset(f"image/{kind}" for kind in ("jpeg", "png", "webp", "tiff", "heic", "avif", "gif", "bmp"))
TEXTS = frozenset(("text/html", "text/csv", "text/plain"))
MEDIA_TYPES = frozenset((PDF, DOCX, PPTX, XLSX)) | PICTURES | TEXTS

_BEGINNINGS = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif"} | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevx", b"mif1", b"msf1"), "image/heic"
)
_OFFICE = {"word/": DOCX, "ppt/": PPTX, "xl/": XLSX}
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_HEAD = 1024


def detect(data: bytes, limits: Limits | None = None) -> str:
    """Media type of the content, one of MEDIA_TYPES.

    Raises BadDocument where it is none we read, Encrypted where only a password would tell, TooLarge.
    """
    if not data:
        raise BadDocument("the file is empty (0 bytes)")
    found = _by_beginning(data) or _by_brand(data) or _inside(data, limits or Limits()) or _text(data)
    if found is None:
        raise BadDocument(
            f"no known kind of document or picture begins with {data[:8].hex(' ')}",
            hint="PDF, DOCX, PPTX, XLSX, JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF, BMP, HTML, CSV and text are read",
        )
    return found


def _by_beginning(data: bytes) -> str | None:
    for beginning, media_type in _BEGINNINGS:
        if data.startswith(beginning):
            return media_type if media_type != "image/bmp" or _is_bitmap(data) else None
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _is_bitmap(data: bytes) -> bool:
    """ "BM" begins many a text too; a bitmap's header says its own length."""
    return int.from_bytes(data[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)


def _by_brand(data: bytes) -> str | None:
    """ISO base media files (HEIF, AVIF) name their brands, the main one first."""
    if data[4:8] != b"ftyp":
        return None
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    brands = [box[:4]] + [box[at : at + 4] for at in range(8, len(box), 4)]
    return next((_BRANDS[brand] for brand in (*brands[:1], *sorted(brands[1:])) if brand in _BRANDS), None)


def _inside(data: bytes, limits: Limits) -> str | None:
    if data.startswith(b"PK\x03\x04"):
        return _office(data, limits)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(data)
    return PDF if b"%PDF-" in data[:_HEAD] else None  # some writers put bytes of their own before it


def _office(data: bytes, limits: Limits) -> str:
    names = Archive(data, limits).names
    for folder, media_type in _OFFICE.items():
        if any(name.startswith(folder) for name in names):
            return media_type
    raise BadDocument("a ZIP archive that holds no Word, PowerPoint or Excel document", hint="unpack it first")


def _compound(data: bytes) -> str:
    """An OLE compound file: an encrypted Office document, or one of before 2007."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Encrypted("the document opens with a password only", hint="save it without a password")
    raise BadDocument("an Office document of before 2007 (.doc, .xls, .ppt)", hint="save it as DOCX, XLSX or PPTX")


def _text(data: bytes) -> str | None:
    text = decoded(data[: 1 << 16], cut=len(data) > 1 << 16)
    if text is None:
        return None
    if _HTML.match(text):
        return "text/html"
    return "text/csv" if delimiter_of(text) else "text/plain"


def decoded(data: bytes, *, cut: bool = False) -> str | None:
    """Text of bytes that are text in UTF-8, UTF-16 with a mark, or Windows-1252; None where they are not.

    cut: the bytes may end within a character.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if cut and error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8-sig")
    controls = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in data)
    return None if controls else data.decode("cp1252", "replace")


def delimiter_of(text: str) -> str | None:
    """The character that parts the cells where the text is a table: as many of it in each of its first lines."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    if len(lines) < 2:
        return None
    for mark in ("\t", ";", ","):
        counts = {_outside_quotes(line).count(mark) for line in lines[:-1]}
        if len(counts) == 1 and counts.pop() >= 1:
            return mark
    return None


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)
