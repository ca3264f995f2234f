"""A proof's words against what is stored."""

from dataclasses import replace
from typing import Any

import pytest
from scout_app.claims import compare
from scout_vision.proof import Proof

PROOF = Proof(
    sku="TEA-1",
    product_sha256="1" * 64,
    frame_sha256="2" * 64,
    medium_sha256="3" * 64,
    medium="films/hall.mp4",
    time_s=12.346,
    probability=0.971235,
    inliers=0,
    points=(),
    homography=(),
    outline=(),
    tolerance_px=1.0,
    extractor="rootsift:1",
    versions={},
)
ROW: dict[str, Any] = {
    "product": {"sku": "TEA-1"},
    "family": [],
    "packshot": "/api/v1/assets/" + "1" * 64,
    "medium": {"name": "films/hall.mp4"},
    "probability": 0.9712345678,
    "best_s": 12.3456,
}


def test_words_that_agree() -> None:
    compared = compare(PROOF, [ROW | {"packshot": "/api/v1/assets/" + "4" * 64}, ROW])
    assert compared.line == "It says TEA-1 in hall.mp4 at 12.35 s, p = 0.9712: as the stored sighting has it."
    assert compared.against == ()


def test_a_tie_is_proved_by_any_of_its_family() -> None:
    assert not compare(PROOF, [ROW | {"product": None, "family": [{"sku": "TEA-2"}, {"sku": "TEA-1"}]}]).against


@pytest.mark.parametrize(
    "change", [{"sku": "GOLD-1"}, {"probability": 0.99}, {"medium": "films/other.mp4"}, {"time_s": 2.0}]
)
def test_words_that_were_changed_speak_against_it(change: dict[str, Any]) -> None:
    (against,) = compare(replace(PROOF, **change), [ROW]).against
    assert "the stored sighting of these pictures has TEA-1 in hall.mp4 at 12.35 s, p = 0.9712" in against


def test_what_is_not_checked_is_said() -> None:
    assert "not checked, no stored sightings were reached" in compare(PROOF, None).line
    assert "not checked, no sighting of these two pictures is stored" in compare(PROOF, []).line
    assert not compare(PROOF, None).against
