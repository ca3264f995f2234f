"""Lines still in doubt after every look of the usual engines are shown to a stronger one, which costs more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.rapid import line_at
from scout_ocr.engines.recognition import Recognised
from scout_ocr.errors import EngineFailed, EngineUnavailable
from scout_ocr.layout import FoundLine
from scout_ocr.line import evenly
from scout_ocr.reading import Quality
from scout_ocr.second_look import surest

_DOUBT = 0.85  # confidence of a line below which it is asked about: labels leave such words out
_LEAST = 0.5  # confidence of its answer: below, the line is no text more often than not
_MOST: dict[Quality, int] = {"fast": 0, "balanced": 8, "best": 40}
_PATIENCE_S: dict[Quality, float] = {"fast": 0.0, "balanced": 10.0, "best": 30.0}
"""Lines of a picture that are asked about, and seconds after which no further one is."""


@dataclass(frozen=True)
class Strong:
    """engine: reads cropped lines; None: nobody is asked, and nothing changes."""

    engine: OcrEngine | None = None

    def ask(
        self, image: Picture, lines: Sequence[FoundLine], quality: Quality, languages: Sequence[str] = ()
    ) -> tuple[list[FoundLine], tuple[str, ...]]:
        """The same lines, those in doubt as the surer of both engines reads them (the longest are asked about first),
        and warnings: an engine that fails leaves the lines as they were."""
        improved, doubtful = list(lines), _doubtful(lines)[: _MOST[quality]]
        if self.engine is None or not doubtful:
            return improved, ()
        told = [code for code in languages if code in self.engine.languages()]
        until = time.monotonic() + _PATIENCE_S[quality]
        for done, number in enumerate(doubtful):
            if time.monotonic() > until:
                return improved, (f"{len(doubtful) - done} lines stay in doubt: {self.engine.name} is too slow",)
            try:
                improved[number] = _asked(self.engine, image, lines[number], told)
            except (EngineUnavailable, EngineFailed) as error:
                return improved, (f"{len(doubtful) - done} lines stay in doubt: {error}",)
        return improved, ()


def _doubtful(lines: Sequence[FoundLine]) -> list[int]:
    numbers = [number for number, line in enumerate(lines) if line.read.confidence < _DOUBT]
    return sorted(numbers, key=lambda number: -lines[number].length)


def _asked(engine: OcrEngine, image: Picture, line: FoundLine, languages: Sequence[str]) -> FoundLine:
    answer = engine.read_lines([line_at(image, line.quad)], languages)[0]
    other = evenly(" ".join(answer.text.split()), answer.confidence)
    if not other.text or other.confidence < _LEAST:
        return line
    read = surest([line.read, other])
    return replace(line, read=read, engine=engine.name if _whose(read, other) else line.engine)


def _whose(read: Recognised, other: Recognised) -> bool:
    """Whether the answer that won is the stronger engine's, rather than one it only confirmed."""
    return read.places is other.places
