"""The evidence page: complete for every detection, of a size to be sent, with readable text."""

import cv2
import numpy as np
import pytest
from scout_vision.evidence import Caption, clock, draw_evidence, encode_evidence, percent, spread
from scout_vision.image import decode_image
from scout_vision.lettering import ELLIPSIS, fit, readable, width_of, write
from scout_vision.matching import Detection

from tests.unit.vision.conftest import texture

PACK, FRAME = texture(1, 300, 200), texture(2, 720, 1280)


def detection(left: float, top: float, scale: float, points: int = 60) -> Detection:
    homography = np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]])
    corners = np.array([(0, 0), (199, 0), (199, 299), (0, 299)], np.float64)
    product = np.random.default_rng(0).uniform((0, 0), (200, 300), (points, 2))
    at = np.array((left, top))
    frame = product * scale + at
    inside = np.all((frame >= 0) & (frame < (1280, 720)), axis=1)
    return Detection(
        product="a",
        image="a.jpg",
        decoy=False,
        quad=(corners * scale + at).astype(np.float32),
        homography=homography,
        product_points=product[inside].astype(np.float32),
        frame_points=frame[inside].astype(np.float32),
        signals={},
        family=(),
        probability=0.9,
        sibling_risk=0.0,
    )


def caption(title: str = "Knäckebröd – Åland, 3,49 €", **how: object) -> Caption:
    values = {
        "title": title,
        "sku": "SKU-1",
        "medium": "hall 4.mp4",
        "time_s": 72.34,
        "probability": 0.93,
        "inliers": 60,
    }
    return Caption(**{**values, **how})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "top", "scale"), [(500, 200, 0.5), (-60, -40, 1.5), (1200, 600, 1.0), (640, 360, 0.1), (0, 0, 5.0)]
)
def test_every_place_in_the_frame_makes_a_page(left: float, top: float, scale: float) -> None:
    page = draw_evidence(PACK, FRAME, detection(left, top, scale), caption())
    assert page.dtype == np.uint8
    assert page.flags.c_contiguous
    assert 600 <= page.shape[0] <= 900
    assert 800 <= page.shape[1] <= 1400


@pytest.mark.parametrize("size", [(348, 348), (1280, 720), (200, 1600), (90, 60)])
def test_every_shape_of_frame_and_product_fits(size: tuple[int, int]) -> None:
    frame, pack = texture(3, *size), texture(4, 60, 500)
    found = detection(5, 5, 0.1, points=9)
    assert draw_evidence(pack, frame, found, caption()).shape[2] == 3


def test_the_page_shows_packshot_frame_and_lines() -> None:
    found = detection(500, 200, 0.5)
    page = draw_evidence(PACK, FRAME, found, caption())
    bare = draw_evidence(PACK, FRAME, detection(500, 200, 0.5, points=0), caption())
    assert np.any(page != bare, axis=2).mean() > 0.01
    packshot_column, frame_panel = page[60:400, 60:350], page[60:580, 430:800]
    assert packshot_column.std() > 20
    assert frame_panel.std() > 20
    white = np.all(page[:20] == 255)
    assert white


def test_a_photo_and_a_doubtful_claim_look_different() -> None:
    found = detection(500, 200, 0.5)
    sure = draw_evidence(PACK, FRAME, found, caption(probability=0.99))
    unsure = draw_evidence(PACK, FRAME, found, caption(probability=0.3, time_s=None))
    assert np.any(sure != unsure)


def test_an_encoded_page_is_small_enough_to_send() -> None:
    page = draw_evidence(PACK, FRAME, detection(300, 100, 1.5), caption())
    encoded = encode_evidence(page)
    assert decode_image(encoded).shape == page.shape
    assert len(encode_evidence(page, budget=60_000)) < len(encode_evidence(page, budget=10_000_000))


def test_drawing_is_deterministic_and_leaves_its_input_alone() -> None:
    pack, frame = PACK.copy(), FRAME.copy()
    found = detection(500, 200, 0.5)
    one, two = draw_evidence(pack, frame, found, caption()), draw_evidence(pack, frame, found, caption())
    assert np.array_equal(one, two)
    assert np.array_equal(pack, PACK)
    assert np.array_equal(frame, FRAME)


def test_times_and_probabilities_read_well() -> None:
    assert [clock(t) for t in (0, 9.96, 72.34, 3599.97, 3600)] == [
        "00:00.0",
        "00:10.0",
        "01:12.3",
        "1:00:00.0",
        "1:00:00.0",
    ]
    assert [percent(p) for p in (0.0, 0.534, 0.99, 0.9999, 1.0)] == ["0 %", "53 %", "99.0 %", "99.9 %", "99.9 %"]


def test_spread_takes_points_far_apart() -> None:
    cluster = np.random.default_rng(0).normal(50, 1, (500, 2)).astype(np.float32)
    corners = np.array([(0, 0), (100, 0), (100, 100), (0, 100)], np.float32)
    chosen = spread(np.vstack([cluster, corners]), 6)
    assert len(set(chosen.tolist())) == 6
    assert {500, 501, 502, 503} <= set(chosen.tolist())
    assert spread(corners, 10).tolist() == [0, 1, 2, 3]


def test_text_is_wrapped_and_shortened() -> None:
    title = "A very long product title that goes on and on about its many flavours and sizes"
    assert fit("Short", 20, 500) == ["Short"]
    for lines in (1, 2):
        rows = fit(title, 20, 300, lines=lines)
        assert len(rows) == lines
        assert rows[-1].endswith(ELLIPSIS)
        assert all(width_of(row, 20) <= 300 for row in rows)
    assert fit("Donaudampfschifffahrtsgesellschaft", 20, 100)[0].endswith(ELLIPSIS)
    assert "".join(fit(title, 12, 5000, lines=3)) == title
    assert fit("", 20, 100) == []


def test_european_letters_are_drawn_not_replaced() -> None:
    def ink(text: str) -> np.ndarray:
        page = np.full((60, 80, 3), 255, np.uint8)
        write(page, (10, 45), text, 36, (0, 0, 0))
        return page

    unknown = ink("?")
    shapes = [ink(letter) for letter in "ÅöéßłŽ€–„ЖΩ中"]
    assert all(shape.min() < 100 for shape in shapes)
    assert not any(np.array_equal(shape, unknown) for shape in shapes)


def test_what_the_font_lacks_is_left_out() -> None:
    assert readable("Tee ☕ \U0001f600 বাংলা  extra\n") == "Tee ☕ extra"
    page = draw_evidence(PACK, FRAME, detection(500, 200, 0.5), caption("বাংলা"))
    named = draw_evidence(PACK, FRAME, detection(500, 200, 0.5), caption("SKU-1"))
    assert np.array_equal(page, named)


def test_right_aligned_text_ends_at_its_place() -> None:
    page = np.full((60, 300, 3), 255, np.uint8)
    width = write(page, (280, 40), "99 %", 30, (0, 0, 0), align="right")
    dark = np.flatnonzero(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY).min(axis=0) < 128)
    assert 270 <= dark.max() <= 281
    assert dark.min() >= 280 - width - 1
