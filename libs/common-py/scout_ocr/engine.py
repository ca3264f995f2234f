"""What an engine is: image in, words out. `tests/unit/ocr/test_engines.py` holds what every engine must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scout_ocr.words import Word

Picture = NDArray[np.uint8]
"""RGB (H, W, 3) uint8, upright."""


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """Text of one cropped line and its confidence, 0-1; "" and 0.0 where the engine sees none."""

    text: str
    confidence: float


class OcrEngine(Protocol):
    """Reads pictures. Holds what was loaded; safe to use from several threads."""

    @property
    def name(self) -> str:
        """rapidocr, tesseract, vlm, trocr."""

    @property
    def version(self) -> str:
        """Changes whenever the same picture may give other words: library, weights, languages, settings."""

    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes (en, bn, de, zh ...) it can read here and now."""

    def read(self, image: Picture, languages: Sequence[str] = ()) -> tuple[Word, ...]:
        """The words of a whole picture, in reading order, () where there are none.

        languages: those expected, most likely first; () leaves it to the engine.
        Raises EngineUnavailable for a language that is not there, EngineFailed where no answer came.
        """

    def read_lines(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[ReadLine, ...]:
        """Cropped single lines, upright, recognised without detection; one answer for each, in order."""
