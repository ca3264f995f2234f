"""Tesseract within the process (tesserocr), with the language data of the system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any

import cv2
import numpy as np
from PIL import Image

from scout_ocr.engine import Picture, ReadLine
from scout_ocr.engines.recognition import NOTHING, Recognised
from scout_ocr.errors import EngineFailed, EngineUnavailable
from scout_ocr.languages import TESSERACT
from scout_ocr.words import Word

_USUAL = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
          "/opt/homebrew/share/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata")  # fmt: skip
_PAGE, _RAW_LINE = 3, 13  # tesseract's page segmentation modes: automatic; one line as it is
_LEAST = 5  # pixels: tesseract tells of smaller pictures on stderr
_CONTRAST = 12  # a plain surface, told to be a line, is read as letters all the same
_DPI = 300  # what is written in a file is often wrong, and tesseract then guesses; its models were trained at this


class TesseractEngine:
    """tessdata: folder of `*.traineddata`; None for where systems keep it. timeout_s: for one picture."""

    def __init__(self, tessdata: Path | None = None, *, timeout_s: float = 60.0) -> None:
        self._folder = tessdata or next((Path(p) for p in _USUAL if any(Path(p).glob("*.traineddata"))), None)
        self._timeout_ms = int(timeout_s * 1000)
        self._idle: dict[tuple[str, int], LifoQueue[Any]] = {}
        self._lock = Lock()

    @property
    def name(self) -> str:
        return "tesseract"

    @property
    def version(self) -> str:
        """Of the library and of the language data (their sizes: the files carry no version)."""
        import tesserocr

        sizes = sum(self._data(name).stat().st_size for name in self.installed)
        return f"{tesserocr.PyTessBaseAPI.Version()}+{sizes:x}"

    @property
    def folder(self) -> Path | None:
        """Where its language data lies, None where it found none."""
        return self._folder

    @property
    def installed(self) -> frozenset[str]:
        """Names of the language data that is there ("eng", "osd")."""
        return frozenset(path.stem for path in self._folder.glob("*.traineddata")) if self._folder else frozenset()

    def languages(self) -> frozenset[str]:
        installed = self.installed
        return frozenset(code for code, name in TESSERACT.items() if name in installed)

    def read(self, image: Picture, languages: Sequence[str] = ()) -> tuple[Word, ...]:
        with self._reader(self._names(languages), _PAGE) as api:
            self._show(api, image)
            return tuple(_words(api))

    def read_lines(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[ReadLine, ...]:
        return tuple(ReadLine(text=r.text, confidence=r.confidence) for r in self.recognise(crops, languages))

    def recognise(self, crops: Sequence[Picture], languages: Sequence[str] = ()) -> tuple[Recognised, ...]:
        """Cropped lines, close to their letters: read as they are. Tesseract's own search for lines loses some, most
        of all Bengali ones, whose head line it takes for a rule."""
        with self._reader(self._names(languages), _RAW_LINE) as api:
            return tuple(self._line(api, crop) for crop in crops)

    def _line(self, api: Any, crop: Picture) -> Recognised:
        if min(crop.shape[:2]) < _LEAST or int(crop.max()) - int(crop.min()) < _CONTRAST:
            return NOTHING
        self._show(api, crop)
        return _recognised(tuple(_words(api)), crop.shape[1])

    def _show(self, api: Any, image: Picture) -> None:
        api.SetImage(Image.fromarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)))
        api.SetSourceResolution(_DPI)
        if not api.Recognize(self._timeout_ms):
            api.Clear()
            raise EngineFailed(
                f"Tesseract gave no answer within {self._timeout_ms / 1000:.0f} s for a picture of "
                f"{image.shape[1]}x{image.shape[0]} pixels",
                hint="Send a smaller picture, or cut out the part with the text.",
            )

    def _names(self, languages: Sequence[str]) -> str:
        installed = self.installed
        wanted = [TESSERACT.get(code, code) for code in languages] or ["eng"]
        missing = [name for name in wanted if name not in installed]
        if missing:
            raise EngineUnavailable(
                f"Tesseract has no language data for {', '.join(missing)} in {self._folder or 'any usual folder'}",
                hint="sudo apt-get install " + " ".join(f"tesseract-ocr-{n.replace('_', '-')}" for n in missing),
            )
        return "+".join(dict.fromkeys(wanted))

    def _data(self, name: str) -> Path:
        return (self._folder or Path()) / f"{name}.traineddata"

    @contextmanager
    def _reader(self, names: str, mode: int) -> Iterator[Any]:
        """One that nobody else uses: an API object keeps its picture, so each thread needs its own."""
        with self._lock:
            idle = self._idle.setdefault((names, mode), LifoQueue())
        try:
            api = idle.get_nowait()
        except Empty:
            api = self._open(names, mode)
        try:
            yield api
        finally:
            api.Clear()
            idle.put(api)

    def _open(self, names: str, mode: int) -> Any:
        try:
            import tesserocr

            return tesserocr.PyTessBaseAPI(path=str(self._folder), lang=names, psm=mode)
        except (ImportError, RuntimeError) as problem:
            raise EngineUnavailable(
                f"Tesseract cannot be opened for {names}: {problem}", hint="pip install tesserocr"
            ) from problem


def _words(api: Any) -> Iterator[Word]:
    from tesserocr import RIL, iterate_level

    block = line = -1
    for item in iterate_level(api.GetIterator(), RIL.WORD):
        block += item.IsAtBeginningOf(RIL.BLOCK)
        line += item.IsAtBeginningOf(RIL.TEXTLINE)
        box, text = item.BoundingBox(RIL.WORD), _text(item, RIL.WORD)
        if box and text:
            left, top, right, bottom = map(float, box)
            yield Word(
                text=text,
                confidence=min(1.0, max(0.0, item.Confidence(RIL.WORD) / 100)),
                quad=((left, top), (right, top), (right, bottom), (left, bottom)),
                line=max(0, line),
                block=max(0, block),
                engine="tesseract",
            )


def _text(item: Any, level: int) -> str:
    try:
        return (item.GetUTF8Text(level) or "").strip()
    except RuntimeError:  # how tesserocr says that a block holds no text: a picture, a rule, an empty page
        return ""


def _recognised(words: Sequence[Word], width: int) -> Recognised:
    """One line of words that stand in a crop of `width` pixels; a word's letters share its width and confidence."""
    if not words:
        return NOTHING
    text, places, sure = "", [], []
    for word in words:
        left, _, right, _ = word.box
        if text:
            text += " "
            places.append(left / width)
            sure.append(word.confidence)
        text += word.text
        places += [(left + (right - left) * (i + 0.5) / len(word.text)) / width for i in range(len(word.text))]
        sure += [word.confidence] * len(word.text)
    return Recognised(text, np.array(sure, np.float32), np.array(places, np.float32).clip(0, 1))
