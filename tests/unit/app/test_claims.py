"""A proof's words against what is stored."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scout_app.claims import compare
from scout_app.client import Client
from scout_app.verify import Pictures
from scout_common.blobs import LocalBlobs
from scout_common.errors import BlobMissing, PermanentError
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


def test_a_proof_that_names_files_instead_of_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    pictures = Pictures(tmp_path, LocalBlobs(tmp_path / "data"), Client("http://127.0.0.1:9"))
    for name in ("../secret", "*", "../../etc/passwd", "A" * 64):
        with pytest.raises(PermanentError, match="no hash"):
            pictures.get(name)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / f"{'a' * 64}.jpg").write_bytes(b"picture")
    assert pictures.get("a" * 64) == b"picture"
    with pytest.raises(BlobMissing):
        pictures.get("b" * 64)


def test_what_is_not_checked_is_said() -> None:
    assert "not checked, no stored sightings were reached" in compare(PROOF, None).line
    assert "not checked, no sighting of these two pictures is stored" in compare(PROOF, []).line
    assert not compare(PROOF, None).against
