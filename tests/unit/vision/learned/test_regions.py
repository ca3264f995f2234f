"""The grid sees every product that fills a fair part of a frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_vision.learned.regions import WHOLE, Region, cut, regions


def test_a_wide_frame_has_a_grid_of_a_few_dozen() -> None:
    found = regions(1280, 720)
    assert found[0] == WHOLE
    assert 25 <= len(found) <= 45
    assert len(set(found)) == len(found)


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_regions_lie_within_the_frame(width: int, height: int) -> None:
    found = regions(width, height)
    assert len(found) <= 150
    for region in found:
        assert 0 <= region.left < region.right <= 1 + 1e-9
        assert 0 <= region.top < region.bottom <= 1 + 1e-9


@pytest.mark.parametrize("side", [0.33, 0.5, 0.8])
def test_anything_of_a_third_of_the_height_is_mostly_in_one_region(side: float) -> None:
    size = side * 720 / 1280, side
    rng = np.random.default_rng(1)
    for left, top in rng.uniform((0, 0), (1 - size[0], 1 - size[1]), (200, 2)):
        inside = [overlap(region, left, top, *size) for region in regions(1280, 720)]
        assert max(inside) > 0.55


def overlap(region: Region, left: float, top: float, width: float, height: float) -> float:
    """Part of a box inside a region that is at most twice as large on a side."""
    if region.bottom - region.top > 2 * height:
        return 0.0
    across = min(region.right, left + width) - max(region.left, left)
    down = min(region.bottom, top + height) - max(region.top, top)
    return max(across, 0) * max(down, 0) / (width * height)


def test_a_region_is_cut_out_of_the_pixels() -> None:
    image = np.arange(100 * 200 * 3, dtype=np.uint32).reshape(100, 200, 3).astype(np.uint8)
    assert cut(image, WHOLE).shape == image.shape
    assert np.array_equal(cut(image, Region(0.25, 0.5, 0.75, 1.0)), image[50:, 50:150])
    assert cut(image[:1, :1], Region(0.9, 0.9, 0.95, 0.95)).shape == (1, 1, 3)
