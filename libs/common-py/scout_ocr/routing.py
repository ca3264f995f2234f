"""Which engine sees what: the fast one first, others only for the lines that it was unsure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.detection import find, fine_scale
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.errors import EngineUnavailable
from scout_ocr.layout import FoundLine, arranged, words_of
from scout_ocr.line import SURE_AT_ONCE, as_line, glanced, looks_like_a_line, stacked
from scout_ocr.reading import ReadOptions
from scout_ocr.rescue import rescued
from scout_ocr.scripts import OtherScripts, badly_read
from scout_ocr.second_look import look_again, looked_at_closely
from scout_ocr.strong import Strong
from scout_ocr.turning import right_way_up
from scout_ocr.words import Word

_DENSE = 20  # lines from which a picture is a page: what is found there is text more often than in a photo
_BELIEVED = {True: 0.5, False: 0.85}  # confidence of words, by whether the picture is a page
_SCENES = ("auto", "sign")  # kinds that may be photos of a scene, with few lines among much that looks like letters
_WRITTEN = 0.25  # share of a picture that its lines cover: scenes stay below an eighth, pages come to a third
_BELIEVED_IN_SCENE = 0.92
_LEGIBLE = 0.5  # confidence of lines, as rapidocr has it; Tesseract's confidence of a right word is often lower
_MUCH = 0.25  # share of all lines' length that is left out with a warning
_AGAIN = {"fast": 0, "balanced": 12, "best": 60}
"""Lines of a picture that get a second look."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """words: in reading order, in the picture's pixels. engines: names of those that took part. languages: ISO codes
    they were told or that were found. line: whether the picture was taken for one cropped line. warnings: what was
    left out, in words."""

    words: tuple[Word, ...]
    engines: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    line: bool = False
    warnings: tuple[str, ...] = ()


class Routing:
    """engines: by name; "rapidocr" and "tesseract" have their places, others take part when asked for by name.
    strong: gets what stays in doubt."""

    def __init__(self, engines: Mapping[str, OcrEngine], strong: OcrEngine | None = None) -> None:
        self._engines, self._strong = dict(engines), Strong(strong)

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
        lines, found, whole = self._other_script(image, lines, rapid, options)
        if not found:
            lines = right_way_up(image, lines, rapid)
            lines = rescued(image, lines, rapid, options.quality)
        scene = not whole and options.quality != "fast" and _is_scene(image, lines, options)
        if not whole:
            again = looked_at_closely if scene else partial(look_again, most=_AGAIN[options.quality])
            own, others = [[line for line in lines if (line.engine == rapid.name) is mine] for mine in (True, False)]
            lines = again(image, own, rapid) + others
        lines, warnings = self._strong.ask(image, lines, options.quality, options.languages)
        believed = _BELIEVED_IN_SCENE if scene else _BELIEVED[len(lines) >= _DENSE]
        words = arranged(_sure(lines, rapid.name, _LEGIBLE))
        kept = tuple(word for word in words if word.engine != rapid.name or word.confidence >= believed)
        return Seen(
            words=kept,
            engines=tuple(dict.fromkeys(["rapidocr", *(line.engine for line in lines)])),
            languages=tuple(dict.fromkeys([*options.languages, *found])),
            warnings=warnings + (() if scene else _left_out(lines, _sure(lines, rapid.name, believed))),
        )

    def _other_script(
        self, image: Picture, lines: list[FoundLine], rapid: RapidEngine, options: ReadOptions
    ) -> tuple[list[FoundLine], tuple[str, ...], bool]:
        """The lines, read anew where they are in a script that PP-OCR lacks, the languages that took, and whether that
        was tried on all lines."""
        languages = self._unread(rapid, options.languages)
        tesseract = self._engines.get("tesseract")
        if not isinstance(tesseract, TesseractEngine):
            if languages:
                raise EngineUnavailable(f"No engine here reads {', '.join(languages)}", hint="pip install tesserocr")
            return lines, (), False
        others = OtherScripts(tesseract, rapid.languages())
        if not languages and not options.languages and options.quality != "fast":
            guess = others.guessed(image, lines)
            if guess and not badly_read(lines):
                return others.among(image, lines, guess), (guess,), False
            languages = [guess] if guess else []
        if not languages:
            return lines, (), False
        # Tesseract wants boxes that fit closely.
        lines = rapid.lines_at(image, rapid.detector.detect(image, fine_scale(image)))
        return others.reread(image, lines, languages), tuple(languages), True

    def _line(self, image: Picture, rapid: RapidEngine, options: ReadOptions) -> Seen:
        if self._unread(rapid, options.languages):
            return self._by_one(image, options, line=True)
        glance = glanced(image, rapid)
        if options.kind == "auto" and glance.confidence < SURE_AT_ONCE and stacked(find(rapid.detector, image).quads):
            seen = self._page(image, rapid, options)
            if len({word.line for word in seen.words}) > 1 and _said(seen.words) > float(glance.confidences.sum()):
                return seen
        line = as_line(image, rapid, thorough=options.quality != "fast", glance=glance)
        (asked,), warnings = self._strong.ask(image, [line], options.quality, options.languages)
        engines = tuple(dict.fromkeys([rapid.name, asked.engine]))
        words = tuple(words_of(asked, 0, 0))
        return Seen(words=words, engines=engines, languages=options.languages, line=True, warnings=warnings)

    def _unread(self, rapid: RapidEngine, languages: Sequence[str]) -> list[str]:
        """Those of the wanted languages that PP-OCR cannot read."""
        return [code for code in languages if code not in rapid.languages()] if languages else []

    def _by_one(self, image: Picture, options: ReadOptions, line: bool) -> Seen:
        """One engine alone: the one asked for, or the one that is left."""
        engine = self._named(options.engine or "tesseract")
        told = options.languages
        words = tuple(words_of(as_line(image, engine, languages=told), 0, 0)) if line else engine.read(image, told)
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


def _sure(lines: Sequence[FoundLine], engine: str, least: float) -> list[FoundLine]:
    """The lines but for those that the engine read with less confidence."""
    return [line for line in lines if line.engine != engine or line.read.confidence >= least]


def _left_out(lines: Sequence[FoundLine], kept: Sequence[FoundLine]) -> tuple[str, ...]:
    """What to say where much of what looks like text says nothing that could be believed."""
    everything, known = (sum(line.length for line in some) for some in (lines, kept))
    if everything - known <= _MUCH * everything:
        return ()
    count = len(lines) - len(kept)
    return (f"{count} of {len(lines)} lines could not be read: name their languages, or ask for quality best",)


def _said(words: Sequence[Word]) -> float:
    """Letters, each by how sure it is."""
    return sum(len(word.text) * word.confidence for word in words)


def _kept(seen: Seen, least: float) -> Seen:
    words = tuple(word for word in seen.words if word.confidence >= least)
    return replace(seen, words=words)
