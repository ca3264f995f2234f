"""What vectors propose is verified like what was voted for: named products are found, wrong names come to nothing."""

from functools import cache

import numpy as np
from scout_vision.catalogue import CatalogueImage, CatalogueIndex
from scout_vision.matching import FrameMatcher, MatchOptions
from scout_vision.proposals import Proposal

from tests.unit.vision.packs import EXTRACTOR, pack, placed, shelf

FRAME = shelf((pack(1), placed(x=220)))
FEATURES = EXTRACTOR.frame(FRAME)
PLACE = (0.15, 0.1, 0.55, 0.9)


@cache
def matcher() -> FrameMatcher:
    """One that verifies nothing of what was voted for, so that only proposals count."""
    images = [CatalogueImage.of(f"p{design}", f"i{design}", pack(design), EXTRACTOR) for design in (1, 2, 3)]
    return FrameMatcher(CatalogueIndex.build(images, seed=1), MatchOptions(hypotheses=0))


def test_a_proposed_product_is_found_at_its_place() -> None:
    only_voted, found = (matcher().match(FEATURES, FRAME, proposed) for proposed in ((), [Proposal("i1", PLACE, 0.5)]))
    assert only_voted.detections == ()
    (best,) = found.detections
    assert best.product == "p1"
    assert np.abs(best.quad.mean(axis=0) - (220, 240)).max() < 8


def test_wrong_and_unknown_proposals_come_to_nothing() -> None:
    wrong = [Proposal("i2", PLACE, 0.9), Proposal("i3", (0.0, 0.0, 1.0, 1.0), 0.8), Proposal("gone", PLACE, 0.7)]
    elsewhere = Proposal("i1", (0.8, 0.0, 1.0, 0.2), 0.9)
    assert matcher().match(FEATURES, FRAME, [*wrong, elsewhere]).detections == ()
    assert [d.product for d in matcher().match(FEATURES, FRAME, [*wrong, Proposal("i1", PLACE, 0.1)]).detections] == [
        "p1"
    ]
