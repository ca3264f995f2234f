"""A Reading as JSON and back: what is stored, what the API answers, what `scout ocr` writes.

Places are rounded to a hundredth of a pixel and confidences to four digits, so that the same reading has the same text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from scout_ocr.fields import Field
from scout_ocr.reading import Barcode, PictureQuality, Reading, ReadOptions
from scout_ocr.words import Page, Quad, Word

_MEDIA_TYPE = re.compile(rb'\{"media_type":"([^"\\]*)"')


def to_json(reading: Reading) -> dict[str, Any]:
    """The reading as JSON values. `engines` is an object of name -> version; a quad is four [x, y]."""
    return {
        "media_type": reading.media_type,
        "kind": reading.kind,
        "text": reading.text,
        "markdown": reading.markdown,
        "pages": [_page(page) for page in reading.pages],
        "fields": [_field(field) for field in reading.fields],
        "barcodes": [_barcode(code) for code in reading.barcodes],
        "languages": list(reading.languages),
        "engines": dict(reading.engines),
        "quality": [None if quality is None else _rounded(asdict(quality)) for quality in reading.quality],
        "warnings": list(reading.warnings),
    }


def from_json(data: Mapping[str, Any]) -> Reading:
    """The reading that `to_json` wrote. Raises KeyError, TypeError, ValueError for anything else."""
    return Reading(
        media_type=data["media_type"],
        kind=data["kind"],
        text=data["text"],
        markdown=data["markdown"],
        pages=tuple(_page_of(page) for page in data["pages"]),
        fields=tuple(_field_of(field) for field in data["fields"]),
        barcodes=tuple(_barcode_of(code) for code in data["barcodes"]),
        languages=tuple(data["languages"]),
        engines=tuple(data["engines"].items()),
        quality=tuple(None if quality is None else PictureQuality(**quality) for quality in data["quality"]),
        warnings=tuple(data["warnings"]),
    )


def dump(reading: Reading) -> bytes:
    """The reading as compact JSON in UTF-8, which PostgreSQL takes as it is."""
    return dump_json(to_json(reading))


def dump_json(value: Any) -> bytes:
    """JSON in UTF-8 without spaces; NUL, which no jsonb can hold, is left out."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if "\\u0000" in text:
        text = text.replace("\\\\", "\\\\\0").replace("\\u0000", "").replace("\\\\\0", "\\\\")
    return text.encode("utf-8", "replace")


def media_type_of(dumped: bytes) -> str:
    """The media type of a dumped reading, without reading the rest of it."""
    found = _MEDIA_TYPE.match(dumped)
    return found[1].decode() if found else str(json.loads(dumped)["media_type"])


def options_to_json(options: ReadOptions) -> dict[str, Any]:
    """The options as JSON values; all of them, so that a later default changes no stored request."""
    return asdict(options) | {"languages": list(options.languages)}


def options_from_json(data: Mapping[str, Any]) -> ReadOptions:
    """Options of JSON values; what is missing has its default, what is unknown is passed over."""
    known = {field.name for field in fields(ReadOptions)}
    given = {name: value for name, value in data.items() if name in known}
    if "languages" in given:
        given["languages"] = tuple(given["languages"])
    return ReadOptions(**given)


def options_hash(options: ReadOptions) -> str:
    """What a reading with these options is remembered under: 16 hexadecimal digits."""
    packed = json.dumps(options_to_json(options), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(packed.encode()).hexdigest()[:16]


def _page(page: Page) -> dict[str, Any]:
    words = [
        {
            "text": word.text,
            "confidence": round(float(word.confidence), 4),
            "quad": _quad(word.quad),
            "line": word.line,
            "block": word.block,
            "engine": word.engine,
        }
        for word in page.words
    ]
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "source": page.source,
        "words": words,
    }


def _page_of(data: Mapping[str, Any]) -> Page:
    words = tuple(Word(**{**word, "quad": _quad_of(word["quad"])}) for word in data["words"])
    return Page(**{**data, "words": words})


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "value": field.value,
        "confidence": round(float(field.confidence), 4),
        "rule": field.rule,
        "page": field.page,
        "box": None if field.box is None else [round(float(side), 2) for side in field.box],
        "engine": field.engine,
        "raw": field.raw,
        "doubts": list(field.doubts),
    }


def _field_of(data: Mapping[str, Any]) -> Field:
    box = data["box"]
    return Field(**{**data, "box": None if box is None else tuple(box), "doubts": tuple(data["doubts"])})


def _barcode(code: Barcode) -> dict[str, Any]:
    quad = None if code.quad is None else _quad(code.quad)
    return asdict(code) | {"quad": quad, "elements": [list(element) for element in code.elements]}


def _barcode_of(data: Mapping[str, Any]) -> Barcode:
    quad = None if data["quad"] is None else _quad_of(data["quad"])
    return Barcode(**{**data, "quad": quad, "elements": tuple((ai, value) for ai, value in data["elements"])})


def _quad(quad: Quad) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in quad]


def _quad_of(points: Sequence[Iterable[float]]) -> Quad:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    return (ax, ay), (bx, by), (cx, cy), (dx, dy)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def best_fields(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of a reading's JSON, the surest value of each field: name -> the field without its name."""
    best = {field["name"]: field for field in sorted(data["fields"], key=lambda field: float(field["confidence"]))}
    return {name: {key: value for key, value in field.items() if key != "name"} for name, field in best.items()}
