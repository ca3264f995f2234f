"""Where bars may stand, and where not."""

import numpy as np
from scout_ocr.barcodes.proposals import Gray, stripes
from scout_ocr.words import Quad


def two_fields() -> Gray:
    """Two fields of upright bars, the larger one on the left."""
    picture = np.full((200, 400), 220, np.uint8)
    picture[40:160, 20:180:6] = picture[40:160, 21:180:6] = picture[40:160, 22:180:6] = 30
    picture[60:140, 240:370:6] = picture[60:140, 241:370:6] = picture[60:140, 242:370:6] = 30
    return picture


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def test_the_largest_striped_places_come_first() -> None:
    left, right = stripes(two_fields())
    assert left.centre[0] < 200 < right.centre[0]
    assert abs(left.angle) < 3
    assert left.along > right.along


def test_where_words_were_surely_read_no_bars_are_looked_for() -> None:
    [only] = stripes(two_fields(), printed=[box(0, 20, 200, 180)])
    assert only.centre[0] > 200
    digits_below = [box(20, 135, 180, 175)]
    assert len(stripes(two_fields(), printed=digits_below)) == 2
