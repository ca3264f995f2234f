"""How much of a document is looked at; judged before anything of it is parsed."""

from __future__ import annotations

from dataclasses import dataclass

from scout_ocr.errors import TooLarge

MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """file_bytes: of the file. pages: read at once. pixels: of one picture or rendered page. dpi: of rendered pages.
    unpacked: bytes of everything in an archive; entries: files in it; ratio: unpacked to packed bytes of one entry.
    cells: of one spreadsheet's or document's tables. seconds: waited for the parser, reading of pictures not counted.
    memory: bytes of address space of the child that parses. pictures: read inside one document; all_pixels: of those
    pictures together.
    first_page, last_page: those wanted, from 1, None to the end.
    """

    file_bytes: int = 100 * MIB
    pages: int = 500
    pixels: int = 64_000_000
    dpi: int = 200
    unpacked: int = 500 * MIB
    entries: int = 10_000
    ratio: int = 200
    cells: int = 500_000
    seconds: float = 60.0
    memory: int = 3072 * MIB
    pictures: int = 200
    all_pixels: int = 2_000_000_000
    first_page: int = 1
    last_page: int | None = None

    def pages_of(self, count: int) -> range:
        """Numbers, from 1, of the wanted pages of a document of `count`. Raises TooLarge."""
        last = count if self.last_page is None else min(count, self.last_page)
        wanted = range(max(1, self.first_page), last + 1)
        if len(wanted) > self.pages:
            raise TooLarge(f"more than {self.pages:,} pages: no more are read at once", hint="ask for a range of them")
        return wanted

    def check_bytes(self, data: bytes) -> None:
        """Raises TooLarge for a file beyond the limit."""
        if len(data) > self.file_bytes:
            raise TooLarge(f"the file has {len(data):,} bytes, the limit is {self.file_bytes:,}")

    def check_pixels(self, width: int, height: int) -> None:
        """Raises TooLarge for a picture beyond the limit."""
        if width * height > self.pixels:
            raise TooLarge(
                f"the picture has {width:,} x {height:,} pixels, the limit is {self.pixels:,} in all",
                hint="scale it down first",
            )
