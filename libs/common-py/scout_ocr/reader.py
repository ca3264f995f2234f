"""Reads a file: pages, words, bar codes and fields, with what they rest on. The one call that joins all parts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from scout_ocr.engine import OcrEngine, Picture
from scout_ocr.engines.models import ModelFiles
from scout_ocr.engines.rapid import RapidEngine
from scout_ocr.engines.tess import TesseractEngine
from scout_ocr.errors import BadDocument, EngineUnavailable
from scout_ocr.quality import quality_of
from scout_ocr.reading import PictureQuality, Reading, ReadOptions
from scout_ocr.routing import Routing, Seen
from scout_ocr.words import Page

_ANY = ReadOptions()
_OWN = "1"  # changes whenever routing, preprocessing or layout may give other words


class Reader:
    """threads: of one picture; one per process where processes share the cores. tessdata: tesseract's language data,
    None for the system's. engines: more of them (vlm, trocr), which take part when asked for by name.

    Engines load at their first use. Safe to use from several threads.
    """

    def __init__(
        self, *, threads: int = 1, tessdata: str | Path | None = None, engines: Sequence[OcrEngine] = ()
    ) -> None:
        self._tessdata = Path(tessdata) if tessdata else None
        self._threads, self._more = threads, tuple(engines)

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
        return found | {engine.name: engine for engine in self._more}

    @cached_property
    def _routing(self) -> Routing:
        return Routing(self.engines)

    @cached_property
    def version(self) -> str:
        """Changes whenever the same file may be read differently."""
        return reader_version(tessdata=self._tessdata, engines=self._more)

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
        image, media_type = _decoded(data)
        seen = self.look(image, options)
        page = Page(number=1, width=image.shape[1], height=image.shape[0], words=seen.words)
        quality: tuple[PictureQuality | None, ...] = (quality_of(image, seen.words),)
        return Reading(
            media_type=media_type,
            kind="line" if seen.line else options.kind,
            pages=(page,),
            text=page.text,
            markdown=page.text,
            engines=tuple((name, self.engines[name].version) for name in seen.engines),
            languages=seen.languages,
            quality=quality,
        )


def reader_version(*, tessdata: str | Path | None = None, engines: Sequence[OcrEngine] = (), threads: int = 1) -> str:
    """`Reader.version` of a Reader made with the same arguments; loads no model."""
    parts = [f"reader-{_OWN}", *(f"{engine.name}-{engine.version}" for engine in engines)]
    try:
        parts.append(f"rapidocr-{ModelFiles.of_the_wheel().version}")
    except EngineUnavailable:
        parts.append("no rapidocr")
    return " ".join([*parts, f"tesseract-{TesseractEngine(Path(tessdata) if tessdata else None).version}"])


def _decoded(data: bytes) -> tuple[Picture, str]:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            media_type = picture.get_format_mimetype() or "application/octet-stream"
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as problem:
        raise BadDocument(f"The bytes are no picture that can be read: {problem}") from problem
    return np.array(upright, np.uint8), media_type
