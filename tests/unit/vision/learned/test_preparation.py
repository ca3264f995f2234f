"""Pictures reach the network at its size, whatever they were, with nothing but what the way of scaling says cut off."""

import numpy as np
import pytest
from scout_vision.learned.manifest import Preparation
from scout_vision.learned.preparation import prepared


def how(resize: str) -> Preparation:
    return Preparation(size=(32, 48), mean=(0.5, 0.25, 0.0), std=(0.5, 0.5, 1.0), resize=resize)


def striped(height: int, width: int) -> np.ndarray:
    """Red in its left third, else black."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 3, 0] = 255
    return picture


@pytest.mark.parametrize("resize", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("shape", [(1, 1), (500, 20), (20, 500), (32, 48), (720, 1280)])
def test_every_shape_fits(resize: str, shape: tuple[int, int]) -> None:
    batch = prepared([striped(*shape), striped(7, 9)], how(resize))
    assert batch.shape == (2, 3, 32, 48)
    assert batch.dtype == np.float32
    assert np.isfinite(batch).all()


def test_values_are_normalised_by_channel() -> None:
    white = prepared([np.full((40, 60, 3), 255, np.uint8)], how("squash"))[0]
    assert np.allclose(white.reshape(3, -1), [[1.0], [1.5], [1.0]])


def test_shortest_cuts_the_sides_longest_keeps_them() -> None:
    wide = striped(32, 480)
    assert prepared([wide], how("shortest"))[0, 0].max() == pytest.approx(-1)  # the stripe is cut off
    assert prepared([wide], how("longest"))[0, 0].max() == pytest.approx(1)
    assert prepared([], how("longest")).shape == (0, 3, 32, 48)
