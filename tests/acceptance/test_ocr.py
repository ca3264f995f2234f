"""`scout ocr FILE...` as a user runs it: good files and bad, folders, every output, no server."""

import json
from pathlib import Path

from pypdfium2 import PdfDocument

from tests.acceptance.conftest import scout
from tests.documents import word_document
from tests.reading import LABEL, drawn


def test_files_are_read_told_and_written_in_their_order(tmp_path: Path) -> None:
    inside = tmp_path / "folder"
    inside.mkdir()
    (inside / "label.png").write_bytes(drawn(*LABEL))
    (inside / "notes.json").write_text("{}")  # nothing that a folder is searched for
    (tmp_path / "cut.jpg").write_bytes(drawn("cut", format="JPEG")[:300])
    (tmp_path / "wrong.pdf").write_bytes(drawn("Honey Cake"))
    (tmp_path / "offer.docx").write_bytes(word_document(lambda word: word.add_paragraph("Ten boxes of tea")))
    words = [str(tmp_path / "*.jpg"), str(inside)]
    words += [str(tmp_path / name) for name in ("wrong.pdf", "missing.png", "offer.docx")]
    read = tmp_path / "read.jsonl"
    done = scout("ocr", *words, "--json", str(read), "--text", str(tmp_path / "text"), "--pdf", str(tmp_path / "pdf"))
    assert done.returncode == 3, done.stderr
    rows = [json.loads(line) for line in read.read_text("utf-8").splitlines()]
    assert [Path(row["file"]).name for row in rows] == [
        "cut.jpg",
        "label.png",
        "wrong.pdf",
        "missing.png",
        "offer.docx",
    ]
    assert [bool(row["error"]) for row in rows] == [True, False, False, True, True]
    assert rows[1]["text"].split() == " ".join(LABEL).split()
    assert rows[1]["fields"]["best_before"]["value"] == "2027-03-12"
    assert rows[1]["barcodes"] == [] and "pages" not in rows[1]
    assert rows[2]["media_type"] == "image/png" and "Honey Cake" in rows[2]["text"]
    assert (tmp_path / "text" / "label.txt").read_text("utf-8").startswith("Choco Krave")
    assert "Krave" in PdfDocument(tmp_path / "pdf" / "label.pdf")[0].get_textpage().get_text_range()
    # No PDF is made of a Word document, and that costs nobody its text.
    assert "searchable PDF" in rows[4]["error"] and rows[4]["text"] == "Ten boxes of tea"
    assert (tmp_path / "text" / "offer.txt").read_text("utf-8") == "Ten boxes of tea\n"
    assert not (tmp_path / "pdf" / "offer.pdf").exists()
    assert "Read 2 of 5 files" in done.stderr and "cut.jpg" in done.stderr and "missing.png" in done.stderr


def test_without_an_output_the_text_is_printed(tmp_path: Path) -> None:
    (tmp_path / "line.png").write_bytes(drawn("Honey Cake 4711", size=(300, 60)))
    done = scout("ocr", str(tmp_path / "line.png"), "--kind", "line")
    assert (done.returncode, done.stdout) == (0, "Honey Cake 4711\n"), done.stderr


def test_what_cannot_be_meant_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words in (("--pages", "3-2"), ("--json", str(tmp_path / "file" / "read.jsonl"))):
        done = scout("ocr", "nothing.png", *words)
        assert done.returncode == 1 and "error" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert scout("ocr", "nothing.png", "--kind", "novel").returncode == 2
