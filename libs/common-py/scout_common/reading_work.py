"""What a reader process does: the reader made from its setup, and the orders it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from scout_ocr.convert.outputs import searchable_pdf
from scout_ocr.engine import OcrEngine
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.reader import Reader
from scout_ocr.reading_codec import dump, from_json, options_from_json

from scout_common.vlm_endpoint import poster


def begin(setup: Mapping[str, Any]) -> "ReadingWork":
    """Make the reader. Raises ReadingError."""
    threads = int(setup.get("threads", 1))
    return ReadingWork(reader=Reader(threads=threads, engines=tuple(_more(setup, threads))))


def _more(setup: Mapping[str, Any], threads: int) -> Iterator[OcrEngine]:
    """Engines that the settings ask for; they take part where a request names them."""
    if vlm := setup.get("vlm"):
        engines = import_module("scout_ocr.engines.vlm")
        yield engines.VlmEngine(
            url=vlm["url"],
            model=vlm["model"],
            post=poster(vlm["key"]),
            prompt=vlm["prompt"] or engines.PROMPT,
            timeout_s=vlm["timeout_s"],
            retries=vlm["retries"],
        )
    if folder := setup.get("trocr"):
        yield import_module("scout_ocr.engines.trocr").TrocrEngine(Path(folder), RapidEngine(threads=threads))


@dataclass(frozen=True, kw_only=True)
class ReadingWork:
    """A reader with its engines."""

    reader: Reader

    @property
    def version(self) -> str:
        return self.reader.version

    @property
    def languages(self) -> dict[str, list[str]]:
        """ISO 639-1 codes of each engine that is there."""
        return {name: sorted(codes) for name, codes in self.reader.languages().items()}

    def do(self, head: Mapping[str, Any], data: bytes) -> bytes:
        """Read a file, or render what was read of it. Raises ReadingError."""
        if "read" in head:
            return dump(self.reader.read(data, options_from_json(head["read"])))
        return searchable_pdf(data, from_json(head["render"]))
