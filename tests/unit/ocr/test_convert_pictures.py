"""Pictures of every kind, told by their content, upright and on white."""

import io
import struct
import zlib
from functools import partial

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from scout_ocr.convert import converting
from scout_ocr.convert.detect import detect
from scout_ocr.convert.limits import Limits
from scout_ocr.engine import Picture
from scout_ocr.errors import BadDocument, Encrypted, TooLarge

from tests.documents import HERE, encoded, picture, png, saved, tiff_chain

convert = partial(converting.convert, children=HERE)

KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF", "GIF", "BMP"]


def kept() -> tuple[list[Picture], object]:
    shown: list[Picture] = []

    def read(image: Picture) -> tuple[()]:
        shown.append(image)
        return ()

    return shown, read


@pytest.fixture(scope="module", autouse=True)
def heif() -> None:
    pillow_heif.register_heif_opener()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_told_and_decoded(kind: str) -> None:
    data, (shown, read) = encoded(picture("Duck"), kind), kept()
    converted = convert(data, read_picture=read)
    assert converted.media_type == detect(data) == f"image/{kind.lower().replace('heif', 'heic')}"
    (image,) = shown
    assert image.shape == (120, 320, 3) and abs(int(image.mean()) - int(np.asarray(picture("Duck")).mean())) <= 2


def test_a_picture_without_text_is_an_empty_result() -> None:
    converted = convert(png(""), read_picture=lambda image: ())
    assert (converted.text, converted.markdown, converted.warnings) == ("", "", ())
    assert converted.pages[0].words == () and converted.pages[0].width == 320


def test_a_photo_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    shown, read = kept()
    convert(encoded(picture("Duck"), "JPEG", exif=exif), read_picture=read)
    assert shown[0].shape == (320, 120, 3)


def test_clear_places_are_white_and_deep_greys_are_scaled() -> None:
    shown, read = kept()
    convert(encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"), read_picture=read)
    deep = Image.fromarray(np.linspace(0, 65535, 2500).reshape(50, 50).astype(np.uint16))
    convert(encoded(deep, "TIFF"), read_picture=read)
    assert shown[0].min() == 255 and shown[1].min() == 0 and 120 < shown[1].mean() < 135 and shown[1].max() == 255


def test_each_page_of_a_tiff_is_a_page() -> None:
    pages = [picture(f"Page {number}") for number in range(4)]
    data = saved(lambda room: pages[0].save(room, "TIFF", save_all=True, append_images=pages[1:], compression="jpeg"))
    assert [page.number for page in convert(data, read_picture=lambda image: ()).pages] == [1, 2, 3, 4]
    assert [page.number for page in convert(data, Limits(first_page=3)).pages] == [3, 4]


def test_a_tiff_of_a_hundred_thousand_pages_is_refused() -> None:
    with pytest.raises(TooLarge, match="more than 500 pages"):
        convert(tiff_chain(100_000))


def test_a_tiff_whose_pages_go_round_in_circles_ends() -> None:
    with pytest.raises(BadDocument):
        convert(b"II*\0\x08\0\0\0\0\0\x08\0\0\0")


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    small = png("x")
    told = b"IHDR" + struct.pack(">II", 20_000, 20_000) + small[24:29]
    blank = small[:12] + told + struct.pack(">I", zlib.crc32(told)) + small[33:]
    with pytest.raises(TooLarge, match="20,000 x 20,000"):
        convert(blank)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_is_cut_off_is_an_error(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (80, 80, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(BadDocument):
        convert(data[: len(data) // 2], read_picture=lambda image: ())


def test_nothing_is_an_error_that_says_so() -> None:
    with pytest.raises(BadDocument, match="0 bytes"):
        convert(b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x7fELF\x02\x01\x01\0" * 9, "no known kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "before 2007"),
        (b"PK\x03\x04" + b"\0" * 60, "no end"),
        (b"GIF89a<script>", "damaged"),
    ],
)
def test_what_is_no_document_is_told_why(data: bytes, said: str) -> None:
    with pytest.raises(BadDocument, match=said):
        convert(data)


def test_an_encrypted_office_document_asks_for_no_password() -> None:
    with pytest.raises(Encrypted, match="password"):
        convert(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))


def test_a_polyglot_is_what_it_begins_with() -> None:
    jpeg = encoded(picture("Duck"), "JPEG")
    assert detect(jpeg + b"%PDF-1.7\nPK\x03\x04<html>") == "image/jpeg"
    assert detect(b"%PDF-1.7\n" + jpeg + b"PK\x05\x06" + bytes(18)) == "application/pdf"
    assert detect(b"<html><!-- %PDF-1.4 -->") == "application/pdf"
    assert detect(b"BM is how this text begins") == "text/plain"


def test_the_name_of_a_file_is_never_asked() -> None:
    assert detect(io.BytesIO(png("x")).getvalue()) == "image/png"
