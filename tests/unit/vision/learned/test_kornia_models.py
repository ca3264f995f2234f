"""kornia's extractors behind the interface of RootSift: the same promises, on networks with random weights."""

import hashlib
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from scout_vision.keypoints import Extractor, Features, ProductFeatures
from scout_vision.learned.adalam import adalam_matches
from scout_vision.learned.kornia_models import DESCRIPTOR_SCALE, KorniaExtractor
from scout_vision.learned.manifest import BadModel
from scout_vision.matching import CatalogueImage, CatalogueIndex, FrameMatcher
from scout_vision.proof import build_proof, check_proof

from tests.learned import models, needs_learned
from tests.unit.vision.packs import pack, placed, shelf

pytestmark = needs_learned
KINDS = ("disk", "hardnet")


@cache
def extractor(kind: str) -> Extractor:
    return KorniaExtractor(models() / kind, device="cpu", keypoints=1500, side=640)


@cache
def frame_features(kind: str) -> Features:
    return extractor(kind).frame(shelf((pack(1), placed())))


@cache
def product_features(kind: str, design: int = 1) -> ProductFeatures:
    return extractor(kind).product(pack(design))


def same(one: Features, other: Features) -> bool:
    arrays = ("points", "sizes", "angles", "descriptors")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_gives_unit_descriptors_inside_the_picture(kind: str) -> None:
    found = frame_features(kind)
    assert len(found) > 300
    assert np.all(found.points >= 0) and np.all(found.points < (640, 480))
    assert np.all(found.sizes > 0)
    lengths = np.linalg.norm(found.descriptors.astype(float) - 128, axis=1)
    assert np.median(lengths) == pytest.approx(256, rel=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_is_seen_at_several_scales_and_any_prefix_holds_all_of_them(kind: str) -> None:
    found = product_features(kind)
    assert set(found.views.tolist()) >= {1, 2}
    assert set(found.views[: len(found) // 3].tolist()) == set(found.views.tolist())
    assert np.all(found.features.points >= -1) and np.all(found.features.points <= (200, 280))


@pytest.mark.parametrize("kind", KINDS)
def test_extraction_is_repeatable_and_bytes_are_exact(kind: str) -> None:
    found = frame_features(kind)
    assert same(found, extractor(kind).frame(shelf((pack(1), placed()))))
    assert same(found, Features.from_bytes(found.to_bytes()))
    again = ProductFeatures.from_bytes(product_features(kind).to_bytes())
    assert same(product_features(kind).features, again.features)


@pytest.mark.parametrize("kind", KINDS)
def test_tiny_pictures_give_no_keypoints(kind: str) -> None:
    assert len(extractor(kind).frame(np.full((1, 900, 3), 127, np.uint8))) == 0
    assert len(extractor(kind).product(np.full((3, 200, 3), 127, np.uint8))) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_pack_that_stands_upright_is_found_among_others(kind: str) -> None:
    images = [CatalogueImage(str(design), str(design), product_features(kind, design)) for design in (1, 2, 3)]
    matcher = FrameMatcher(CatalogueIndex.build(images, seed=1))
    found = matcher.match(frame_features(kind), shelf((pack(1), placed())))
    best = found.detections[0]
    assert best.product == "1" and not best.decoy
    assert np.abs(best.quad - [[221, 101], [420, 101], [420, 380], [221, 380]]).max() < 12


def test_versions_name_weights_and_settings() -> None:
    one = KorniaExtractor(models() / "disk")
    assert one.version == KorniaExtractor(models() / "disk").version
    assert one.version != KorniaExtractor(models() / "disk", keypoints=9).version
    assert one.version != KorniaExtractor(models() / "hardnet").version
    with pytest.raises(BadModel, match="no keypoint extractor"):
        KorniaExtractor(models() / "tiny")


@pytest.mark.parametrize("kind", KINDS)
def test_adalam_keeps_the_matches_of_the_right_place(kind: str) -> None:
    product, frame = product_features(kind).features, frame_features(kind)
    rows = adalam_matches(product, frame)
    assert len(rows) >= 15
    to_frame = placed()
    expected = product.points[rows[:, 0]] + to_frame[:2, 2]
    miss = np.linalg.norm(frame.points[rows[:, 1]] - expected, axis=1)
    assert np.mean(miss < 6) > 0.8
    assert len(adalam_matches(product, Features.from_bytes(_none().to_bytes()))) == 0


def _none() -> Features:
    none = np.zeros(0, np.float32)
    return Features(np.zeros((0, 2), np.float32), none, none, np.zeros((0, 128), np.uint8), 10, 10)


def test_decoys_are_made_of_the_mirrored_picture_itself() -> None:
    """Descriptors of a network cannot be mirrored by a permutation, so mirrored pictures are extracted."""
    asked: list[int] = []

    def mirror(design: int) -> ProductFeatures:
        asked.append(design)
        return extractor("disk").product(np.ascontiguousarray(pack(design)[:, ::-1]))

    images = [CatalogueImage(str(d), str(d), product_features("disk", d), mirror=lambda d=d: mirror(d)) for d in (1, 2)]
    index = CatalogueIndex.build(images, seed=1)
    assert sorted(asked) == [1, 2]
    assert index.decoys == 2
    mirrored_frame = np.ascontiguousarray(shelf((pack(1), placed()))[:, ::-1])
    found = FrameMatcher(index).match(extractor("disk").frame(mirrored_frame), mirrored_frame)
    assert found.detections[0].decoy and found.detections[0].product == "1"


def test_a_proof_by_learned_keypoints_is_recomputed() -> None:
    picture, frame = pack(1), shelf((pack(1), placed()))
    image = CatalogueImage("1", "1", product_features("disk"))
    detection = FrameMatcher(CatalogueIndex.build([image], seed=1)).match(frame_features("disk"), frame).detections[0]
    product, seen = (bytes(cv2.imencode(".png", p[:, :, ::-1])[1]) for p in (picture, frame))
    proof = build_proof(
        detection,
        sku="1",
        product_sha256=hashlib.sha256(product).hexdigest(),
        frame_sha256=hashlib.sha256(seen).hexdigest(),
        medium_sha256="0" * 64,
        medium="hall.mp4",
        time_s=1.0,
        probability=detection.probability,
        extractor=f"{extractor('disk').name}:{extractor('disk').version}",
    )
    assert check_proof(proof, product, seen, extractor("disk"), DESCRIPTOR_SCALE).reasons == ()
    moved = replace(proof, points=tuple((x + 40, y, u, v) for x, y, u, v in proof.points))
    assert not check_proof(moved, product, seen, extractor("disk"), DESCRIPTOR_SCALE).holds
    assert any("kornia.disk" in reason for reason in check_proof(proof, product, seen).reasons)
