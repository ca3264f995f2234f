"""A proof holds for the pictures it was made from, and for nothing else."""

import hashlib
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scout_vision.image import decode_image, encode_jpeg
from scout_vision.keypoints import DESCRIPTOR_SCALE, RootSift
from scout_vision.matching import Detection
from scout_vision.proof import Proof, Verdict, build_proof, check_proof, rectify

from tests.unit.vision.conftest import texture

EXTRACTOR = RootSift(frame_side=640, frame_keypoints=700, view_sides=(360, 180), view_keypoints=(250, 80))
TRUE = np.array([[0.62, 0.05, 210.0], [-0.04, 0.66, 90.0], [2e-5, 1e-5, 1.0]])


def scene(seed: int) -> tuple[bytes, bytes]:
    """A packshot and a frame that shows it, as stored."""
    pack, frame = texture(seed, 360, 260), texture(seed + 100, 480, 640)
    seen = cv2.warpPerspective(pack, TRUE, (640, 480))
    place = cv2.warpPerspective(np.full(pack.shape[:2], 255, np.uint8), TRUE, (640, 480)) > 250
    frame[place] = seen[place]
    return encode_jpeg(pack, 92), encode_jpeg(frame, 92)


def matched(product: bytes, frame: bytes) -> Detection:
    """A plain matcher: nearest neighbours that the true homography confirms."""
    one, two = EXTRACTOR.product(decode_image(product)).features, EXTRACTOR.frame(decode_image(frame))
    a, b = (f.descriptors.astype(np.float32) / DESCRIPTOR_SCALE for f in (one, two))
    best = np.argmax(a @ b.T, axis=1)  # unit vectors: the nearest is the most alike
    at = cv2.perspectiveTransform(one.points[None].astype(np.float64), TRUE)[0]
    good = np.linalg.norm(at - two.points[best], axis=1) < 2
    corners = np.array([[(0, 0), (259, 0), (259, 359), (0, 359)]], np.float64)
    return Detection(
        product="a",
        image="a",
        decoy=False,
        quad=cv2.perspectiveTransform(corners, TRUE)[0].astype(np.float32),
        homography=TRUE,
        product_points=one.points[good],
        frame_points=two.points[best[good]],
        signals={},
        family=(),
        probability=0.97,
        sibling_risk=0.0,
    )


def checked(proof: Proof, product: bytes, frame: bytes) -> Verdict:
    return check_proof(proof, product, frame, EXTRACTOR)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def pictures() -> tuple[bytes, bytes]:
    return scene(1)


@pytest.fixture(scope="module")
def proof(pictures: tuple[bytes, bytes]) -> Proof:
    product, frame = pictures
    return build_proof(
        matched(product, frame),
        sku="SKU-1",
        product_sha256=sha(product),
        frame_sha256=sha(frame),
        medium_sha256=sha(b"film"),
        medium="Halle 4 – Süd.mp4",
        time_s=72.3456,
        probability=0.97,
        extractor=f"{EXTRACTOR.name}:{EXTRACTOR.version}",
    )


