"""Bad input costs only itself: one job full of it, told file by file, and the good part found all the same."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image


def pack(seed: int) -> np.ndarray:
    """A printed pack, (480, 340, 3) uint8 RGB: shapes and letters enough to prove a match."""
    rng = np.random.default_rng(seed)
    image = np.full((480, 340, 3), rng.integers(60, 220, 3), np.uint8)
    for _ in range(60):
        x, y = int(rng.integers(0, 340)), int(rng.integers(0, 480))
        colour = [int(c) for c in rng.integers(0, 255, 3)]
        cv2.circle(image, (x, y), int(rng.integers(5, 26)), colour, int(rng.integers(-1, 4)))
        letters = "".join(chr(c) for c in rng.integers(65, 91, 4))
        cv2.putText(image, letters, (x, y), cv2.FONT_HERSHEY_DUPLEX, float(rng.uniform(0.5, 1.2)), colour[::-1], 2)
    return image


def scene(product: np.ndarray, shift: int = 0) -> np.ndarray:
    """The pack on a table, (480, 640, 3) uint8 RGB."""
    rng = np.random.default_rng(7)
    back = cv2.resize(rng.integers(90, 160, (12, 16, 3), dtype=np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
    corners = np.float32([[0, 0], [340, 0], [340, 480], [0, 480]])
    place = np.float32([[180, 60], [420, 80], [410, 430], [190, 420]]) + np.float32([shift, 0])
    matrix = cv2.getPerspectiveTransform(corners, place)
    cv2.warpPerspective(product, matrix, (640, 480), back, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    return back


def write_video(path: Path, product: np.ndarray, frames: int = 75) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(scene(product, shift=i), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for i in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 44100, i * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def save(path: Path, image: np.ndarray) -> None:
    Image.fromarray(image).save(path, quality=92)


@pytest.fixture(scope="module")
def mess(tmp_path_factory):
    """A folder of good and bad media, and a catalogue with good and bad rows."""
    folder = tmp_path_factory.mktemp("mess")
    media, pictures = folder / "media", folder / "pictures"
    media.mkdir()
    pictures.mkdir()
    save(pictures / "good.jpg", pack(1))
    save(pictures / "other.jpg", pack(2))
    save(pictures / "plain.png", np.full((300, 300, 3), 200, np.uint8))
    (pictures / "empty.jpg").write_bytes(b"")
    (pictures / "page.jpg").write_text("<!doctype html><html><body>Please log in</body></html>")
    Image.new("1", (30000, 30000)).save(pictures / "bomb.png")
    rows = [
        ("good", "Good Tea", "pictures/good.jpg"),
        ("other", "Other Tea", "pictures/other.jpg"),
        ("plain", "Plain Box", "pictures/plain.png"),
        ("empty", "Empty", "pictures/empty.jpg"),
        ("page", "Page", "pictures/page.jpg"),
        ("bomb", "Bomb", "pictures/bomb.png"),
        ("missing", "Missing", "pictures/nowhere.jpg"),
        ("good", "Good again", "pictures/good.jpg"),
    ]
    with (folder / "catalogue.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("sku", "title", "image"), *rows])
    save(media / "photo.jpg", scene(pack(1)))
    write_video(media / "clip.mp4", pack(1))
    whole = (media / "clip.mp4").read_bytes()
    (media / "cut.mp4").write_bytes(whole[: len(whole) // 3])
    (media / "empty.mp4").write_bytes(b"")
    (media / "garbage.mp4").write_bytes(np.random.default_rng(3).bytes(20000))
    (media / "page.jpg").write_text("<!doctype html><html><body>Please log in</body></html>")
    write_sound(media / "sound.mp4")
    return folder


def match(data: Path, *arguments: object, timeout: float = 240) -> tuple[subprocess.CompletedProcess[str], dict]:
    out = data / "result.json"
    data.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "scout_app", "match", "--data", data, "--json", out, *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout, check=False)
    return done, json.loads(out.read_text("utf-8")) if out.exists() else {}


@pytest.fixture(scope="module")
def outcome(mess, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    return match(data, "--catalogue", mess / "catalogue.csv", mess / "media")


def test_the_good_part_is_found_all_the_same(outcome):
    done, result = outcome
    assert result, done.stderr
    assert result["state"] == "partial"
    found = {(Path(s["media"]).name, s["sku"]) for s in result["sightings"] if s["probability"] >= 0.5}
    assert {("photo.jpg", "good"), ("clip.mp4", "good")} <= found
    assert {sku for _, sku in found} == {"good"}


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("empty.mp4", "empty"),
        ("garbage.mp4", ""),
        ("cut.mp4", ""),
        ("media/page.jpg", "HTML"),
        ("sound.mp4", "sound"),
        ("empty.jpg", "empty"),
        ("pictures/page.jpg", "HTML"),
        ("bomb.png", "pixels"),
        ("nowhere.jpg", ""),
        ("plain", "plain"),
        ("good", "twice"),
    ],
)
def test_every_bad_file_is_named_with_its_reason(outcome, subject, says):
    _, result = outcome
    told = [f"{p['subject']}: {p['message']} {p.get('hint', '')}" for p in result["problems"]]
    about = [line for line in told if subject in line]
    assert about, told
    assert any(says.lower() in line.lower() for line in about) or (says == "twice" and _says_duplicate(about)), about


def _says_duplicate(lines):
    return any(word in line.lower() for line in lines for word in ("duplicate", "already", "again", "twice"))


def test_a_catalogue_without_products_ends_and_says_so(tmp_path, mess):
    (tmp_path / "none.csv").write_text("sku,title,image\n")
    done, result = match(tmp_path / "data", "--catalogue", tmp_path / "none.csv", mess / "media" / "photo.jpg")
    assert result["sightings"] == []
    assert "no product" in (done.stdout + done.stderr).lower()


def test_a_folder_without_media_ends_and_says_so(tmp_path, mess):
    (tmp_path / "nothing").mkdir()
    done, _ = match(tmp_path / "data", "--catalogue", mess / "catalogue.csv", tmp_path / "nothing")
    assert "nothing" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_strict_takes_all_rows_or_none(tmp_path, mess):
    photo = mess / "media" / "photo.jpg"
    done, result = match(tmp_path / "data", "--strict", "--catalogue", mess / "catalogue.csv", photo)
    assert done.returncode != 0
    assert not result.get("sightings")
    assert "good" in done.stdout + done.stderr
