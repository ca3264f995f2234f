"""The ONNX and the torch embedder, on one small model: the same vectors, one interface, nothing downloaded."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from scout_vision.appearance import Embedder
from scout_vision.learned.clip_model import OpenClipEmbedder
from scout_vision.learned.export import WORDS, agreement, fixed_pictures
from scout_vision.learned.manifest import BadModel
from scout_vision.learned.onnx_model import OnnxEmbedder
from scout_vision.learned.tokens import Tokenizer

from tests.learned import models, needs_learned

pytestmark = needs_learned

TEXTS = [*WORDS, "Don't_stop  & &amp; 1234 naïve 日本語 ünïcode!!! co-op (50%)", "", "x" * 600, "½ ™ ÀÉ _a_b_"]


def embedders() -> list[Embedder]:
    return [OnnxEmbedder(models() / "tiny", device="cpu"), OpenClipEmbedder(models() / "tiny", device="cpu")]


@pytest.mark.parametrize("which", [0, 1])
def test_vectors_have_length_one_and_do_not_depend_on_company(which: int) -> None:
    embedder = embedders()[which]
    pictures = fixed_pictures() * 3  # more than a batch
    vectors = embedder.embed(pictures)
    assert vectors.shape == (24, 32)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(embedder.embed(pictures[5:6])[0], vectors[5], atol=2e-2 if which else 1e-5)
    assert embedder.embed([]).shape == (0, 32)
    assert embedder.regions


def test_onnx_agrees_with_torch() -> None:
    assert all(likeness > 0.99999 for likeness in agreement(models() / "tiny").values())
    quantised = agreement(models(int8=True) / "tiny")
    assert set(quantised) == {"image", "text"}
    assert all(0.97 < likeness < 0.99999 for likeness in quantised.values())


def test_bfloat16_stays_near() -> None:
    narrow = OpenClipEmbedder(models() / "tiny", device="cpu").embed(fixed_pictures())
    wide = OpenClipEmbedder(models() / "tiny", device="cpu", precision="fp32").embed(fixed_pictures())
    assert np.einsum("nd,nd->n", narrow, wide).min() > 0.999


def test_versions_keep_models_apart() -> None:
    onnx, torch = embedders()
    quantised = OnnxEmbedder(models(int8=True) / "tiny")
    assert len({(e.name, e.version) for e in (onnx, torch, quantised)}) == 3
    assert onnx.version == OnnxEmbedder(models() / "tiny", threads=2).version


def test_words_lie_beside_pictures() -> None:
    for embedder in (OnnxEmbedder(models() / "tiny"), OpenClipEmbedder(models() / "tiny", device="cpu")):
        vectors = embedder.words(["a red box", "green tea"])
        assert vectors.shape == (2, embedder.dim)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_tokenizer_is_open_clips_own() -> None:
    from scout_vision.learned.torch_ready import open_clip_module

    mine = Tokenizer(models() / "tiny" / "bpe_simple_vocab_16e6.txt.gz", 77)(TEXTS)
    assert np.array_equal(mine, open_clip_module().tokenize(TEXTS).numpy())


def test_opening_reads_no_weights_and_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **named: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    shutil.copytree(models() / "tiny", tmp_path / "tiny")
    for name in ("image.onnx", "weights.pt"):
        (tmp_path / "tiny" / name).write_bytes(b"other weights")
    for kind in (OnnxEmbedder, OpenClipEmbedder):
        embedder = kind(tmp_path / "tiny", device="cpu")
        assert embedder.dim == 32
        with pytest.raises(BadModel, match="not the file"):
            embedder.embed(fixed_pictures())
        assert kind(models() / "tiny", device="cpu").embed(fixed_pictures()[:1]).shape == (1, 32)


def test_a_gpu_that_is_not_there_is_told() -> None:
    from scout_vision.learned.torch_ready import torch_module

    if torch_module().cuda.is_available():
        pytest.skip("a GPU is here")
    with pytest.raises(BadModel, match="GPU"):
        OpenClipEmbedder(models() / "tiny", device="cuda").embed(fixed_pictures())
    with pytest.raises(BadModel, match="GPU provider"):
        OnnxEmbedder(models() / "tiny", device="cuda").embed(fixed_pictures())


def test_an_extractor_is_no_embedder() -> None:
    with pytest.raises(BadModel, match="no image part"):
        OnnxEmbedder(models() / "disk")
