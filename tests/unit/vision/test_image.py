"""Pictures from strangers: what can be read is read upright and opaque, the rest is refused with a reason."""

import contextlib
import io
import pickle
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scout_vision.errors import BadImage
from scout_vision.image import (
    ImageLimits,
    captured_at,
    decode_image,
    encode_jpeg,
    picture_format,
    thumbnail,
)


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **how)
    return sink.getvalue()


def halves(width: int = 40, height: int = 20) -> Image.Image:
    """Left half red, right half blue."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2, 0] = 255
    picture[:, width // 2 :, 2] = 255
    return Image.fromarray(picture)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_known_formats_become_rgb(kind: str) -> None:
    image = decode_image(saved(halves(), kind))
    assert image.shape == (20, 40, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image[10, 5, 0] > 200
    assert image[10, 35, 2] > 200


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "LA", "RGBA", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    grey = Image.fromarray(np.full((8, 8), 40_000, np.uint16)) if mode == "I;16" else Image.new("L", (8, 8), 160)
    picture = grey if mode == "I;16" else grey.convert("RGB").convert(mode)
    image = decode_image(saved(picture, "TIFF" if mode == "CMYK" else "PNG"))
    assert image.shape == (8, 8, 3)
    assert abs(int(image[4, 4].mean()) - 158) < 8


def test_one_bit_pictures_are_black_and_white() -> None:
    image = decode_image(saved(halves().convert("1")))
    assert set(np.unique(image)) <= {0, 255}


def test_sixteen_bit_and_float_grey_keep_their_range() -> None:
    dark = decode_image(saved(Image.fromarray(np.full((4, 4), 100, np.uint16))))
    assert dark.max() == 100
    light = decode_image(saved(Image.fromarray(np.full((4, 4), 0.5, np.float32)), "TIFF"))
    assert abs(int(light[0, 0, 0]) - 128) <= 1


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its right side: turn a quarter clockwise
    image = decode_image(saved(halves(), "JPEG", exif=exif))
    assert image.shape == (40, 20, 3)
    assert image[5, 10, 0] > 200
    assert image[35, 10, 2] > 200


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (6, 6), (0, 0, 0, 0))
    clear.putpixel((2, 3), (255, 0, 0, 255))
    image = decode_image(saved(clear))
    assert tuple(image[0, 0]) == (255, 255, 255)
    assert tuple(image[3, 2]) == (255, 0, 0)


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    data = saved(halves())
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    with pytest.raises(BadImage, match="pixels") as refused:
        decode_image(bomb)
    assert refused.value.hint


def test_limits_are_the_callers() -> None:
    data = saved(halves())
    with pytest.raises(BadImage, match="40 x 20 pixels"):
        decode_image(data, ImageLimits(pixels=100))
    with pytest.raises(BadImage, match="MiB"):
        decode_image(data, ImageLimits(file_bytes=10))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "web page"),
        (b"  \n<html lang='en'>", "web page"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"%PDF-1.7 ...", "PDF"),
        (b'{"error": "no"}', "JSON"),
        (b"\0\0\0\x20ftypheic" + bytes(40), "HEIC"),
        (b"\0\0\0\x20ftypisom" + bytes(40), "video"),
        (bytes(range(256)) * 4, "known format"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, said: str) -> None:
    with pytest.raises(BadImage, match=said) as refused:
        decode_image(data)
    assert refused.value.hint


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cut_off_picture_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    data = saved(noise, kind)
    with pytest.raises(BadImage):
        decode_image(data[: len(data) // 2])


@pytest.mark.filterwarnings("ignore:Tag data larger")
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP"]), st.integers(0, 200))
def test_damage_never_escapes_as_another_error(noise: bytes, kind: str, at: int) -> None:
    data = saved(halves(), kind)
    damaged = data[:at] + noise + data[at + len(noise) :]
    with contextlib.suppress(BadImage):
        assert decode_image(damaged).ndim == 3
    captured_at(damaged)


def test_capture_time_with_and_without_an_offset() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[36867] = "2024:05:17 14:03:09"
    data = saved(halves(), "JPEG", exif=exif)
    assert captured_at(data) == datetime(2024, 5, 17, 14, 3, 9)  # noqa: DTZ001 the camera's own clock
    exif.get_ifd(0x8769)[36881] = "+02:00"
    taken = captured_at(saved(halves(), "JPEG", exif=exif))
    assert taken is not None
    assert taken.astimezone(UTC) == datetime(2024, 5, 17, 12, 3, 9, tzinfo=UTC)


def test_no_usable_capture_time_is_none() -> None:
    assert captured_at(saved(halves(), "JPEG")) is None
    assert captured_at(b"garbage") is None
    exif = Image.Exif()
    exif[306] = "0000:00:00 00:00:00"
    assert captured_at(saved(halves(), "JPEG", exif=exif)) is None


def test_picture_format_tells_pictures_from_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(saved(halves(), "JPEG"))
    (tmp_path / "b").write_bytes(b"<html>")
    assert picture_format(tmp_path / "a") == "JPEG"
    assert picture_format(tmp_path / "b") is None
    assert picture_format(tmp_path / "missing") is None


def test_encoded_pictures_come_back() -> None:
    image = np.asarray(halves())
    back = decode_image(encode_jpeg(image))
    assert np.abs(back.astype(int) - image).mean() < 12


def test_a_thumbnail_is_reduced_never_enlarged() -> None:
    image = np.zeros((300, 900, 3), np.uint8)
    assert thumbnail(image, 90).shape == (30, 90, 3)
    assert thumbnail(image, 1000) is image
    assert thumbnail(np.zeros((1, 5000, 3), np.uint8), 100).shape == (1, 100, 3)


def test_errors_travel_between_processes() -> None:
    again = pickle.loads(pickle.dumps(BadImage("cut off", hint="again")))
    assert (type(again), str(again), again.hint) == (BadImage, "cut off", "again")


def test_opencv_agrees_on_colour_order() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[:, :, 0] = 255
    seen = cv2.imdecode(np.frombuffer(encode_jpeg(red), np.uint8), cv2.IMREAD_COLOR)
    assert seen is not None
    assert seen[0, 0, 2] > 200
