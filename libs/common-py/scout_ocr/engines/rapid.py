"""PP-OCR: finds lines, then reads each. Latin, Chinese, Japanese and Greek; no Bengali."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from scout_ocr.engine import Picture, ReadLine
from scout_ocr.engines.detection import Detector, Places, find
from scout_ocr.engines.models import ModelFiles, Network, multiplies_bytes
from scout_ocr.engines.recognition import NARROW, USUAL, WIDE, Networks, Recogniser, grown, upright
from scout_ocr.errors import EngineUnavailable
from scout_ocr.languages import LETTERS, script_of_language
from scout_ocr.layout import FoundLine, arranged
from scout_ocr.words import Word

_MANY = 20  # lines, from which a picture is a page: short lines are then read fast
_LONGER = 0.12  # shares of a line's height
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
            alone = self._recognising(self._threads) if self._threads > 1 else None
            return Recogniser(self._recognising(1), self._pool, alone)

    def _recognising(self, threads: int) -> Networks:
        quick = self._files.quick if multiplies_bytes() else None
        return Networks(
            Network(self._files.recogniser, threads=threads), Network(quick, threads=threads) if quick else None
        )

    def languages(self) -> frozenset[str]:
        return self._languages

    @cached_property
    def latin(self) -> NDArray[np.intp]:
        """The part of the alphabet that Latin text uses, for `Recogniser.recognise`."""
        return self.recogniser.subset(_latin)

    @cached_property
    def _languages(self) -> frozenset[str]:
        alphabet = frozenset(self.recogniser.alphabet)
        return frozenset(code for code, letters in LETTERS.items() if alphabet.issuperset(letters))

    def read(self, image: Picture, languages: Sequence[str] = ()) -> tuple[Word, ...]:
        self._check(languages)
        lines = self.lines_at(image, find(self.detector, image))
        return arranged([line for line in lines if line.read.confidence >= _SEEN])

    def lines_at(self, image: Picture, places: Places) -> list[FoundLine]:
        """Each place's line, read, "" where it says nothing."""
        shape = NARROW if len(places) > _MANY else USUAL
        read = self.recogniser.recognise([line_at(image, quad) for quad in places.quads], shape=shape)
        found = zip(places.quads, read, strict=True)
        return [FoundLine(quad=quad, read=r, engine=self.name) for quad, r in found]

    def read_lines(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[ReadLine, ...]:
        self._check(languages)
        read = self.recogniser.recognise(crops, shape=WIDE)
        return tuple(ReadLine(text=r.text.strip(), confidence=r.confidence) for r in read)

    def _check(self, languages: Sequence[str]) -> None:
        known = self.languages() if languages else frozenset()
        missing = [code for code in languages if code not in known]
        if missing and len(missing) == len(languages):
            scripts = ", ".join(sorted({script_of_language(code).title() for code in missing}))
            raise EngineUnavailable(
                f"rapidocr cannot read {', '.join(missing)}: its alphabet lacks letters of {scripts}",
                hint="Leave the engine open, or ask for tesseract with that language's data installed.",
            )


def line_at(image: Picture, quad: NDArray[np.float32]) -> Picture:
    """The line of a place, level: a little longer than the detector says, which cuts off last letters."""
    return upright(image, grown(quad, _LONGER, 0.0))


def _latin(character: str) -> bool:
    code = ord(character[0])
    return code < 0x250 or 0x2010 <= code <= 0x2030 or character in "€₹™№"
