"""Reads a file: pages, words, bar codes and fields, with what they rest on. The one call that joins all parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from scout_ocr.convert.converting import VERSION as CONVERTER
from scout_ocr.convert.converting import Converted, convert
from scout_ocr.convert.limits import Limits
from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.models import ModelFiles
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.errors import EngineUnavailable
from scout_ocr.extract import VERSION as FIELDS
from scout_ocr.extract import extract, kind_of
from scout_ocr.reading import Kind, Reading, ReadOptions
from scout_ocr.routing import Routing, Seen
from scout_ocr.sights import Sights
from scout_ocr.words import Page, Word

_ANY = ReadOptions()
_PICTURED = 0.9  # share of a document's letters that stand in its pictures
_OWN = "4"  # changes whenever routing, preprocessing, layout or the search for bar codes may give something else


class Reader:
    """threads: of one picture; they wait without spinning, so that processes may share the cores. tessdata: folder of
    tesseract's language data, None for the system's. engines: more of them (vlm, trocr), which take part when asked for
    by name. strong: one more that is shown the lines which the others leave in doubt. limits: of files.

    Engines load at their first use. Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        threads: int = 2,
        tessdata: str | Path | None = None,
        engines: Sequence[OcrEngine] = (),
        strong: OcrEngine | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._tessdata = Path(tessdata) if tessdata else None
        self._threads, self._more, self._strong = threads, tuple(engines), strong

    @cached_property
    def engines(self) -> Mapping[str, OcrEngine]:
        """By name. An engine whose library or weights are missing is left out."""
        found: dict[str, OcrEngine] = {}
        for make in (lambda: RapidEngine(threads=self._threads), lambda: TesseractEngine(self._tessdata)):
            try:
                engine: OcrEngine = make()
            except EngineUnavailable:
                continue
            found[engine.name] = engine
        more = (*([self._strong] if self._strong else []), *self._more)
        return found | {engine.name: engine for engine in more}

    @cached_property
    def _routing(self) -> Routing:
        return Routing(self.engines, self._strong)

    @cached_property
    def version(self) -> str:
        """Changes whenever the same file may be read differently."""
        return reader_version(tessdata=self._tessdata, engines=self._more, strong=self._strong)

    def languages(self) -> dict[str, frozenset[str]]:
        """ISO 639-1 codes that each engine reads here and now."""
        return {name: engine.languages() for name, engine in self.engines.items()}

    def look(self, image: Picture, options: ReadOptions = _ANY) -> Seen:
        """What is written in a picture (H, W, 3) RGB, and who read it."""
        return self._routing.read(image, options)

    def read_picture(self, image: Picture, options: ReadOptions = _ANY, number: int = 1) -> Page:
        """The words of a picture (H, W, 3) RGB in reading order, in its own pixels."""
        words = self.look(image, options).words
        return Page(number=number, width=image.shape[1], height=image.shape[0], words=words)

    def read(self, data: bytes, options: ReadOptions = _ANY) -> Reading:
        """Everything in a file. Raises BadDocument, TooLarge, Encrypted, EngineUnavailable, EngineFailed."""
        sights = Sights(codes=options.barcodes and options.kind != "line")
        seen: list[Seen] = []

        def read_picture(image: Picture) -> tuple[Word, ...]:
            seen.append(self.look(image, options))
            return seen[-1].words

        limits = replace(self._limits, first_page=options.first_page, last_page=options.last_page)
        converted = convert(data, limits, read_picture, look=sights.look)
        kind = _kind(converted, seen, options)
        barcodes = sights.barcodes(converted, kind, options) if options.barcodes else ()
        return Reading(
            media_type=converted.media_type,
            kind=kind,
            pages=converted.pages,
            text=converted.text,
            markdown=converted.markdown,
            fields=extract(converted.pages, kind, barcodes, options.locale or None) if options.fields else (),
            barcodes=barcodes,
            languages=tuple(dict.fromkeys(code for one in seen for code in one.languages)),
            engines=self._took_part(seen, converted),
            quality=sights.quality(converted.pages),
            warnings=(*converted.warnings, *dict.fromkeys(text for one in seen for text in one.warnings)),
        )

    def _took_part(self, seen: Sequence[Seen], converted: Converted) -> tuple[tuple[str, str], ...]:
        names = dict.fromkeys(name for one in seen for name in one.engines)
        native = any(page.source != "ocr" for page in converted.pages)
        return tuple((n, self.engines[n].version) for n in names) + ((("", CONVERTER),) if native else ())


def _kind(converted: Converted, seen: Sequence[Seen], options: ReadOptions) -> Kind:
    if options.kind != "auto":
        return options.kind
    if len(seen) == 1 and seen[0].line and len(converted.pages) == 1:
        return "line"
    return kind_of(_as_pictures(converted.pages) if _is_envelope(converted, seen) else converted.pages)


def _is_envelope(converted: Converted, seen: Sequence[Seen]) -> bool:
    """An Office document with hardly a word but those of its pictures."""
    pictured = _letters(word for one in seen for word in one.words)
    return pictured >= _PICTURED * _letters(word for page in converted.pages for word in page.words)


def _as_pictures(pages: Sequence[Page]) -> tuple[Page, ...]:
    return tuple(replace(page, source="ocr") for page in pages)


def _letters(words: Iterable[Word]) -> int:
    return sum(len(word.text) for word in words)


def reader_version(
    *,
    tessdata: str | Path | None = None,
    engines: Sequence[OcrEngine] = (),
    strong: OcrEngine | None = None,
    threads: int = 2,
) -> str:
    """`Reader.version` of a Reader made with the same arguments; loads no model."""
    parts = [f"reader-{_OWN}", f"convert-{CONVERTER}", f"fields-{FIELDS}"]
    parts += [f"{engine.name}-{engine.version}" for engine in engines]
    parts += [f"strong-{strong.name}-{strong.version}"] if strong else []
    try:
        parts.append(f"rapidocr-{ModelFiles.of_the_wheel().version}")
    except EngineUnavailable:
        parts.append("no rapidocr")
    return " ".join([*parts, f"tesseract-{TesseractEngine(Path(tessdata) if tessdata else None).version}"])
