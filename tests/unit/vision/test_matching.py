"""Matching a frame: what is there is found where it is, what is not there is not claimed."""

import cv2
import numpy as np
import pytest
from scout_vision.competition import overlap
from scout_vision.matching import CatalogueIndex, Detection, FrameMatcher, FrameResult, MatchOptions

from tests.unit.vision.packs import EXTRACTOR, image_of, index_of, outline, pack, placed, shelf

CATALOGUE = tuple((design, 0) for design in range(10, 18))


def match(index: CatalogueIndex, frame: np.ndarray, **options: float) -> FrameResult:
    return FrameMatcher(index, MatchOptions(**options)).match(EXTRACTOR.frame(frame), frame)  # type: ignore[arg-type]


def claims(result: FrameResult) -> list[Detection]:
    return [d for d in result.detections if d.probability >= 0.5 and not d.decoy and not d.family]


@pytest.mark.parametrize("where", [placed(), placed(0.4, 0.6, 200, 200), placed(-0.2, 0.9, 350, 250, 6e-4)])
def test_a_pack_is_found_where_it_stands(where: np.ndarray) -> None:
    result = match(index_of(*CATALOGUE), shelf((pack(12), where)))
    (found,) = claims(result)
    assert (found.product, found.image) == ("p12-0", "p12-0.jpg")
    assert np.abs(found.quad - outline(where)).max() < 6
    mapped = cv2.perspectiveTransform(found.product_points[None], found.homography)[0]
    assert np.linalg.norm(mapped - found.frame_points, axis=1).max() < 6
    assert result.candidates[0].product == "p12-0"


def test_candidates_name_the_best_products_with_honest_probabilities() -> None:
    result = match(index_of(*CATALOGUE), shelf((pack(12), placed())))
    assert len(result.candidates) >= 5
    assert result.candidates[0].probability > 0.9
    assert all(c.probability < 0.1 for c in result.candidates[1:])


def test_nothing_is_claimed_where_no_product_is() -> None:
    for seed in range(3):
        absent = ((pack(90 + seed), placed(0.1)), (pack(80 + seed), placed(0, 0.7, 120, 150)))
        assert claims(match(index_of(*CATALOGUE), shelf(*absent, seed=seed))) == []


def test_several_facings_of_one_product_are_all_found() -> None:
    places = [placed(0, 0.7, x, 240) for x in (110, 310, 520)]
    found = claims(match(index_of(*CATALOGUE), shelf(*((pack(14), place) for place in places))))
    assert [d.product for d in found] == ["p14-0"] * 3
    for place in places:
        assert sum(overlap(d.quad, outline(place)) > 0.8 for d in found) == 1


def test_siblings_are_told_apart_where_they_differ() -> None:
    index = index_of((30, 0), (30, 1), (30, 2), (31, 0))
    shown = shelf((pack(30, 1), placed(0, 0.8, 180, 240)), (pack(30, 2), placed(0, 0.8, 450, 240)))
    found = claims(match(index, shown))
    assert sorted(d.product for d in found) == ["p30-1", "p30-2"]
    left = min(found, key=lambda d: d.quad[:, 0].mean())
    assert left.product == "p30-1"
    assert left.signals["rival"] > 0 and left.signals["lean"] > 0.2
    assert 0 <= left.sibling_risk < 0.5


def test_siblings_whose_difference_is_hidden_are_an_honest_tie() -> None:
    index = index_of((30, 0), (30, 1))
    frame = shelf((pack(30, 1), placed()))
    frame[300:400] = 60  # the band that names the flavour lies behind a dark shelf's edge, of neither flavour's colour
    place = max(match(index, frame).detections, key=lambda d: d.signals["support"])
    assert place.family == ("p30-0", "p30-1") or place.sibling_risk > 0.05


def test_a_mirrored_pack_is_won_by_a_decoy_and_not_claimed() -> None:
    result = match(index_of(*CATALOGUE), shelf((np.ascontiguousarray(pack(15)[:, ::-1]), placed())))
    assert claims(result) == []
    best = max(result.detections, key=lambda d: d.signals["support"])
    assert best.decoy


def test_results_do_not_depend_on_the_order_of_the_catalogue_or_on_storage() -> None:
    images = [image_of(*p) for p in CATALOGUE]
    built = CatalogueIndex.build(images[::-1], seed=1)
    stored = CatalogueIndex.from_bytes(index_of(*CATALOGUE).to_bytes())
    frame = shelf((pack(12), placed(0.2)))
    for one, other in zip(match(built, frame).detections, match(stored, frame).detections, strict=True):
        assert one.product == other.product and one.probability == pytest.approx(other.probability, abs=1e-6)
        assert np.allclose(one.quad, other.quad, atol=1e-4)


@pytest.mark.parametrize("frame", [np.zeros((1, 1, 3), np.uint8), np.full((200, 300, 3), 128, np.uint8)])
def test_frames_without_texture_give_nothing(frame: np.ndarray) -> None:
    result = match(index_of(*CATALOGUE), frame)
    assert result.detections == ()


def test_an_empty_catalogue_gives_nothing() -> None:
    empty = CatalogueIndex.from_bytes(CatalogueIndex.build([], seed=0).to_bytes())
    result = match(empty, shelf((pack(12), placed())))
    assert result.detections == () and result.candidates == ()
    assert empty.decoy_share == 0.0
