"""Which stored keyframes a later catalogue is worth matching with."""

import numpy as np
import pytest
from scout_contracts.events import FramesSearchRequest

from services.vector_index.handler import FrameSearchInputs, choose_frames

AXES = np.eye(4, dtype=np.float32)


def frame(number: int, *vectors: np.ndarray) -> tuple[float, str, np.ndarray]:
    return float(number), f"{number:064x}", np.stack(vectors)


FRAMES = [
    frame(0, AXES[3], 0.8 * AXES[0] + 0.6 * AXES[3]),
    frame(1, AXES[3], AXES[1]),
    frame(2, AXES[0], AXES[3]),
    frame(3, AXES[3], AXES[3]),
]


@pytest.mark.parametrize(
    ("products", "nearest", "chosen"),
    [((0,), 1, [2]), ((0,), 2, [0, 2]), ((0, 1), 1, [1, 2]), ((0, 1, 2), 9, [0, 1, 2, 3]), ((), 3, [])],
)
def test_the_frames_nearest_to_any_product_are_matched(
    products: tuple[int, ...], nearest: int, chosen: list[int]
) -> None:
    event = FramesSearchRequest(medium_id="m", nearest=nearest)
    batch = choose_frames(event, FrameSearchInputs(products=AXES[list(products)], frames=iter(FRAMES)))
    asked = [time for child in batch.children for time, _ in child.event.frames]
    assert asked == chosen
    assert {child.stage for child in batch.children} <= {"keypoint"}


def test_many_frames_go_out_in_chunks() -> None:
    frames = [frame(number, AXES[0]) for number in range(40)]
    event = FramesSearchRequest(medium_id="m", nearest=40)
    batch = choose_frames(event, FrameSearchInputs(products=AXES[:1], frames=frames))
    assert [len(child.event.frames) for child in batch.children] == [16, 16, 8]
    assert len({child.key for child in batch.children}) == 3
