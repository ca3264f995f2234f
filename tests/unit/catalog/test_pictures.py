import io
from pathlib import Path
from typing import Any

import httpcore
import numpy as np
import pytest
from PIL import Image
from scout_common.blobs import LocalBlobs
from scout_common.fetch import Network
from scout_common.settings import Settings
from scout_vision.image import decode_image

from services.catalog import pictures
from services.catalog.handler import Prepared, Unusable
from services.catalog.pictures import Pictures
from services.catalog.sources import Beside, OnTheWeb

NOISE = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)


def encoded(image: np.ndarray[Any, Any] = NOISE, kind: str = "PNG", **options: Any) -> bytes:
    sink = io.BytesIO()
    Image.fromarray(image).save(sink, kind, **options)
    return sink.getvalue()


def settings_of(tmp_path: Path, **options: Any) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data", **options)


def beside(tmp_path: Path, **options: Any) -> Pictures:
    settings = settings_of(tmp_path, **options)
    return Pictures(LocalBlobs(settings.data_dir), Beside(folder=tmp_path), settings)


def one(found: list[Prepared | Unusable]) -> Prepared:
    assert isinstance(found[0], Prepared), found[0]
    return found[0]


def reason(found: list[Prepared | Unusable]) -> str:
    assert isinstance(found[0], Unusable)
    return found[0].message


def test_a_picture_is_stored_as_jpeg_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded())
    prepared = one(beside(tmp_path).prepare(["a.png"]))
    data = LocalBlobs(tmp_path / "data").get(prepared.asset.sha256)
    assert (prepared.asset.media_type, prepared.asset.bytes) == ("image/jpeg", len(data))
    assert decode_image(data).shape == (prepared.height, prepared.width, 3) == NOISE.shape


def test_a_small_picture_is_stored_without_loss_and_warned_about(tmp_path: Path) -> None:
    small = NOISE[:90, :120]
    (tmp_path / "a.png").write_bytes(encoded(small))
    prepared = one(beside(tmp_path).prepare(["a.png"]))
    assert prepared.asset.media_type == "image/webp"
    assert np.array_equal(decode_image(LocalBlobs(tmp_path / "data").get(prepared.asset.sha256)), small)
    assert [kind for kind, _ in prepared.warnings] == ["small"]


def test_a_huge_picture_is_reduced(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encoded(np.tile(NOISE, (1, 8, 1)), "JPEG"))
    assert one(beside(tmp_path).prepare(["a.jpg"])).width == pictures.LONGEST_SIDE


def test_the_same_content_is_prepared_once_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encoded(NOISE[:100, :100]))
    first = one(beside(tmp_path).prepare(["a.png"]))
    monkeypatch.setattr(pictures, "product_image", None)
    assert one(beside(tmp_path).prepare(["b.png"])) == first


def test_a_remembered_picture_that_was_deleted_is_prepared_again(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded())
    first = one(beside(tmp_path).prepare(["a.png"]))
    LocalBlobs(tmp_path / "data").delete(first.asset.sha256)
    assert one(beside(tmp_path).prepare(["a.png"])) == first
    assert LocalBlobs(tmp_path / "data").exists(first.asset.sha256)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"<!doctype html><html></html>", "web page"),
        (encoded()[:2000], "damaged"),
        (None, "no such file"),
    ],
)
def test_bad_pictures_say_why_and_the_good_one_comes(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "good.png").write_bytes(encoded())
    found = beside(tmp_path).prepare(["a.jpg", "good.png"])
    assert message in reason(found)
    assert isinstance(found[1], Prepared)


def test_limits_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded())
    assert "larger than" in reason(beside(tmp_path, max_image_bytes=1000).prepare(["a.png"]))
    assert "pixels" in reason(beside(tmp_path, max_image_pixels=1000).prepare(["a.png"]))
    assert "no such file" in reason(beside(tmp_path).prepare(["."]))
    assert reason(beside(tmp_path).prepare(["x" * 5000]))


def on_the_web(tmp_path: Path, *answer: bytes, asked: list[str]) -> Pictures:
    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["10.0.0.1" if host == "inside.example" else "93.184.215.14"]

    settings = settings_of(tmp_path, http_retries=0)
    network = Network(resolve=resolve, backend=httpcore.MockBackend(list(answer)))
    place = OnTheWeb(url="http://shop.example/list.csv")
    return Pictures(LocalBlobs(settings.data_dir), place, settings, network)


def test_pictures_from_the_web(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n\r\n"
    asked: list[str] = []
    found = on_the_web(tmp_path, head, encoded(), asked=asked).prepare(["a.png", "a.png"])
    assert one(found).width == 400
    assert found[0] == found[1]
    assert asked == ["shop.example"]


def test_addresses_that_may_not_be_read(tmp_path: Path) -> None:
    found = on_the_web(tmp_path, asked=[]).prepare(["http://inside.example/a.png"])
    assert "private network" in reason(found)
    assert "are not read" in reason(on_the_web(tmp_path, asked=[]).prepare(["file:///etc/passwd"]))
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    assert "status 404" in reason(on_the_web(tmp_path, gone, asked=[]).prepare(["a.png"]))


def test_a_host_that_gives_no_answer_is_not_asked_for_ever(tmp_path: Path) -> None:
    asked: list[str] = []
    found = on_the_web(tmp_path, asked=asked).prepare([f"{number}.png" for number in range(40)])
    assert len(asked) < 16
    assert isinstance(found[-1], Unusable)
    assert "was not asked again" in found[-1].message
