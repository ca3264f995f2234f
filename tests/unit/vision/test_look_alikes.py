"""Vector neighbours join the contest of a place that nobody contests."""

import numpy as np
from scout_vision.matching import FrameMatcher

from tests.unit.vision.packs import EXTRACTOR, index_of, pack, placed, shelf


class Asked:
    """Neighbours that always name one picture, and remember that they were asked."""

    def __init__(self, picture: str, similarity: float = 0.95) -> None:
        self.answer, self.vectors = [(picture, similarity)], 0

    def __call__(self, vectors: np.ndarray, k: int) -> list[list[tuple[str, float]]]:
        self.vectors += len(vectors)
        return [self.answer for _ in vectors]


def embed(regions: list[np.ndarray]) -> np.ndarray:
    assert all(region.dtype == np.uint8 and region.shape[2] == 3 for region in regions)
    return np.ones((len(regions), 3), np.float32)


def claims(frame: np.ndarray, asked: Asked | None) -> list[str]:
    index = index_of((12, 0), (13, 0), (14, 0))
    matcher = FrameMatcher(index, None, asked, embed if asked else None)
    found = matcher.match(EXTRACTOR.frame(frame), frame).detections
    return [d.product for d in found if d.probability >= 0.5 and not d.decoy]


def test_a_neighbour_that_is_not_there_changes_nothing() -> None:
    frame = shelf((pack(12), placed(0, 0.3)))
    asked = Asked("p13-0.jpg")
    assert claims(frame, asked) == claims(frame, None)


def test_a_place_won_beyond_doubt_is_not_asked_about() -> None:
    asked = Asked("p13-0.jpg")
    assert claims(shelf((pack(12), placed())), asked) == ["p12-0"]
    assert asked.vectors == 0


def test_unknown_and_unlike_neighbours_are_passed_over() -> None:
    frame = shelf((pack(12), placed(0, 0.3)))
    assert claims(frame, Asked("nowhere.jpg")) == claims(frame, Asked("p13-0.jpg", 0.1)) == claims(frame, None)
