"""PP-OCR: finds lines, then reads each. Latin, Chinese, Japanese and Greek; no Bengali."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture, ReadLine
from scout_ocr.engines.detection import Detector, Places
from scout_ocr.engines.models import ModelFiles, Network
from scout_ocr.engines.recognition import Recognised, Recogniser, upright
from scout_ocr.errors import EngineUnavailable
from scout_ocr.languages import LETTERS, script_of_language
from scout_ocr.layout import FoundLine, arranged
from scout_ocr.words import Word

_SEEN = 0.5  # lines that are less sure are noise more often than text, as in rapidocr


class RapidEngine:
    """files: the networks, None for those of the wheel. threads: CPU threads of one picture."""

    def __init__(self, files: ModelFiles | None = None, *, threads: int = 2) -> None:
        self._files, self._threads = files or ModelFiles.of_the_wheel(), threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="recognise")
        self._lock = Lock()

    @property
    def name(self) -> str:
        return "rapidocr"

    @property
    def version(self) -> str:
        return f"{self._files.version}-1"

    @cached_property
    def detector(self) -> Detector:
        with self._lock:
            return Detector(Network(self._files.detector, threads=self._threads))

    @cached_property
    def recogniser(self) -> Recogniser:
        with self._lock:
            return Recogniser(Network(self._files.recogniser, threads=1), self._pool)

    def languages(self) -> frozenset[str]:
        alphabet = frozenset(self.recogniser.alphabet)
        return frozenset(code for code, letters in LETTERS.items() if alphabet.issuperset(letters))

    def read(self, image: Picture, languages: Sequence[str] = ()) -> tuple[Word, ...]:
        self._check(languages)
        places = self.detector.detect(image, detection_scale(image))
        lines = [line for line in self.lines_at(image, places) if line.read.confidence >= _SEEN]
        return arranged(lines, self.name)

    def lines_at(self, image: Picture, places: Places) -> list[FoundLine]:
        """Each place's line, read; those without a letter are left out."""
        read = self.recogniser.recognise([upright(image, quad) for quad in places.quads])
        return [FoundLine(quad=q, read=r) for q, r in zip(places.quads, read, strict=True) if r.text.strip()]

    def read_lines(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[ReadLine, ...]:
        self._check(languages)
        return tuple(ReadLine(text=r.text.strip(), confidence=r.confidence) for r in self.recognise(crops))

    def recognise(self, crops: Sequence[Picture], subset: NDArray[np.intp] | None = None) -> tuple[Recognised, ...]:
        return self.recogniser.recognise(crops, subset)

    def _check(self, languages: Sequence[str]) -> None:
        missing = [code for code in languages if code not in self.languages()]
        if missing and len(missing) == len(languages):
            scripts = ", ".join(sorted({script_of_language(code).title() for code in missing}))
            raise EngineUnavailable(
                f"rapidocr cannot read {', '.join(missing)}: its alphabet lacks letters of {scripts}",
                hint="Leave the engine open, or ask for tesseract with that language's data installed.",
            )


def detection_scale(image: Picture) -> float:
    """What a picture is resized by before text is looked for: the longest side becomes 320 to 1280 pixels."""
    longest = int(max(image.shape[:2]))
    return min(1.0, 1280 / longest) if longest >= 320 else 320 / longest
