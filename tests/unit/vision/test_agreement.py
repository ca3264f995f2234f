"""Whether the whole place looks like the picture."""

import numpy as np
import pytest
from scout_vision.agreement import NOTHING_SEEN, agreement, rectified
from scout_vision.look import Look

from tests.unit.vision.packs import HEIGHT, WIDTH, pack, placed, shelf

SHAPE = np.array([WIDTH, HEIGHT], np.float32)


def look(seed: int) -> Look:
    return Look(pack(seed), SHAPE)


def test_a_pack_agrees_with_itself_and_not_with_another() -> None:
    where = placed(0.2, 0.9)
    frame = shelf((pack(10), where))
    same, other = agreement(frame, where, look(10)), agreement(frame, where, look(11))
    assert same.print > 0.8 and same.alike > 0.9 and same.visible > 0.9
    assert other.print < 0.5 and other.colour > 2 * same.colour


def test_a_place_partly_outside_the_frame_is_partly_visible() -> None:
    where = placed(0, 1.0, x=0)
    seen = agreement(shelf((pack(10), where)), where, look(10))
    assert 0.2 < seen.visible < 0.7 and seen.print > 0.7


@pytest.mark.parametrize("x", [5000.0, -5000.0])
def test_a_place_outside_the_frame_says_nothing(x: float) -> None:
    assert agreement(shelf(), placed(x=x), look(10)) == NOTHING_SEEN


def test_a_plain_picture_says_nothing() -> None:
    plain = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    assert agreement(shelf(), placed(), Look(plain, SHAPE)) == NOTHING_SEEN


def test_large_places_are_shrunk_without_aliasing() -> None:
    where = placed(0, 4.0, 500, 600)
    frame = shelf((pack(10), where), size=(1000, 1200))
    seen, inside = rectified(frame, where, (WIDTH, HEIGHT))
    assert inside.mean() > 0.95
    assert np.abs(seen.astype(int) - pack(10)).mean() < 20
