"""Which of two siblings the differing print names."""

import numpy as np
import pytest
from scout_vision.look import Look
from scout_vision.siblings import UNDECIDED, compare, laid

from tests.unit.vision.packs import HEIGHT, WIDTH, pack, placed, shelf

SHAPE = np.array([WIDTH, HEIGHT], np.float32)
ONE, OTHER = (Look(pack(30, flavour), SHAPE) for flavour in (1, 2))


@pytest.mark.parametrize(("shown", "sign"), [(1, 1), (2, -1)])
@pytest.mark.parametrize("light", [1.0, 0.6])
def test_the_print_names_the_pack_in_any_light(shown: int, sign: int, light: float) -> None:
    where = placed(0.1, 0.7, 300, 200)
    frame = (shelf((pack(30, shown), where)) * light).astype(np.uint8)
    said = compare(frame, where, laid(ONE, OTHER, np.eye(3)))
    assert sign * said.lean > 0.5
    assert 0.05 < said.area < 0.5 and said.contrast > 20


def test_two_pixels_of_misfit_do_not_decide() -> None:
    frame = shelf((pack(30, 1), placed(x=322, y=241)))
    assert compare(frame, placed(), laid(ONE, OTHER, np.eye(3))).lean > 0.4


def test_equal_pictures_and_hidden_places_are_undecided() -> None:
    frame = shelf((pack(30, 1), placed()))
    assert compare(frame, placed(), laid(ONE, ONE, np.eye(3))) == UNDECIDED
    assert compare(frame, placed(x=9000), laid(ONE, OTHER, np.eye(3))) == UNDECIDED
