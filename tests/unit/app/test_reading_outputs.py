"""What `scout ocr FILE` prints where no output is named."""

from typing import Any

import pytest
from scout_app.reading_outputs import FileRead, Outputs, Writer

CODE = {"format": "QRCode", "text": "https://kornhaus.example/a"}
BLURRED = {"advice": "The picture is blurred: hold the camera still."}


def read(text: str = "", **more: Any) -> FileRead:
    return FileRead(name="a.png", reading={"text": text, "barcodes": [], "quality": [None], **more})


@pytest.mark.parametrize(
    ("file", "several", "printed"),
    [
        (read("Honey Cake", barcodes=[CODE]), False, "Honey Cake\n"),
        (read(barcodes=[CODE, CODE]), False, "QRCode: https://kornhaus.example/a\n" * 2),
        (read(" \n", barcodes=[CODE]), True, "== a.png\nQRCode: https://kornhaus.example/a\n"),
        (read(), False, ""),
    ],
)
def test_bar_codes_are_printed_where_there_is_no_text(
    file: FileRead, several: bool, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Writer(Outputs(), several=several) as writer:
        writer.write(file)
    assert capsys.readouterr().out == printed


def test_what_has_neither_is_told_with_what_would_help() -> None:
    told = read(quality=[BLURRED, BLURRED, None]).told
    assert told == "a.png: no text and no bar code was found (The picture is blurred: hold the camera still.)"
    assert read().told == "a.png: no text and no bar code was found"
    assert read("Honey Cake").told == read(barcodes=[CODE]).told == ""
    assert FileRead(name="a.png", error="damaged", hint="send it again").told == "a.png: damaged (send it again)"
