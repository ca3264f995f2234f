"""What was read from one file, and how it was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scout_ocr.fields import Field
from scout_ocr.words import Page, Quad

Quality = Literal["fast", "balanced", "best"]
Kind = Literal["auto", "receipt", "invoice", "label", "sign", "document", "line"]


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """engine: "" for the routing's choice, else its name alone. languages: ISO 639-1 codes expected, () to find out.
    minimum_confidence: words below it are left out. kind: what the picture shows; "line" is one cropped line,
    read without detection; "auto" finds out. barcodes, fields: whether they are wanted. first_page, last_page: from 1,
    None to the end. locale: BCP 47 (en-US, de) of the document, "" to find out: it decides between day and month first,
    and between countries that share a currency's sign."""

    engine: str = ""
    languages: tuple[str, ...] = ()
    quality: Quality = "balanced"
    minimum_confidence: float = 0.0
    kind: Kind = "auto"
    barcodes: bool = True
    fields: bool = True
    first_page: int = 1
    last_page: int | None = None
    locale: str = ""


@dataclass(frozen=True, kw_only=True)
class Barcode:
    """format: as zxing-cpp names it (EAN13, UPCA, QRCode ...). text: the payload, GS1 element strings raw.
    gtin: 14 digits where it holds one whose check digit is right. valid: False where a check digit that it should have
    fails. elements: GS1 application identifiers and their values. found_by: the pass that read it."""

    format: str
    text: str
    page: int = 1
    quad: Quad | None = None
    gtin: str | None = None
    valid: bool = True
    elements: tuple[tuple[str, str], ...] = ()
    found_by: str = "plain"


@dataclass(frozen=True, kw_only=True)
class PictureQuality:
    """Why a picture reads badly. blur, glare, resolution: 0 (bad) to 1 (good); score: the worst of them; advice: what
    would help, in words, "" where nothing is wrong."""

    blur: float
    glare: float
    resolution: float
    score: float
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything that was read from one file.

    media_type: found by content. kind: what it was taken for. text: plain, in reading order; markdown: with headings
    and tables. engines: name -> version of each that took part, "" -> version of the converter. quality: of each page
    that was read from pixels. warnings: what was left out and why.
    """

    media_type: str
    kind: Kind
    pages: tuple[Page, ...]
    text: str
    markdown: str
    fields: tuple[Field, ...] = ()
    barcodes: tuple[Barcode, ...] = ()
    languages: tuple[str, ...] = ()
    engines: tuple[tuple[str, str], ...] = ()
    quality: tuple[PictureQuality | None, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, Field]:
        """The most confident field of each name."""
        return {field.name: field for field in sorted(self.fields, key=lambda field: field.confidence)}
