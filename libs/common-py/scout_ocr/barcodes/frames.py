"""One code seen in several pictures: what most of them say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from scout_ocr.reading import Barcode


@dataclass(frozen=True, kw_only=True)
class SeenCode:
    """code: as one picture gave it. frames: all that say so, in the order given."""

    code: Barcode
    frames: tuple[Hashable, ...]


def merge_frames(readings: Iterable[tuple[Hashable, Iterable[Barcode]]]) -> tuple[SeenCode, ...]:
    """Codes of several frames of one place, each payload once, most often seen first.

    A code without its add-on counts for the same code with it. One seen in a single frame by the rescue alone is left
    out where another trade item number was seen at least twice: it is the likelier misreading.
    """
    seen: dict[Hashable, list[tuple[Hashable, Barcode]]] = defaultdict(list)
    for frame, codes in readings:
        for code in codes:
            seen[code.gtin or (code.format, code.text)].append((frame, code))
    sure = {key for key, finds in seen.items() if len(_frames(finds)) > 1 and finds[0][1].gtin}
    kept = [finds for key, finds in seen.items() if key in sure or not (sure and _weak(finds))]
    kept.sort(key=lambda finds: -len(_frames(finds)))
    return tuple(SeenCode(code=_fullest(finds), frames=_frames(finds)) for finds in kept)


def _frames(finds: list[tuple[Hashable, Barcode]]) -> tuple[Hashable, ...]:
    return tuple(dict.fromkeys(frame for frame, _ in finds))


def _weak(finds: list[tuple[Hashable, Barcode]]) -> bool:
    return len(_frames(finds)) == 1 and all(code.gtin and code.found_by != "plain" for _, code in finds)


def _fullest(finds: list[tuple[Hashable, Barcode]]) -> Barcode:
    """The find with the longest text, of those the plain pass where it has one."""
    return max((code for _, code in finds), key=lambda code: (len(code.text), code.found_by == "plain"))
