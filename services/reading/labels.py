"""What a sighting's label says, beside what the catalogue's own picture says at the same place."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scout_ocr.barcodes.confirm import confirm
from scout_ocr.barcodes.frames import SeenCode, merge_frames
from scout_ocr.engine import Picture
from scout_ocr.engines.recognition import upright
from scout_ocr.label_match import CONTRADICTS, MOST_AGREES, Expected, LabelVerdict, judge, names_product
from scout_ocr.reading import Barcode
from scout_ocr.signs import folded
from scout_ocr.voting import FrameText, sharpest, sharpness, vote
from scout_ocr.words import Word

MOST_LINES = 2
LONE_LINES = 3
"""Of a product without siblings: nothing tells which of its lines another flavour would not have."""
MOST_VIEWS = 2
"""Other keyframes in which a line is read again that the best one leaves in doubt."""
_DOUBTFUL_FROM = 0.5  # confidence: below there is hardly a line to be seen
_LEGIBLE_PIXELS = 11.0
_INSIDE = 0.02  # part of the frame's size that a line may stand outside
_NARROWEST_CODE = 60  # pixels of a place in which a bar code may be read
Scanner = Callable[[Picture], Sequence[Barcode]]
Reader = Callable[[Picture, Sequence[NDArray[np.float32]]], list[tuple[str, float]]]


@dataclass(frozen=True, kw_only=True)
class View:
    """Another keyframe that shows the sighting's product. homography: as in Region."""

    frame: Picture
    frame_sha256: str
    homography: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Region:
    """A sighting's best frame and what is printed on the picture that matched. homography: (3, 3), picture -> frame.

    lines: of the product's own picture. siblings: lines of packs it could be taken for, by sku. title, brand, barcode:
    the catalogue's, "" for none. size: (width, height) of the picture that matched, pixels. others: more keyframes of
    the sighting, most promising first; each costs a decoded picture.
    """

    match_id: str
    frame: Picture
    frame_sha256: str
    homography: NDArray[np.float64]
    lines: Sequence[Word]
    siblings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    title: str = ""
    brand: str = ""
    barcode: str = ""
    size: tuple[int, int] = (0, 0)
    others: Callable[[], Iterable[View]] = lambda: ()


@dataclass(frozen=True, kw_only=True)
class _Line(Expected):
    """frames: sha256 of those that read it, where it was more than the best one."""

    frames: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LabelRow:
    """What was read on a sighting's label, and what follows. against: what contradicts the catalogue, as read, "" if
    nothing does."""

    match_id: str
    text: str
    frame_sha256: str
    verdict: LabelVerdict
    fields: list[dict[str, Any]]
    barcodes: list[dict[str, Any]] = field(default_factory=list)
    against: str = ""


def label_of(region: Region, read: Reader, scan: Scanner = lambda picture: ()) -> LabelRow:
    """Read the printed lines where the catalogue's picture has them, and the bar codes in the place, seen in the frame.

    A bar code that is the catalogue's confirms, one that is another's contradicts, whatever the lines say."""
    chosen = _legible(region)
    said = read(region.frame, [quad for _, quad in chosen])
    lines = [
        _Line(expected=word.text, read=text, confidence=confidence, names=_names(word, region))
        for (word, _), (text, confidence) in zip(chosen, said, strict=True)
    ]
    lines = _read_again(region, chosen, lines, read)
    seen = _codes(region, scan) if region.barcode else ()
    codes = [one.code for one in seen]
    judged = judge(lines, region.siblings, [word.text for word in region.lines])
    verdict = _with_codes(judged, codes, region.barcode)
    fields = [_field(line) for line in lines if line.legible]
    text = "\n".join(line.read for line in lines if line.legible)
    other_code = bool(codes) and confirm(codes, region.barcode) == "contradicts"
    said_against = ", ".join(code.text for code in codes) if other_code else text
    return LabelRow(
        match_id=region.match_id,
        text=text,
        frame_sha256=region.frame_sha256,
        verdict=verdict,
        fields=fields,
        barcodes=[_told(one) for one in seen],
        against=said_against if verdict.word == "contradicts" else "",
    )


def _told(seen: SeenCode) -> dict[str, Any]:
    code = seen.code
    return {"format": code.format, "text": code.text, "gtin": code.gtin, "frames": list(seen.frames)}


def _field(line: _Line) -> dict[str, Any]:
    told = {"name": "line", "value": line.read, "confidence": round(line.confidence, 3), "expected": line.expected}
    return told | ({"frames": list(line.frames)} if line.frames else {})


