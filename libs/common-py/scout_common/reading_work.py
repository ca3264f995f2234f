"""What a reader process does: the reader made from its setup, and the orders it takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from scout_ocr.convert.outputs import searchable_pdf
from scout_ocr.engine import OcrEngine
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.errors import EngineUnavailable
from scout_ocr.reader import Reader
from scout_ocr.reading_codec import dump, from_json, options_from_json

from scout_common.vlm_endpoint import poster

_SOON_S = 10.0  # for one line, while somebody may be waiting for the whole file
_NEEDS = {"vlm": "set SCOUT_VLM_URL and SCOUT_VLM_MODEL", "trocr": "set SCOUT_TROCR_DIR"}


def begin(setup: Mapping[str, Any]) -> "ReadingWork":
    """Make the reader. Raises ReadingError."""
    threads = int(setup.get("threads", 1))
    engines = tuple(_more(setup, threads))
    return ReadingWork(reader=Reader(threads=threads, engines=engines, strong=_strong(setup, engines)))


def _strong(setup: Mapping[str, Any], engines: Sequence[OcrEngine]) -> OcrEngine | None:
    """The engine for lines in doubt: one of them, that is given up on sooner than where it reads alone."""
    name = setup.get("strong", "")
    found = next((engine for engine in engines if engine.name == name), None)
    if name and found is None:
        raise EngineUnavailable(f"SCOUT_OCR_STRONG names {name}, which is not set up", hint=_NEEDS[name])
    if name == "vlm":
        vlm: Any = found
        found = replace(vlm, timeout_s=min(vlm.timeout_s, _SOON_S), retries=0)
    return found


def _more(setup: Mapping[str, Any], threads: int) -> Iterator[OcrEngine]:
    """Engines that the settings ask for; they take part where a request names them, or as the strong one."""
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
