"""Damaged documents of every kind: what comes out is what is left, or a ReadingError, never anything else."""

import io
import zipfile
from contextlib import suppress
from functools import cache, partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scout_ocr.convert import converting
from scout_ocr.convert.limits import Limits
from scout_ocr.errors import ReadingError

from tests.documents import (
    HERE,
    encoded,
    entry_of,
    form_pdf,
    pdf,
    picture,
    report,
    slides,
    with_entry,
    word_document,
    workbook,
)

convert = partial(converting.convert, children=HERE)

LIMITS = Limits(pages=20, pixels=2_000_000, cells=20_000, dpi=50, seconds=20)
SETTINGS = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MAKERS = {
    "pdf": lambda: pdf([[(50, 700, 11, "Hello")], []], picture=encoded(picture("x"), "JPEG")),
    "form": form_pdf,
    "docx": lambda: word_document(report),
    "xlsx": workbook,
    "pptx": slides,
    **{
        kind: lambda kind=kind: encoded(picture("Duck"), kind)
        for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF")
    },
    "html": lambda: b"<html><h1>Ducks</h1><table><tr><td>1</table><ul><li>x</ul></html>",
    "csv": lambda: b'a;"b;c"\n1;2\n3;4\n',
}


@cache
def document(kind: str) -> bytes:
    return MAKERS[kind]()


def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Cut off, bytes changed, or a stretch of it repeated."""
    flips = draw(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=12))
    broken = bytearray(data)
    for at, value in flips:
        broken[at] = value
    end = draw(st.one_of(st.none(), st.integers(0, len(data))))
    start = draw(st.integers(0, len(data)))
    return bytes(broken[:end]) + (bytes(broken[start:]) if draw(st.booleans()) else b"")


def read(data: bytes) -> None:
    with suppress(ReadingError):
        converted = convert(data, LIMITS, lambda image: ())
        assert isinstance(converted.text, str) and all(page.width >= 0 for page in converted.pages)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", MAKERS)
def test_damage_is_an_error_of_reading_or_none(kind: str) -> None:
    @SETTINGS
    @given(st.data())
    def check(data: st.DataObject) -> None:
        read(data.draw(st.composite(lambda draw: damaged(draw, document(kind)))()))

    check()


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_damage_inside_the_parts_of_an_archive_is_too(kind: str) -> None:
    """The checksum of an archive finds damage from outside; here each part is damaged and packed again."""
    with zipfile.ZipFile(io.BytesIO(document(kind))) as archive:
        parts = [name for name in archive.namelist() if name.endswith((".xml", ".rels")) and "theme" not in name]

    @SETTINGS
    @given(st.data())
    def check(data: st.DataObject) -> None:
        part = data.draw(st.sampled_from(parts))
        broken = data.draw(st.composite(lambda draw: damaged(draw, entry_of(document(kind), part)))())
        read(with_entry(document(kind), part, broken))

    check()
