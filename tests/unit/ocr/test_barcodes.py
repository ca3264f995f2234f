"""Codes drawn here, then blurred, turned, shrunk, inverted: what is read, and that nothing else is."""

import time

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scout_ocr.barcodes import merge_frames, read_barcodes
from scout_ocr.barcodes.proposals import Stripes
from scout_ocr.barcodes.reader import share_printed
from scout_ocr.barcodes.templates import EAN13, fits
from scout_ocr.barcodes.zxing import barcode
from scout_ocr.engine import Picture
from scout_ocr.reading import Barcode

from scripts.sample.barcode import LEFT_ODD

EAN = "4006381333931"


def drawn(text: str, kind: str = "EAN13", module: int = 3, height: int = 120, quiet: int = 40) -> np.ndarray:
    """Gray, dark bars on bright paper."""
    symbol = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)).to_image(scale=module)
    bars = np.array(symbol)
    if kind in ("QRCode", "DataMatrix", "Aztec", "PDF417"):
        return cv2.copyMakeBorder(bars, quiet, quiet, quiet, quiet, cv2.BORDER_CONSTANT, value=255)
    row = np.repeat(bars[bars.shape[0] // 3][None], height, axis=0)
    return cv2.copyMakeBorder(row, quiet, quiet, quiet, quiet, cv2.BORDER_CONSTANT, value=255)


def photo(gray: np.ndarray, blur: float = 0.0, dark: int = 40, bright: int = 210, noise: float = 2.0) -> Picture:
    picture = dark + (bright - dark) * gray.astype(np.float32) / 255
    picture = cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture
    picture += np.random.default_rng(7).normal(0, noise, picture.shape)
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def turned(gray: np.ndarray, angle: float) -> np.ndarray:
    height, width = gray.shape
    side = int(np.hypot(height, width)) + 20
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    turn[:, 2] += (side - np.array([width, height])) / 2
    return cv2.warpAffine(gray, turn, (side, side), borderValue=255)


def texts(image: Picture, **more: bool) -> list[str]:
    return [code.text for code in read_barcodes(image, **more)]


def defaults(image: Picture) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("EAN13", EAN),
        ("EAN8", "96385074"),
        ("Code128", "LOT 4711-B"),
        ("Code39", "SCOUT39"),
        ("QRCode", "https://example.com/booth/B12"),
        ("DataMatrix", "batch 0815"),
        ("Aztec", "hall 4"),
        ("PDF417", "a longer text on a shipping label"),
    ],
)
def test_every_kind_is_read_from_a_clean_picture(kind: str, text: str) -> None:
    (code,) = read_barcodes(photo(drawn(text, kind)))
    assert (code.text, code.found_by) == (text, "plain") and code.valid
    assert code.quad is not None


def test_upc_e_is_told_in_full() -> None:
    (code,) = read_barcodes(photo(drawn("04252614", "UPCE")))
    assert code.gtin == "00042100005264" and code.format == "UPCE"


@pytest.mark.parametrize(
    ("kind", "text", "module", "blur"), [("EAN13", EAN, 3, 2.3), ("EAN8", "96385074", 3, 2.0), ("EAN13", EAN, 6, 4.7)]
)
def test_bars_that_blur_has_merged_are_fitted_as_a_whole(kind: str, text: str, module: int, blur: float) -> None:
    image = photo(drawn(text, kind, module), blur=blur)
    assert defaults(image) == [], "or this tests nothing"
    (code,) = read_barcodes(image)
    assert code.text == text and code.found_by == "templates" and code.gtin == text.zfill(14)


@pytest.mark.parametrize("angle", [0.0, 17.0, 180.0, 252.0])
def test_blurred_bars_are_read_at_any_angle_and_their_place_is_told(angle: float) -> None:
    gray = turned(drawn(EAN), angle)
    (code,) = read_barcodes(photo(gray, blur=2.2))
    assert code.text == EAN and code.quad is not None
    centre = np.mean(code.quad, axis=0)
    assert np.abs(centre - np.array(gray.shape[::-1]) / 2).max() < 25


def test_faint_other_bars_are_read_by_two_passes() -> None:
    image = photo(drawn("LOT4711", "Code128", 3), blur=2.2)
    assert defaults(image) == []
    assert texts(image) == ["LOT4711"]


