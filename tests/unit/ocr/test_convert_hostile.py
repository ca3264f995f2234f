"""Documents that want harm: bombs, entities, endless work. The answer is an error, and the next document is read."""

import os
import pickle
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from scout_ocr.convert import child, parsing
from scout_ocr.convert.confined import Confined
from scout_ocr.convert.converting import convert
from scout_ocr.convert.limits import MIB, Limits
from scout_ocr.convert.outputs import searchable_pdf
from scout_ocr.errors import BadDocument, Encrypted, TooLarge
from scout_ocr.reading import Reading

from tests.documents import encoded, entry_of, pdf, picture, report, saved, slides, with_entry, word_document, workbook

GOOD = pdf([[(50, 700, 11, "Still here")]])
MAKERS = {
    "word/document.xml": lambda: word_document(report),
    "xl/worksheets/sheet1.xml": workbook,
    "xl/styles.xml": workbook,
    "ppt/slides/slide1.xml": slides,
}
XXE = b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file://%s">]>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY secret "&b;&b;&b;&b;&b;&b;">]>'


@pytest.fixture
def children() -> Iterator[Confined]:
    with Confined() as confined:
        convert(GOOD, children=confined)  # starts one
        yield confined


@pytest.mark.parametrize("part", MAKERS)
def test_a_bomb_in_an_office_document_is_refused_before_it_is_unpacked(part: str) -> None:
    bomb = with_entry(MAKERS[part](), part, b"<x>" + b" " * (40 * MIB))
    assert len(bomb) < MIB
    with pytest.raises(TooLarge, match="times its size"):
        convert(bomb)


def test_many_parts_that_pack_badly_are_bounded_together() -> None:
    document = with_entry(word_document(report), "word/media/noise.bin", os.urandom(2 * MIB))
    with pytest.raises(TooLarge, match="unpacks to"):
        convert(document, Limits(unpacked=MIB))


def test_an_archive_of_many_files_is_refused() -> None:
    def fill(room: object) -> None:
        with zipfile.ZipFile(room, "w") as archive:
            for number in range(300):
                archive.writestr(f"word/{number}", b"")

    with pytest.raises(TooLarge, match="300 files"):
        convert(saved(fill), Limits(entries=200))


def test_an_archive_within_a_document_is_never_opened() -> None:
    def fill(room: object) -> None:
        with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb", b"\0" * (50 * MIB))

    document = with_entry(word_document(report), "word/embeddings/inner.zip", saved(fill))
    assert "Ducks of the lake" in convert(document).text


def test_an_archive_with_a_password_is_told() -> None:
    document = bytearray(word_document(report))
    for at in (at for at in range(len(document) - 4) if document[at : at + 4] == b"PK\x01\x02"):
        document[at + 8] |= 1
    with pytest.raises(Encrypted):
        convert(bytes(document))


@pytest.mark.parametrize("part", MAKERS)
@pytest.mark.parametrize("declared", [XXE, LAUGHS], ids=["outside", "laughs"])
def test_entities_are_never_looked_at(part: str, declared: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    document = MAKERS[part]()
    xml = entry_of(document, part)
    head, _, body = xml.partition(b"?>")
    declaration = declared % str(secret).encode() if b"%s" in declared else declared
    body = body.replace(b"</w:t>", b"&secret;</w:t>", 1).replace(b"</t>", b"&secret;</t>", 1)
    with pytest.raises(BadDocument, match="document type"):
        convert(with_entry(document, part, head + b"?>" + declaration + body))


def test_a_document_that_takes_too_long_ends_its_child_only(children: Confined) -> None:
    row = b"<row>" + b"<c><v>1</v></c>" * 5000 + b"</row>"
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = b"<worksheet " + space + b"><sheetData>%s</sheetData></worksheet>"
    slow = with_entry(workbook(), "xl/worksheets/sheet1.xml", sheet % (row * 60))
    with pytest.raises(TooLarge, match="not parsed within"):
        convert(slow, Limits(seconds=0.2, ratio=10_000), children=children)
    assert convert(GOOD, children=children).text == "Still here"


def test_a_parser_that_dies_takes_nobody_with_it(children: Confined) -> None:
    victim = children._idle[0].process_id

    def kill(number: int, image: object) -> None:
        os.kill(victim, signal.SIGKILL)

    with pytest.raises(BadDocument, match="broke its parser"):
        convert(pdf([[]] * 30, picture=encoded(picture("x"), "JPEG")), Limits(dpi=150), look=kill, children=children)
    assert convert(GOOD, children=children).text == "Still here"


def test_a_document_that_wants_all_memory_does_not_get_it(children: Confined) -> None:
    shown = pdf([[]], picture=encoded(picture("x"), "JPEG"))
    with pytest.raises(TooLarge, match="more memory"):
        convert(shown, Limits(memory=150 * MIB, dpi=600, pixels=10**9), look=lambda *_: None, children=children)
    assert convert(GOOD, children=children).text == "Still here"


def test_an_answer_that_does_not_fit_into_memory_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(answer: object, protocol: int) -> bytes:
        if "found" in repr(answer):
            raise MemoryError
        return pickle.dumps(answer, protocol=protocol)

    monkeypatch.setattr(child, "_bind", lambda limits: None)
    monkeypatch.setattr(child, "pickle", SimpleNamespace(dumps=full))
    (answer,) = child._answers(b"words", "parse", "text/plain", Limits(), False)
    kind, error = pickle.loads(answer)
    assert kind == "error" and isinstance(error, TooLarge) and "more memory" in str(error)


@pytest.mark.parametrize("make", [lambda: GOOD, lambda: word_document(report), workbook, slides, lambda: b"a,b\n1,2\n"])
def test_a_child_reads_what_is_read_here(make: Callable[[], bytes], children: Confined) -> None:
    assert convert(make(), children=children) == convert(make(), children=parsing)


def test_a_child_writes_a_searchable_pdf(children: Confined) -> None:
    read = convert(GOOD, children=children)
    reading = Reading(media_type="", kind="document", pages=read.pages, text="", markdown="")
    assert convert(searchable_pdf(GOOD, reading, children=children), children=children).text == "Still here"


def test_a_child_is_kept_for_the_next_document(children: Confined) -> None:
    (before,) = children._idle
    with pytest.raises(BadDocument):
        convert(b"%PDF-1.7 nothing", children=children)
    assert convert(GOOD, children=children).text == "Still here"
    assert children._idle == [before] and before.lives()


def test_a_child_sees_nothing_of_our_environment(children: Confined) -> None:
    environment = Path(f"/proc/{children._idle[0].process_id}/environ").read_bytes()
    assert {line.partition(b"=")[0] for line in environment.split(b"\0") if line} == {
        b"PYTHONPATH", b"PYTHONUTF8", b"PYTHONDONTWRITEBYTECODE",
    }  # fmt: skip


def test_files_beyond_the_limit_are_not_looked_at() -> None:
    with pytest.raises(TooLarge, match="the limit is 10"):
        convert(GOOD, Limits(file_bytes=10))


def test_tables_beyond_the_limit_are_refused() -> None:
    for document in (word_document(report), workbook(), slides(), b"a,b\n1,2\n3,4\n", b"<html><table><td>1<td>2<td>3"):
        with pytest.raises(TooLarge, match="cells"):
            convert(document, Limits(cells=2))
