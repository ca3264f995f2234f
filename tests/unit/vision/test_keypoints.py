"""Local features: what they say of an image, and that their bytes are exact and guarded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scout_vision.keypoints import Features, ProductFeatures, RootSift

from tests.unit.vision.packs import EXTRACTOR, pack, placed, shelf


def same(one: Features, other: Features) -> bool:
    arrays = ("points", "sizes", "angles", "descriptors")
    return (one.width, one.height) == (other.width, other.height) and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


def test_a_frame_gives_unit_descriptors_inside_the_picture() -> None:
    frame = shelf((pack(1), placed()))
    found = EXTRACTOR.frame(frame)
    assert len(found) > 300
    assert np.all(found.points >= 0) and np.all(found.points < (640, 480))
    lengths = np.linalg.norm(found.descriptors.astype(float), axis=1)
    assert np.median(lengths) == pytest.approx(512, rel=0.02)


def test_a_product_is_seen_at_several_scales_and_any_prefix_holds_all_of_them() -> None:
    found = EXTRACTOR.product(pack(1))
    assert set(found.views.tolist()) >= {1, 2, 3}
    assert set(found.views[: len(found) // 4].tolist()) == set(found.views.tolist())
    assert np.all(found.features.points >= -1) and np.all(found.features.points <= (200, 280))


def test_extraction_is_repeatable_and_bytes_are_exact() -> None:
    frame = shelf((pack(2), placed(0.3)))
    found = EXTRACTOR.frame(frame)
    assert same(found, EXTRACTOR.frame(frame))
    assert same(found, Features.from_bytes(found.to_bytes()))
    product = EXTRACTOR.product(pack(2))
    again = ProductFeatures.from_bytes(product.to_bytes())
    assert same(product.features, again.features) and np.array_equal(product.views, again.views)


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 900, 3), (300, 200, 3)])
def test_images_without_texture_give_no_keypoints(shape: tuple[int, int, int]) -> None:
    plain = np.full(shape, 127, np.uint8)
    assert len(EXTRACTOR.frame(plain)) == 0
    product = EXTRACTOR.product(plain)
    assert len(product) == 0
    assert len(ProductFeatures.from_bytes(product.to_bytes())) == 0


def test_large_frames_are_shrunk_and_small_ones_enlarged_but_keep_their_pixels() -> None:
    small = shelf((pack(3), placed(scale=0.5, x=160, y=120)), size=(320, 240))
    large = shelf((pack(3), placed(scale=3.0, x=1000, y=700)), size=(2000, 1400))
    assert EXTRACTOR.frame(small).points.max() < 320
    found = EXTRACTOR.frame(large)
    assert len(found) <= EXTRACTOR.frame_keypoints + 50
    assert found.points[:, 0].max() > 1280


def test_the_version_names_the_settings() -> None:
    assert RootSift().version == RootSift().version
    assert RootSift().version != RootSift(frame_side=640).version


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    found = EXTRACTOR.product(pack(1))
    with pytest.raises(ValueError, match="belong together"):
        Features(found.features.points[:3], *(found.features.sizes,) * 2, found.features.descriptors, 10, 10)
    with pytest.raises(ValueError, match="one scale"):
        ProductFeatures(found.features, found.views[:3])


@given(st.binary(max_size=400))
def test_foreign_bytes_are_refused(data: bytes) -> None:
    for kind in (Features, ProductFeatures):
        with pytest.raises(ValueError):
            kind.from_bytes(data)


@given(st.integers(0, 2000), st.integers(0, 255))
def test_damaged_bytes_never_crash(at: int, value: int) -> None:
    data = bytearray(_stored())
    data[at % len(data)] = value
    for cut in (bytes(data), bytes(data[: at % len(data)])):
        try:
            Features.from_bytes(cut)
        except ValueError:
            continue


def _stored() -> bytes:
    rng = np.random.default_rng(0)
    n = 9
    points = rng.uniform(0, 90, (n, 2)).astype(np.float32)
    rows = rng.uniform(0, 6, n).astype(np.float32)
    return Features(points, rows, rows, rng.integers(0, 255, (n, 128), np.uint8), 100, 100).to_bytes()