def test_a_part_of_an_itf_is_not_taken_for_a_code() -> None:
    """Low bars, turned: scan lines leave them at top and bottom, and what they crossed reads well."""
    digits = "14510055588612"
    parts = 0
    for angle in range(10, 46, 3):
        image = photo(turned(drawn(digits, "ITF", 2, height=100), angle), blur=0.8)
        parts += any(text != digits for text in defaults(image))
        assert texts(image) in ([digits], [])
    assert parts, "or this tests nothing"


def test_codes_are_read_inverted_too() -> None:
    assert texts(photo(255 - drawn("https://example.com", "QRCode"))) == ["https://example.com"]


def test_square_codes_of_few_pixels_are_enlarged_and_sharpened() -> None:
    gray = drawn("https://example.com/products/4711/label?lot=12", "QRCode", 4, quiet=30)
    small = cv2.resize(gray, None, fx=0.36, fy=0.36, interpolation=cv2.INTER_AREA)
    page = cv2.copyMakeBorder(small, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
    image = photo(page, blur=0.75, noise=1)
    assert defaults(image) == []
    (code,) = read_barcodes(image)
    assert code.text.endswith("lot=12") and code.found_by != "plain" and code.quad is not None
    assert min(map(min, code.quad)) > 50, "the place is told in pixels of the whole picture"


def with_add_on(main: str, add_on: str) -> np.ndarray:
    left = drawn(main, quiet=40)
    parity = {"52595": "LGGLL"}  # 3 x (5 + 5 + 5) + 9 x (2 + 9) ends in 4
    digits = [int(d) for d in add_on]
    pattern = parity[add_on]
    flipped = [LEFT_ODD[d].translate(str.maketrans("01", "10"))[::-1] for d in digits]
    parts = [LEFT_ODD[d] if side == "L" else flip for d, side, flip in zip(digits, pattern, flipped, strict=True)]
    modules = "1011" + "01".join(parts)
    row = 255 * (1 - np.repeat(np.array([int(m) for m in modules], np.uint8), 3))
    right = np.full((left.shape[0], len(row) + 40), 255, np.uint8)
    right[40:-40, : len(row)] = row
    last = int(np.flatnonzero((left < 128).any(axis=0))[-1])
    return np.hstack([left[:, : last + 1 + 27], right])  # 9 modules beside the last bar


@pytest.mark.parametrize("blur", [0.0, 1.8])
def test_add_on_digits_follow_after_a_space(blur: float) -> None:
    (code,) = read_barcodes(photo(with_add_on("9780393058673", "52595"), blur=blur))
    assert code.text == "9780393058673 52595" and code.gtin == "09780393058673"


def test_what_looks_like_bars_is_no_code() -> None:
    """Fences, text, noise, a chessboard: nothing is read, nor in half of a code."""
    fence = np.full((240, 480), 255, np.uint8)
    fence[:, ::12] = fence[:, 1::12] = fence[:, 2::12] = 0
    rng = np.random.default_rng(3)
    stripes = np.repeat(np.repeat(rng.integers(0, 2, 160), 3)[None] * 255, 200, axis=0).astype(np.uint8)
    text = np.full((240, 480), 255, np.uint8)
    for line in range(5):
        cv2.putText(text, "Illilll 110 mill NMN", (20, 45 * (line + 1)), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    chess = np.kron(np.indices((16, 16)).sum(0) % 2, np.ones((12, 12))).astype(np.uint8) * 255
    half = drawn(EAN)[:, : drawn(EAN).shape[1] // 2]
    for picture in (fence, stripes, text, chess, half, rng.integers(0, 256, (200, 300)).astype(np.uint8)):
        for blur in (0.0, 2.0):
            assert read_barcodes(photo(picture, blur=blur)) == ()


def test_a_picture_without_bars_costs_little_more_than_the_plain_pass() -> None:
    label = np.full((320, 480), 255, np.uint8)
    for line in range(5):
        cv2.putText(label, "Golden Valley 400 g", (20, 55 * (line + 1)), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    image = photo(label, noise=0)
    times = {}
    for thorough in (False, True) * 5:
        start = time.process_time()
        assert read_barcodes(image, thorough) == ()
        times.setdefault(thorough, []).append(time.process_time() - start)
    assert min(times[True]) < 10 * min(times[False]) + 0.02


def test_without_the_rescue_only_the_plain_pass_reads() -> None:
    assert texts(photo(drawn(EAN), blur=2.3), thorough=False) == []
    assert texts(photo(drawn(EAN)), thorough=False) == [EAN]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (8, 8, 3), (300, 9, 3), (20, 900, 3)])
def test_odd_sizes_hold_no_code(shape: tuple[int, int, int]) -> None:
    assert read_barcodes(np.full(shape, 128, np.uint8)) == ()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(149086, 1.0, 8.0, 0)  # its middle passes for an EAN-8
@given(st.integers(0, 10**12 - 1), st.floats(0.3, 2.4), st.floats(-35, 35), st.integers(0, 60))
def test_a_blurred_code_is_read_right_or_not_at_all(number: int, blur: float, angle: float, dark: int) -> None:
    body = f"{number:012d}"
    weights = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body))
    whole = f"{body}{-weights % 10}"
    read = texts(photo(turned(drawn(whole), angle), blur=blur, dark=dark, bright=dark + 120, noise=4))
    assert read in ([whole], [])


