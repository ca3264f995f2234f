"""Catalogue pictures: trimmed to the pack, and warned about where they cannot prove much."""

import cv2
import numpy as np
from scout_vision.image import encode_jpeg
from scout_vision.packshot import product_image, trim_border, warnings_of

from tests.unit.vision.conftest import texture


def on_ground(pack: np.ndarray, colour: int, margin: int) -> np.ndarray:
    return cv2.copyMakeBorder(pack, margin, margin, 2 * margin, margin, cv2.BORDER_CONSTANT, value=(colour,) * 3)


def test_a_studio_border_is_trimmed_to_about_the_pack() -> None:
    pack = texture(1, 300, 200)
    pack[:4], pack[-4:], pack[:, :4], pack[:, -4:] = 90, 90, 90, 90
    for colour in (255, 240, 0):
        trimmed = product_image(encode_jpeg(on_ground(pack, colour, 60), 92))
        assert abs(trimmed.shape[0] - 300) <= 10
        assert abs(trimmed.shape[1] - 200) <= 10


def test_specks_in_the_border_do_not_keep_it() -> None:
    pack = texture(1, 300, 200)
    pack[:4], pack[-4:], pack[:, :4], pack[:, -4:] = 90, 90, 90, 90
    image = on_ground(pack, 255, 60)
    image[5, 5] = 0
    assert trim_border(image).shape[0] < 320


def test_a_picture_without_a_border_stays_as_it_is() -> None:
    image = texture(3, 120, 90)
    image[:20, :20], image[-20:, -20:] = (200, 0, 0), (0, 0, 200)
    assert trim_border(image) is image
    blank = np.full((50, 50, 3), 250, np.uint8)
    assert trim_border(blank) is blank
    tiny = np.zeros((4, 4, 3), np.uint8)
    assert trim_border(tiny) is tiny


def test_warnings_say_what_is_wrong() -> None:
    good = texture(5, 600, 400)
    assert warnings_of(good) == ()
    blurred = cv2.GaussianBlur(good, (0, 0), 5)
    assert [w.kind for w in warnings_of(blurred)] == ["blurred"]
    plain = np.full((600, 400, 3), 180, np.uint8)
    assert [w.kind for w in warnings_of(plain)] == ["plain"]
    small = cv2.resize(good, (80, 120), interpolation=cv2.INTER_AREA)
    assert "small" in [w.kind for w in warnings_of(small)]
    assert all(len(w.message) > 20 for picture in (blurred, plain, small) for w in warnings_of(picture))
