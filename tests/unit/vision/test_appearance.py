"""The appearance vector: the same pack is near in other light and size, siblings of other colour are not."""

import cv2
import numpy as np
from scout_vision.appearance import AppearanceEmbedder, Embedder

from tests.unit.vision.conftest import texture

EMBEDDER: Embedder = AppearanceEmbedder()


def photographed(pack: np.ndarray, seed: int) -> np.ndarray:
    """Smaller, noisy, blurred, in other light, a little misaligned."""
    rng = np.random.default_rng(seed)
    small = cv2.resize(pack, (90, 120), interpolation=cv2.INTER_AREA).astype(np.float32)
    shifted = cv2.warpAffine(small, np.array([[1, 0, 2], [0, 1, -2]], np.float32), (90, 120), borderMode=1)
    lit = cv2.GaussianBlur(shifted, (0, 0), 0.8) * rng.uniform(0.7, 1.1) + rng.normal(0, 5, shifted.shape)
    return np.clip(lit, 0, 255).astype(np.uint8)


def test_vectors_have_length_one_and_the_stated_size() -> None:
    vectors = EMBEDDER.embed([texture(1, 200, 100), np.zeros((5, 7, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)])
    assert vectors.shape == (3, EMBEDDER.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert EMBEDDER.dim <= 512
    assert EMBEDDER.embed([]).shape == (0, EMBEDDER.dim)


def test_the_same_picture_gives_the_same_vector_alone_or_in_company() -> None:
    packs = [texture(seed, 150, 100) for seed in range(4)]
    together = EMBEDDER.embed(packs)
    assert np.array_equal(together[2], EMBEDDER.embed([packs[2]])[0])


def test_photographed_packs_are_nearest_to_their_packshots() -> None:
    packs = [texture(seed, 240, 180) for seed in range(30)]
    shots = EMBEDDER.embed(packs)
    seen = EMBEDDER.embed([photographed(pack, seed) for seed, pack in enumerate(packs)])
    assert np.array_equal(np.argmax(seen @ shots.T, axis=1), np.arange(30))


def test_siblings_of_another_colour_are_told_apart() -> None:
    art = texture(3, 240, 180)
    hues = []
    for shift in (0, 30, 60, 90):
        hsv = cv2.cvtColor(art, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0] + shift) % 180
        hues.append(np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8))
    shots = EMBEDDER.embed(hues)
    seen = EMBEDDER.embed([photographed(pack, 1) for pack in hues])
    likeness = seen @ shots.T
    assert np.array_equal(np.argmax(likeness, axis=1), np.arange(4))
    assert np.all(likeness[0, 0] - likeness[0, 1:] > 0.02)
