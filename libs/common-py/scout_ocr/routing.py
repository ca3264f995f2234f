"""Which engine sees what: the fast one first, another only for the lines that it was unsure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.errors import EngineUnavailable
from scout_ocr.reading import ReadOptions
from scout_ocr.words import Word

_LINE_HEIGHT = 112  # pixels: a picture no taller that is wider than tall is a cropped line, not a label


@dataclass(frozen=True, kw_only=True)
class Seen:
    """words: in reading order, in the picture's pixels. engines: names of those that took part. languages: ISO codes
    they were told or that were found. line: whether the picture was taken for one cropped line."""

    words: tuple[Word, ...]
    engines: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    line: bool = False


class Routing:
    """engines: by name; "rapidocr" and "tesseract" have their places, others take part when asked for by name."""

    def __init__(self, engines: Mapping[str, OcrEngine]) -> None:
        self._engines = dict(engines)

    def read(self, image: Picture, options: ReadOptions) -> Seen:
        """Raises EngineUnavailable for an engine or a language that is not there."""
        engine = self._engine(options)
        if options.kind == "line" or (options.kind == "auto" and looks_like_a_line(image)):
            return _as_line(image, engine, options)
        words = engine.read(image, options.languages)
        return _seen(words, engine, options)

    def _engine(self, options: ReadOptions) -> OcrEngine:
        if options.engine:
            return self._named(options.engine)
        for name in ("rapidocr", "tesseract"):
            engine = self._engines.get(name)
            if engine and engine.languages().issuperset(options.languages):
                return engine
        return self._named("tesseract")  # it tells which language it lacks

    def _named(self, name: str) -> OcrEngine:
        if name not in self._engines:
            raise EngineUnavailable(
                f"There is no engine {name!r} here", hint=f"Choose one of {', '.join(sorted(self._engines))}, or none."
            )
        return self._engines[name]


def looks_like_a_line(image: Picture) -> bool:
    """Whether a small picture is one cropped line: low, and wider than tall."""
    height, width = image.shape[:2]
    return bool(height <= _LINE_HEIGHT and width >= 1.2 * height)


def _as_line(image: Picture, engine: OcrEngine, options: ReadOptions) -> Seen:
    read = engine.read_lines([image], options.languages)[0]
    return _seen(_spread(read.text, read.confidence, image, engine.name), engine, options, line=True)


def _spread(text: str, confidence: float, image: Picture, engine: str) -> tuple[Word, ...]:
    """Words of a line that fills its picture, by their share of its letters."""
    height, width = image.shape[:2]
    words, begin = [], 0
    for part in text.split():
        at = text.index(part, begin)
        begin = at + len(part)
        left, right = width * at / len(text), width * begin / len(text)
        quad = ((left, 0.0), (right, 0.0), (right, float(height)), (left, float(height)))
        words.append(Word(text=part, confidence=confidence, quad=quad, line=0, block=0, engine=engine))
    return tuple(words)


def _seen(words: Sequence[Word], engine: OcrEngine, options: ReadOptions, *, line: bool = False) -> Seen:
    kept = tuple(word for word in words if word.confidence >= options.minimum_confidence)
    return Seen(words=kept, engines=(engine.name,), languages=tuple(options.languages), line=line)