def test_an_honest_proof_holds(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    verdict = checked(proof, *pictures)
    assert verdict.reasons == ()
    assert verdict.holds
    assert verdict.confirmed == verdict.stated == proof.inliers > 20
    assert verdict.reprojection_px < 2


def test_it_survives_being_written_down(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    again = Proof.from_json(proof.to_json())
    assert again == proof
    assert again.to_json() == proof.to_json()
    assert "Süd" in proof.to_json()
    assert checked(again, *pictures).holds


def test_other_pictures_are_noticed(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    other_product, other_frame = scene(2)
    for product, frame, what in ((other_product, pictures[1], "product"), (pictures[0], other_frame, "frame")):
        verdict = checked(proof, product, frame)
        assert not verdict.holds
        assert any(what in reason and "sha256" in reason for reason in verdict.reasons)
        assert any("confirmed" in reason for reason in verdict.reasons)


def test_other_pictures_with_forged_hashes_are_noticed(proof: Proof) -> None:
    product, frame = scene(2)
    forged = replace(proof, product_sha256=sha(product), frame_sha256=sha(frame))
    verdict = checked(forged, product, frame)
    assert not verdict.holds
    assert verdict.confirmed < 0.3 * verdict.stated


def test_moved_points_are_noticed(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    moved = tuple((a, b, c + 9, d - 7) for a, b, c, d in proof.points)
    verdict = checked(replace(proof, points=moved), *pictures)
    assert not verdict.holds
    assert any("confirmed" in reason for reason in verdict.reasons)


def test_another_homography_is_noticed(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    (a, b, c), second, third = proof.homography
    verdict = check_proof(replace(proof, homography=((a, b, c + 12), second, third)), *pictures)
    assert not verdict.holds
    assert any("outline" in reason for reason in verdict.reasons)
    flat = check_proof(replace(proof, homography=((0.0, 0.0, 0.0),) * 3), *pictures)
    assert any("singular" in reason for reason in flat.reasons)


def test_a_generous_tolerance_proves_nothing(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    verdict = checked(replace(proof, tolerance_px=500.0), *pictures)
    assert any("tolerance" in reason for reason in verdict.reasons)


def test_repeated_or_invented_points_are_noticed(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    verdict = checked(replace(proof, points=proof.points[:8] * 10, inliers=80), *pictures)
    assert any("different ones" in reason for reason in verdict.reasons)
    few = checked(replace(proof, points=proof.points[:3], inliers=3), *pictures)
    assert not few.holds
    assert not checked(replace(proof, points=(), inliers=0), *pictures).holds


def test_a_moved_outline_is_noticed(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    outline = tuple((x + 30, y) for x, y in proof.outline)
    assert any("outline" in reason for reason in checked(replace(proof, outline=outline), *pictures).reasons)


def test_another_extractor_and_broken_pictures_are_told(proof: Proof, pictures: tuple[bytes, bytes]) -> None:
    verdict = checked(replace(proof, extractor="other:9"), *pictures)
    assert any("other:9" in reason for reason in verdict.reasons)
    broken = checked(proof, pictures[0], b"not a picture")
    assert not broken.holds
    assert any("cannot be read" in reason for reason in broken.reasons)


def test_blank_pictures_prove_nothing(proof: Proof) -> None:
    blank = encode_jpeg(np.full((360, 260, 3), 255, np.uint8))
    forged = replace(proof, product_sha256=sha(blank), frame_sha256=sha(blank))
    assert not checked(forged, blank, blank).holds


@pytest.mark.parametrize(
    "change",
    [
        {"format": "something else"},
        {"points": [[1, 2, 3]]},
        {"points": [[1, 2, 3, float("inf")]]},
        {"points": [[0, 0, 0, 0]] * 6000},
        {"homography": [[1, 0, 0]]},
        {"outline": []},
        {"inliers": "many"},
        {"versions": None},
        {"time_s": "soon"},
        {"points": None},
    ],
)
def test_what_is_no_proof_is_refused(proof: Proof, change: dict[str, object]) -> None:
    document = {**json.loads(proof.to_json()), **change}
    with pytest.raises(ValueError, match=r"proof|could not convert|invalid literal"):
        Proof.from_json(json.dumps(document))


@settings(max_examples=50, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=8).map(json.dumps),
    )
)
def test_any_text_is_a_proof_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Proof.from_json(text)


def test_rectify_shows_the_place_as_the_packshot(pictures: tuple[bytes, bytes]) -> None:
    pack, frame = decode_image(pictures[0]), decode_image(pictures[1])
    seen = rectify(frame, TRUE, 260, 360)
    assert seen.shape == pack.shape
    assert np.corrcoef(cv2.blur(seen, (5, 5)).ravel(), cv2.blur(pack, (5, 5)).ravel())[0, 1] > 0.9
    outside = rectify(frame, np.array([[1.0, 0, 5000], [0, 1, 5000], [0, 0, 1]]), 20, 30)
    assert np.all(outside == 128)
