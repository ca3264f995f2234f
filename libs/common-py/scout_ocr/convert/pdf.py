"""PDF by pdfium: the words of the text layer where they stand, and as pixels what has none.

Each page is judged by itself. One without words is rendered whole; one with words and large pictures gives its words
and the places of the pictures; one whose letters have no meaning (fonts without a map to Unicode) is read as a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pypdfium2 as pdfium
import pypdfium2.raw as c

from scout_ocr.convert.limits import Limits
from scout_ocr.convert.parts import Box, ParsedPage, Pixels
from scout_ocr.convert.pdf_forms import form_words
from scout_ocr.convert.pdf_text import Text, text_of
from scout_ocr.convert.places import Placement
from scout_ocr.errors import BadDocument, Encrypted
from scout_ocr.words import Word

_LONGEST = 4000  # pixels of a rendered page's longer side
_LEGIBLE_DPI = 72
_LEGIBLE_SIDE = 12  # pixels: below, no letter has a shape
_PICTURE_SHARE = 0.03  # of the page, for a picture to be read beside a text layer
_PICTURE_SIDE = 40  # pixels of its shorter side
_REGIONS = 12  # pictures of one page
_FEW_WORDS = 8  # of a page whose lines may be letters drawn as curves
_CURVES = 60
_HIDDEN_SHARE = 0.8  # of the words over a picture: somebody has read this scan before


def pages(data: bytes, limits: Limits, *, pictures: bool = False) -> Iterator[ParsedPage]:
    """The wanted pages, in order. pictures: the pixels of each page that shows more than text are wanted, read or not.

    Raises Encrypted, BadDocument, TooLarge.
    """
    with closing(_opened(data)) as document:
        if document.get_formtype() != c.FORMTYPE_NONE:
            document.init_forms()
        for number in limits.pages_of(len(document)):
            yield _page(document, number, limits, pictures)


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == c.FPDF_ERR_PASSWORD:
            raise Encrypted("the PDF opens with a password only", hint="save it without a password") from error
        raise BadDocument(f"the PDF is damaged: {error}") from error


def _page(document: pdfium.PdfDocument, number: int, limits: Limits, pictures: bool) -> ParsedPage:
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return ParsedPage(number=number, warnings=(f"page {number} is damaged and was left out",))
    with closing(page):
        dpi = _dpi(page, limits)
        placement = Placement.of(page, dpi)
        text = text_of(page, placement)
        words = () if text.meaningless else (*text.words, *form_words(document, page, placement))
        shown, curves = _drawn(page, placement)
        regions = _regions(shown, curves, text, words, placement)
        pixels = _rendered(page, placement, dpi) if regions or (pictures and (shown or curves)) else None
        warnings = (f"page {number} is so large that it was read at {dpi:.0f} dpi",) if dpi < _LEGIBLE_DPI else ()
        return ParsedPage(
            number=number,
            width=placement.width,
            height=placement.height,
            words=words,
            pixels=pixels,
            regions=regions,
            warnings=warnings,
        )


def _dpi(page: pdfium.PdfPage, limits: Limits) -> float:
    """The wanted resolution, less where the page would be larger than a picture may be."""
    width, height = (max(1.0, side / 72) for side in page.get_size())
    return float(min(limits.dpi, _LONGEST / max(width, height), (limits.pixels / (width * height)) ** 0.5))


def _rendered(page: pdfium.PdfPage, placement: Placement, dpi: float) -> Pixels:
    bitmap = page.render(scale=dpi / 72, rev_byteorder=True, may_draw_forms=True)
    with closing(bitmap):
        image = bitmap.to_pil().convert("RGB")
    if image.size != (placement.width, placement.height):
        image = image.resize((placement.width, placement.height))
    return Pixels(width=image.width, height=image.height, rgb=image.tobytes())


def _regions(
    pictures: list[Box], curves: int, text: Text, words: Sequence[Word], placement: Placement
) -> tuple[Box, ...]:
    """What of the page is to be read as pixels."""
    whole = (0, 0, placement.width, placement.height)
    if not words:
        shown = pictures or curves or text.meaningless
        return (whole,) if shown and min(placement.width, placement.height) >= _LEGIBLE_SIDE else ()
    if len(words) < _FEW_WORDS and curves > _CURVES:
        return (whole,)
    large = [box for box in pictures if _is_large(box, placement) and not _was_read(box, text)]
    return tuple(sorted(_joined(large), key=lambda box: (box[1], box[0]))[:_REGIONS])


def _drawn(page: pdfium.PdfPage, placement: Placement) -> tuple[list[Box], int]:
    """Boxes of the pictures on the page; how many curves, lines and shadings it has."""
    pictures: list[Box] = []
    curves = 0
    for thing in page.get_objects(max_depth=4):
        if thing.type == c.FPDF_PAGEOBJ_IMAGE:
            box = _bounds(thing, placement)
            if box is not None:
                pictures.append(box)
        elif thing.type in (c.FPDF_PAGEOBJ_PATH, c.FPDF_PAGEOBJ_SHADING):
            curves += 1
    return pictures, curves


def _bounds(thing: pdfium.PdfObject, placement: Placement) -> Box | None:
    """Where a picture is seen on the page; None where it is not."""
    try:
        box = placement.box(*_on_page(thing))
    except pdfium.PdfiumError:
        return None
    left, top = max(0, int(box[0])), max(0, int(box[1]))
    right, bottom = min(placement.width, round(box[2])), min(placement.height, round(box[3]))
    return (left, top, right, bottom) if right > left and bottom > top else None


def _on_page(thing: pdfium.PdfObject) -> tuple[float, float, float, float]:
    """Bounds in the page's space, also of what stands in form XObjects."""
    left, bottom, right, top = thing.get_bounds()
    container = thing.container
    while container is not None:
        matrix = container.get_matrix()
        corners = [matrix.on_point(x, y) for x in (left, right) for y in (bottom, top)]
        xs, ys = zip(*corners, strict=True)
        left, bottom, right, top = min(xs), min(ys), max(xs), max(ys)
        container = container.container
    return left, bottom, right, top


def _is_large(box: Box, placement: Placement) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return min(width, height) >= _PICTURE_SIDE and (
        width * height >= _PICTURE_SHARE * placement.width * placement.height
    )


def _was_read(box: Box, text: Text) -> bool:
    """Whether the words over the picture are an invisible text layer, as scanners write it."""
    over = [hidden for word, hidden in zip(text.words, text.hidden, strict=True) if _within(word, box)]
    return len(over) >= _FEW_WORDS and sum(over) >= _HIDDEN_SHARE * len(over)


def _within(word: Word, box: Box) -> bool:
    left, top, right, bottom = word.box
    return box[0] <= (left + right) / 2 <= box[2] and box[1] <= (top + bottom) / 2 <= box[3]


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap become one: a picture in strips or layers is read once."""
    joined: list[Box] = []
    for box in sorted(boxes):
        current = box
        while touching := [other for other in joined if _overlap(other, current)]:
            joined = [other for other in joined if other not in touching]
            lefts, tops, rights, bottoms = zip(current, *touching, strict=True)
            current = (min(lefts), min(tops), max(rights), max(bottoms))
        joined.append(current)
    return joined


def _overlap(a: Box, b: Box) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
