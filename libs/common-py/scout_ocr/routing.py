"""Which engine sees what: the fast one first, others only for the lines that it was unsure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.detection import find, fine_scale
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.errors import EngineUnavailable
from scout_ocr.layout import FoundLine, arranged
from scout_ocr.line import SURE_AT_ONCE, as_line, glanced, looks_like_a_line, stacked
from scout_ocr.reading import ReadOptions
from scout_ocr.rescue import rescued
from scout_ocr.scripts import OtherScripts
from scout_ocr.second_look import look_again, looked_at_closely
from scout_ocr.turning import right_way_up
from scout_ocr.words import Word

_DENSE = 20  # lines from which a picture is a page: what is found there is text more often than in a photo
_BELIEVED = {True: 0.5, False: 0.85}  # confidence of words, by whether the picture is a page
_SCENES = ("auto", "sign")  # kinds that may be photos of a scene, with few lines among much that looks like letters
_WRITTEN = 0.25  # share of a picture that its lines cover: scenes stay below an eighth, pages come to a third
_BELIEVED_IN_SCENE = 0.92
_LEGIBLE = 0.5  # confidence of lines, as rapidocr has it; Tesseract's confidence of a right word is often lower
_AGAIN = {"fast": 0, "balanced": 12, "best": 60}
"""Lines of a picture that get a second look."""


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
        rapid = self._engines.get("rapidocr")
        line = options.kind == "line" or (options.kind == "auto" and looks_like_a_line(image))
        if isinstance(rapid, RapidEngine) and not options.engine:
            seen = self._line(image, rapid, options) if line else self._page(image, rapid, options)
        else:
            seen = self._by_one(image, options, line)
        return _kept(seen, options.minimum_confidence)

    def _page(self, image: Picture, rapid: RapidEngine, options: ReadOptions) -> Seen:
        lines = rapid.lines_at(image, find(rapid.detector, image))
        languages = self._unread(rapid, options.languages)
        lines, found = self._other_script(image, lines, languages, options)
        scene = False
        if not found:
            lines = right_way_up(image, lines, rapid)
            lines = rescued(image, lines, rapid, options.quality)
            scene = options.quality != "fast" and _is_scene(image, lines, options)
            again = looked_at_closely if scene else partial(look_again, most=_AGAIN[options.quality])
            lines = again(image, lines, rapid)
        believed = _BELIEVED_IN_SCENE if scene else _BELIEVED[len(lines) >= _DENSE]
        words = arranged([line for line in lines if line.engine != rapid.name or line.read.confidence >= _LEGIBLE])
        kept = tuple(word for word in words if word.engine != rapid.name or word.confidence >= believed)
        names = dict.fromkeys(["rapidocr", *(line.engine for line in lines)])
        return Seen(words=kept, engines=tuple(names), languages=tuple(dict.fromkeys([*options.languages, *found])))

    def _other_script(
        self, image: Picture, lines: list[FoundLine], languages: Sequence[str], options: ReadOptions
    ) -> tuple[list[FoundLine], tuple[str, ...]]:
        """The lines, read anew where they are in a script that PP-OCR lacks, and the languages that took."""
        tesseract = self._engines.get("tesseract")
        if not isinstance(tesseract, TesseractEngine):
            if languages:
                raise EngineUnavailable(f"No engine here reads {', '.join(languages)}", hint="pip install tesserocr")
            return lines, ()
        others = OtherScripts(tesseract, self._engines["rapidocr"].languages())
        if not languages and not options.languages and options.quality != "fast":
            guess = others.guessed(image, lines)
            languages = [guess] if guess else []
        if not languages:
            return lines, ()
        rapid = self._engines["rapidocr"]
        if isinstance(rapid, RapidEngine):  # Tesseract wants boxes that fit closely
            lines = rapid.lines_at(image, rapid.detector.detect(image, fine_scale(image)))
        return others.reread(image, lines, languages), tuple(languages)

    def _line(self, image: Picture, rapid: RapidEngine, options: ReadOptions) -> Seen:
        if self._unread(rapid, options.languages):
            return self._by_one(image, options, line=True)
        glance = glanced(image, rapid)
        if options.kind == "auto" and glance.confidence < SURE_AT_ONCE and stacked(find(rapid.detector, image).quads):
            seen = self._page(image, rapid, options)
            if len({word.line for word in seen.words}) > 1 and _said(seen.words) > float(glance.confidences.sum()):
                return seen
        words = as_line(image, rapid, thorough=options.quality != "fast", glance=glance)
        return Seen(words=words, engines=(rapid.name,), languages=options.languages, line=True)

    def _unread(self, rapid: RapidEngine, languages: Sequence[str]) -> list[str]:
        """Those of the wanted languages that PP-OCR cannot read."""
        return [code for code in languages if code not in rapid.languages()] if languages else []

    def _by_one(self, image: Picture, options: ReadOptions, line: bool) -> Seen:
        """One engine alone: the one asked for, or the one that is left."""
        engine = self._named(options.engine or "tesseract")
        told = options.languages
        words = as_line(image, engine, languages=told) if line else engine.read(image, told)
        return Seen(words=words, engines=(engine.name,), languages=told, line=line)

    def _named(self, name: str) -> OcrEngine:
        if name not in self._engines:
            known = ", ".join(sorted(self._engines))
            raise EngineUnavailable(f"There is no engine {name!r} here", hint=f"Choose one of {known}, or none.")
        return self._engines[name]


def _is_scene(image: Picture, lines: Sequence[FoundLine], options: ReadOptions) -> bool:
    """Whether a picture shows text here and there rather than being a page, a label or a crop full of it."""
    written = sum(line.length * line.height for line in lines) / (image.shape[0] * image.shape[1])
    return options.kind in _SCENES and len(lines) < _DENSE and written < _WRITTEN


def _said(words: Sequence[Word]) -> float:
    """Letters, each by how sure it is."""
    return sum(len(word.text) * word.confidence for word in words)


def _kept(seen: Seen, least: float) -> Seen:
    words = tuple(word for word in seen.words if word.confidence >= least)
    return Seen(words=words, engines=seen.engines, languages=seen.languages, line=seen.line)