def _read_again(
    region: Region, chosen: Sequence[tuple[Word, NDArray[np.float32]]], lines: Sequence[_Line], read: Reader
) -> list[_Line]:
    """The lines; those that the best frame leaves in doubt as the sharpest crops of several keyframes read them."""
    doubtful = [n for n, line in enumerate(lines) if line.confidence >= _DOUBTFUL_FROM and not line.legible]
    if not doubtful:
        return list(lines)
    best = View(frame=region.frame, frame_sha256=region.frame_sha256, homography=region.homography)
    readings = {n: [_reading(best, chosen[n][1], lines[n].read, lines[n].confidence)] for n in doubtful}
    for view in islice(region.others(), MOST_VIEWS):
        places = {n: quad for n in doubtful if (quad := _place(chosen[n][0], view)) is not None}
        for (n, quad), (text, confidence) in zip(places.items(), read(view.frame, list(places.values())), strict=True):
            readings[n].append(_reading(view, quad, text, confidence))
    return [_voted(line, readings.get(n, ())) for n, line in enumerate(lines)]


def _reading(view: View, quad: NDArray[np.float32], text: str, confidence: float) -> FrameText:
    crop = upright(view.frame, quad)
    return FrameText(frame=view.frame_sha256, text=text, confidence=confidence, sharpness=sharpness(crop) * len(crop))


def _voted(line: _Line, readings: Sequence[FrameText]) -> _Line:
    voted = vote(sharpest(readings, MOST_VIEWS)) if len(readings) > 1 else None
    if voted is None:
        return line
    return replace(line, read=voted.text, confidence=voted.confidence, frames=tuple(map(str, voted.frames)))


def _codes(region: Region, scan: Scanner) -> Sequence[SeenCode]:
    """Bar codes in the product's place in the best frame; where those are another product's, which may be a misreading
    or a neighbour's, what several keyframes say."""
    best = View(frame=region.frame, frame_sha256=region.frame_sha256, homography=region.homography)
    seen = [(best.frame_sha256, _codes_in(best, region.size, scan))]
    if confirm(seen[0][1], region.barcode) == "contradicts":
        views = islice(region.others(), MOST_VIEWS)
        seen += [(view.frame_sha256, _codes_in(view, region.size, scan)) for view in views]
    return merge_frames(seen)


def _codes_in(view: View, size: tuple[int, int], scan: Scanner) -> list[Barcode]:
    """Bar codes whose middle lies in the product's place."""
    width, height = size
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    quad = cv2.perspectiveTransform(corners, view.homography)[0]
    limit = np.array([view.frame.shape[1], view.frame.shape[0]])
    low, high = (quad.min(axis=0).clip(0, limit).astype(int), quad.max(axis=0).clip(0, limit).astype(int))
    if (high - low < _NARROWEST_CODE).any():
        return []
    found = scan(np.ascontiguousarray(view.frame[low[1] : high[1], low[0] : high[0]]))
    outline = quad.astype(np.float32)

    def inside(code: Barcode) -> bool:
        if code.quad is None:
            return False
        x, y = np.mean(np.asarray(code.quad, np.float64), axis=0) + low
        return cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0

    return [code for code in found if inside(code)]


def _with_codes(verdict: LabelVerdict, codes: Sequence[Barcode], barcode: str) -> LabelVerdict:
    word = confirm(codes, barcode) if barcode else "says nothing"
    read = ", ".join(code.text for code in codes)
    if word == "confirms":
        told = (f"bar code {barcode} is the catalogue's", *verdict.reasons)
        return LabelVerdict(word="agrees", shift=max(verdict.shift, 0.0) + MOST_AGREES, reasons=told)
    if word == "contradicts":
        told = (f"bar code {read} is not the catalogue's {barcode}", *verdict.reasons)
        return LabelVerdict(word="contradicts", shift=CONTRADICTS, reasons=told)
    return verdict


def _legible(region: Region) -> list[tuple[Word, NDArray[np.float32]]]:
    """The catalogue's lines that are large enough in the frame, with their places there: those first that tell the
    product from its siblings, of these the ones that name it; then the largest."""
    shared = {folded(line) for lines in region.siblings.values() for line in lines}
    view = View(frame=region.frame, frame_sha256=region.frame_sha256, homography=region.homography)
    found = []
    for word in region.lines:
        quad = _place(word, view)
        if quad is not None:
            names = _names(word, region)
            tells = (names or len(word.text) >= 4) and folded(word.text) not in shared
            found.append((not tells, not (tells and names), -_tall(quad), word, quad))
    most = MOST_LINES if shared else LONE_LINES
    return [(word, quad) for *_, word, quad in sorted(found, key=lambda one: one[:3])[:most]]


def _names(word: Word, region: Region) -> bool:
    return names_product(word.text, region.title, region.brand)


def _place(word: Word, view: View) -> NDArray[np.float32] | None:
    """Where a printed line stands in a frame; None where it is too small there or leaves the frame."""
    height, width = view.frame.shape[:2]
    corners = np.asarray(word.quad, np.float64).reshape(1, -1, 2)
    quad = cv2.perspectiveTransform(corners, view.homography)[0].astype(np.float32)
    low, high = -_INSIDE * np.array([width, height]), (1 + _INSIDE) * np.array([width, height])
    return quad if _tall(quad) >= _LEGIBLE_PIXELS and bool((quad >= low).all() and (quad <= high).all()) else None


def _tall(quad: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(quad[0] - quad[3]) + np.linalg.norm(quad[1] - quad[2])) / 2
