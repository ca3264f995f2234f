"""POST /api/v1/ocr/process with real engines on real pictures and documents: read, remembered, listed, forgotten."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from PIL import Image
from pypdfium2 import PdfDocument
from scout_common.reader_process import ReaderPool
from sqlalchemy import text

from tests.reading import LABEL, Replica, drawn, replica
from tests.servers import serving_folder

PNG = "image/png"


def test_a_label_is_read_remembered_listed_and_forgotten(real: Replica) -> None:
    sent = {"file": ("label.png", drawn(*LABEL), PNG)}
    first = real.post("process", sent, data={"kind": "label"}).json()
    assert first["result"]["text"].split() == " ".join(LABEL).split()
    assert first["state"] == "done" and not first["cached"] and first["file"]["media_type"] == PNG
    words = first["result"]["pages"][0]["words"]
    assert all(0 <= word["quad"][0][0] <= 480 and word["confidence"] > 0.5 for word in words)

    again = real.post("process", sent, data={"kind": "label"}).json()
    assert again["cached"] and again["result"] == first["result"] and again["id"] != first["id"]
    assert not real.post("process", sent, data={"kind": "label", "quality": "fast"}).json()["cached"]

    task = first["id"]
    assert real.get(f"status/{task}").json()["items"][0]["state"] == "done"
    assert real.get(f"result/{task}").json()["items"][0]["result"] == first["result"]
    assert "Choco Krave" in real.get(f"result/{task}", format="text").text
    assert "Choco Krave" in real.get(f"result/{task}", format="markdown").text
    assert "Choco Krave" in real.get(f"result/{task}", format="html").text
    pdf = PdfDocument(real.get(f"result/{task}", format="pdf").content)
    assert "Krave" in pdf[0].get_textpage().get_text_range()

    assert [item["id"] for item in real.get("tasks").json()["items"]][-1] == task
    assert real.client.get("/api/v1/jobs").json()["items"] == []
    jobs = real.client.get("/api/v1/jobs", params={"kind": "ocr"}).json()["items"]
    assert len(jobs) == 3 and jobs[0]["kind"] == "ocr" and jobs[0]["state"] == "done"
    stages = real.client.get(f"/api/v1/jobs/{task}").json()["stages"]
    assert [stage["stage"] for stage in stages] == ["ocr"]


def test_what_is_forgotten_is_gone_once_nobody_needs_it(real: Replica) -> None:
    sent = {"file": ("label.png", drawn("Forget me"), PNG)}
    one, other = (real.post("process", sent).json() for _ in range(2))
    sha = one["file"]["sha256"]
    assert real.client.delete(f"/api/v1/ocr/{one['id']}").status_code == 204
    assert real.get(f"status/{one['id']}").status_code == 404
    assert real.get(f"result/{other['id']}").json()["items"][0]["result"] == one["result"]
    assert real.client.delete(f"/api/v1/ocr/{other['id']}").status_code == 204
    assert not real.resources.blobs.exists(sha)
    for table in ("job", "unit", "ocr_file", "reading", "asset", "asset_ref", "job_event", "observed_value"):
        assert real.count(table) == 0, table
    assert not any(sha in path.name for path in real.resources.settings.data_dir.rglob("*"))


def test_a_line_is_read_without_looking_for_lines(real: Replica) -> None:
    answer = real.post(
        "process", {"file": ("line.png", drawn("Honey Cake 4711", size=(300, 60)), PNG)}, data={"kind": "line"}
    )
    assert answer.json()["result"]["text"] == "Honey Cake 4711"


def test_a_picture_without_text_is_an_empty_result(real: Replica) -> None:
    answer = real.post("process", {"file": ("wall.png", drawn(), PNG)})
    assert answer.status_code == 200 and answer.json()["result"]["text"] == ""


def test_content_counts_not_the_name(real: Replica) -> None:
    answer = real.post("process", {"file": ("scan.pdf", drawn("Not a PDF", format="JPEG"), "application/pdf")}).json()
    assert answer["file"]["media_type"] == "image/jpeg" and "Not a PDF" in answer["result"]["text"]


def _zip(name: str, size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, bytes(size))
    return stream.getvalue()


def _huge_png() -> bytes:
    """Says that it is 60,000 x 60,000 pixels."""
    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


BAD: dict[str, bytes] = {
    "empty.png": b"",
    "noise.jpg": bytes(range(256)) * 20,
    "cut.jpg": drawn("cut", format="JPEG")[:200],
    "bomb.docx": _zip("word/document.xml", 600_000_000),
    "bomb.xlsx": _zip("xl/workbook.xml", 600_000_000),
    "huge.png": _huge_png(),
    "broken.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
}


def test_bad_files_are_refused_with_a_reason(real: Replica) -> None:
    for name, data in BAD.items():
        answer = real.post("process", {"file": (name, data, "application/octet-stream")})
        assert 400 <= answer.status_code < 500, (name, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert name in answer.json()["detail"]
    assert real.count("job") == 0
    assert real.post("process", {"file": ("good.png", drawn("Good"), PNG)}).json()["result"]["text"] == "Good"


REFUSED: tuple[Any, ...] = (
    {"url": "http://127.0.0.1:1/label.png"},
    {"url": "http://169.254.169.254/latest/meta-data"},
    {"url": "http://[::1]/label.png"},
    {"url": "file:///etc/passwd"},
    {"url": "http://user:secret@example.org/"},
    {"url": "https://example.org/a.png", "quality": "superb"},
    {"url": "https://example.org/a.png", "first_page": 3, "last_page": 2},
    {"path": "/etc/passwd"},
    [],
)


def test_bad_requests_are_refused_with_a_reason(real: Replica) -> None:
    for body in REFUSED:
        answer = real.post("process", json=body)
        assert answer.status_code == 422 and answer.json()["detail"], (body, answer.text)
        assert "root:" not in answer.text


def test_forms_that_are_none(real: Replica) -> None:
    assert real.post("process", {"other": (None, "x")}).status_code == 422
    two = [("file", ("a.png", b"1", PNG)), ("file", ("b.png", b"2", PNG))]
    assert "batch" in real.post("process", two).json()["detail"]
    broken = {"content-type": "multipart/form-data"}
    assert real.client.post("/api/v1/ocr/process", content=b"x", headers=broken).status_code == 400
    broken = {"content-type": "multipart/form-data; boundary=b"}
    assert real.client.post("/api/v1/ocr/process", content=b"no form", headers=broken).status_code == 400
    assert (
        real.client.post("/api/v1/ocr/process", content=b"x", headers={"content-type": "image/png"}).status_code == 415
    )
    assert real.post("process", {"file": ("a.png", drawn("x"), PNG)}, data={"engine": "nosuch"}).status_code == 422


def test_an_address_is_fetched_by_the_checked_way(database: str, tmp_path: Path, reader: ReaderPool) -> None:
    (tmp_path / "label.png").write_bytes(drawn("From afar"))
    with replica(database, tmp_path / "data", reader, allow_private_urls=True) as one, serving_folder(tmp_path) as url:
        found = one.post("process", json={"url": f"{url}/label.png"}).json()
        assert found["result"]["text"] == "From afar" and found["file"]["url"] == f"{url}/label.png"
        assert one.post("process", json={"url": f"{url}/nothing.png"}).status_code == 422


def test_languages_that_can_be_read_here(real: Replica) -> None:
    found = real.get("languages").json()
    assert "en" in found["languages"] and "rapidocr" in found["engines"] and found["version"]


def test_results_do_not_leak_to_the_next_version(real: Replica, reader: ReaderPool) -> None:
    with real.resources.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM reading")).scalar_one() == 0
    real.post("process", {"file": ("a.png", drawn("Version"), PNG)})
    with real.resources.engine.begin() as connection:
        (version,) = connection.execute(text("SELECT version FROM reading")).one()
        assert version == reader.about().version
        connection.execute(text("UPDATE reading SET id = gen_random_uuid(), version = 'older'"))
    assert not real.post("process", {"file": ("a.png", drawn("Version"), PNG)}).json()["cached"]


def test_a_picture_turned_by_its_camera(real: Replica) -> None:
    image = Image.open(io.BytesIO(drawn("Turned", "by the camera"))).rotate(90, expand=True)
    exif = image.getexif()
    exif[0x0112] = 6  # to be shown turned clockwise
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif)
    assert (
        "Turned"
        in real.post("process", {"file": ("turned.jpg", stream.getvalue(), "image/jpeg")}).json()["result"]["text"]
    )