def test_a_signal_without_a_code_has_no_believable_fit() -> None:
    flat = np.full((5, 640), 200, np.float32)
    assert fits(flat, [4.0, 5.0], EAN13) == []
    assert fits(flat[:, :50], [4.0], EAN13) == []


def test_a_payload_tells_what_it_holds() -> None:
    book = barcode("EAN13", "978039305867352595", None, "plain")
    assert (book.text, book.gtin) == ("9780393058673 52595", "09780393058673")
    wrong = barcode("EAN13", "9780393058674", None, "plain")
    assert not wrong.valid and wrong.gtin is None
    carton = barcode("ITF", "10012345678902", None, "plain")
    assert carton.gtin == "10012345678902"
    gs1 = barcode("Code128", "0109501101530003\x1d17261231", None, "plain", gs1=True)
    assert gs1.gtin == "09501101530003" and dict(gs1.elements)["17"] == "261231"
    broken = barcode("DataMatrix", "0109501101530004", None, "plain", gs1=True)
    assert not broken.valid and broken.elements == ()
    assert barcode("QRCode", "a\x1db", None, "plain").valid, "a separator alone promises nothing"


def seen(gtin: str | None, text: str = "", found_by: str = "plain") -> Barcode:
    return Barcode(format="EAN13", text=text or (gtin or "")[1:], gtin=gtin, found_by=found_by)


def test_frames_of_one_place_are_merged_and_named() -> None:
    right, misread = "04006381333931", "09501101530003"
    merged = merge_frames(
        [
            (1.0, [seen(right)]),
            (2.0, [seen(right, "4006381333931 12", "templates"), seen(None, "https://example.com")]),
            (3.0, [seen(misread, found_by="templates")]),
        ]
    )
    assert [(found.code.text, found.frames) for found in merged] == [
        ("4006381333931 12", (1.0, 2.0)),
        ("https://example.com", (2.0,)),
    ]
    assert merge_frames([(1, [seen(misread, found_by="templates")])])[0].code.gtin == misread
    assert merge_frames([]) == ()


def test_a_place_is_print_as_far_as_words_cover_it() -> None:
    picture = np.full((200, 400), 220, np.uint8)
    place = Stripes(centre=(100.0, 100.0), along=100.0, height=40.0, angle=0.0)
    line = ((40.0, 75.0), (160.0, 75.0), (160.0, 125.0), (40.0, 125.0))
    digits = ((40.0, 112.0), (160.0, 112.0), (160.0, 130.0), (40.0, 130.0))
    assert share_printed(place, [line], picture) == 1.0
    assert 0.1 < share_printed(place, [digits], picture) < 0.4
    assert read_barcodes(photo(drawn(EAN), blur=2.3), printed=[]) == read_barcodes(photo(drawn(EAN), blur=2.3))
    whole = photo(drawn(EAN), blur=2.3)
    height, width = whole.shape[:2]
    covered = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    assert read_barcodes(whole) and not read_barcodes(whole, printed=[covered])
