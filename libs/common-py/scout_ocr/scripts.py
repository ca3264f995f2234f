"""Scripts that PP-OCR cannot read: noticed by its doubt, read by Tesseract line by line at the same places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scout_ocr.engine import Picture
from scout_ocr.engines.recognition import Recognised, grown, upright
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.languages import script_of, script_of_language
from scout_ocr.layout import FoundLine

_PROBED = 3  # lines that a script is told by
_DOUBT = 0.8  # mean confidence of a page that may be in a script which was not read
_UNREAD = 0.7  # confidence of a line that may be
_TELLING = 4.0  # line heights: shorter ones on a page that is read well are noise more often than another script
_FOUND, _FOUND_AMONG = 0.6, 0.7  # confidence of the other script's reading: of a page, of lines among others
_ALONG, _ACROSS = 0.08, 0.1  # of a line's height: signs above and below the letters stand out of the detector's box


class OtherScripts:
    """Reads lines in languages that PP-OCR lacks."""

    def __init__(self, engine: TesseractEngine, known: frozenset[str]) -> None:
        """known: languages that need no other engine."""
        self._engine, self._known = engine, known

    def guessed(self, image: Picture, lines: Sequence[FoundLine]) -> str:
        """The language of lines that were read with doubt, "" where they are none of the installed ones' scripts."""
        probed = _probed(lines)
        best, surest = "", max(_FOUND if badly_read(lines) else _FOUND_AMONG, confidence_of(probed))
        for language in self._candidates() if probed else ():
            read = self._read(image, probed, [language])
            sure = float(np.mean([one.confidence for one in read]))
            if sure > surest and script_of(" ".join(one.text for one in read)) == script_of_language(language):
                best, surest = language, sure
        return best

    def among(self, image: Picture, lines: Sequence[FoundLine], language: str) -> list[FoundLine]:
        """The lines of a page that is read well, but for some: those in doubt as they are read in the language, where
        they are in its script."""
        doubtful = [line for line in lines if line.read.confidence < _UNREAD]
        read = zip(doubtful, self._read(image, doubtful, [language]), strict=True)
        script = script_of_language(language)
        anew = {
            id(line): replace(line, read=other, engine=self._engine.name)
            for line, other in read
            if script_of(other.text) == script and other.confidence > max(_FOUND, line.read.confidence)
        }
        return [anew.get(id(line), line) for line in lines]

    def reread(self, image: Picture, lines: Sequence[FoundLine], languages: Sequence[str]) -> list[FoundLine]:
        """The lines, each as the surer of both engines reads it."""
        read = self._read(image, lines, languages)
        return [
            replace(line, read=other, engine=self._engine.name) if _wins(other, line.read, languages) else line
            for line, other in zip(lines, read, strict=True)
        ]

    def _read(self, image: Picture, lines: Sequence[FoundLine], languages: Sequence[str]) -> tuple[Recognised, ...]:
        crops = [upright(image, grown(line.quad, _ALONG, _ACROSS)) for line in lines]
        return self._engine.recognise(crops, languages)

    def _candidates(self) -> list[str]:
        """One installed language for each script that is not read without it."""
        scripts = {script_of_language(code) for code in self._known}
        return [code for code in sorted(self._engine.languages()) if script_of_language(code) not in scripts]


def confidence_of(lines: Sequence[FoundLine]) -> float:
    """Mean over lines, each by its length: what fills most of the page counts most."""
    if not lines:
        return 0.0
    return float(np.average([line.read.confidence for line in lines], weights=[line.length for line in lines]))


def badly_read(lines: Sequence[FoundLine]) -> bool:
    """Whether a page as a whole was read with doubt."""
    return bool(lines) and confidence_of(lines) <= _DOUBT


def _probed(lines: Sequence[FoundLine]) -> list[FoundLine]:
    """The lines that a script is told by: those in doubt themselves, the longest first; of a page that was read badly
    any."""
    longest = sorted(lines, key=lambda line: -line.length)
    doubtful = [line for line in longest if line.read.confidence < _UNREAD]
    if badly_read(lines):
        return (doubtful or longest)[:_PROBED]
    return [line for line in doubtful if line.length >= _TELLING * line.height][:_PROBED]


def _wins(other: Recognised, read: Recognised, languages: Sequence[str]) -> bool:
    """Whether another script's reading of a line is believed: surer, or in a script that was asked for."""
    asked = script_of(other.text) in {script_of_language(code) for code in languages}
    return other.confidence > read.confidence - (0.25 if asked else 0.0)
