"""An embedder on onnxruntime: the towers that `scout models export` made, on a CPU or a GPU, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scout_vision.appearance import Vectors
from scout_vision.image import Picture
from scout_vision.learned.manifest import BadModel, Preparation, checked_file, read_manifest
from scout_vision.learned.preparation import prepared
from scout_vision.learned.tokens import Tokenizer

BATCH = 16


class OnnxEmbedder:
    """Learned vectors of pictures, and of words where the model has a text tower.

    Opening reads the manifest only; weights are loaded by the first picture. device: `auto` takes a GPU where
    onnxruntime has a provider for it, `cpu`, or `cuda` (raises BadModel where there is none).
    """

    regions = True

    def __init__(self, folder: Path, *, device: str = "auto", threads: int = 1) -> None:
        """Raises BadModel where the folder holds no such model."""
        self.manifest = read_manifest(folder)
        self.name = f"onnx.{self.manifest.name}"
        self.version = self.manifest.version("image")
        self.dim = self.manifest.dim
        self._folder, self._device, self._threads = folder, device, threads

    def embed(self, images: Sequence[Picture]) -> Vectors:
        """RGB pictures (H, W, 3) uint8 -> (N, dim) float32, each of length 1. A row never depends on the others."""
        found = np.zeros((len(images), self.dim), np.float32)
        for at in range(0, len(images), BATCH):
            part = prepared(images[at : at + BATCH], self._preparation)
            found[at : at + BATCH] = self._image.run(None, {"image": part})[0]
        return _unit(found)

    def words(self, texts: Sequence[str]) -> Vectors:
        """Texts -> (N, dim) float32 of length 1, comparable with those of pictures. Raises BadModel without text."""
        session, tokenizer = self._text, self._tokenizer
        return _unit(np.asarray(session.run(None, {"text": tokenizer(texts)})[0], np.float32))

    @property
    def _preparation(self) -> Preparation:
        if self.manifest.preparation is None:
            raise BadModel(f"the model {self.manifest.name} does not say how pictures are prepared")
        return self.manifest.preparation

    @cached_property
    def _image(self) -> Any:
        return self._session("image")

    @cached_property
    def _text(self) -> Any:
        return self._session("text")

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        vocabulary = checked_file(self._folder, self.manifest, "vocabulary")
        return Tokenizer(vocabulary, self.manifest.context_length)

    def _session(self, role: str) -> Any:
        path = checked_file(self._folder, self.manifest, role)
        runtime = onnxruntime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return runtime.InferenceSession(path, options, providers=_providers(runtime, self._device))
        except Exception as error:  # onnxruntime's own errors share no base class
            raise BadModel(f"onnxruntime cannot load {path}: {error}", hint="export the model again") from error


def onnxruntime() -> Any:
    """The library. Raises BadModel where it is not installed."""
    try:
        import onnxruntime as runtime
    except ImportError:
        raise BadModel("onnxruntime is not installed", hint="pip install onnxruntime (or onnxruntime-gpu)") from None
    return runtime


def _providers(runtime: Any, device: str) -> list[str]:
    available = runtime.get_available_providers()
    gpu = [name for name in ("CUDAExecutionProvider", "ROCMExecutionProvider") if name in available]
    if device == "cuda" and not gpu:
        raise BadModel(
            f"onnxruntime has no GPU provider here, only {', '.join(available)}",
            hint="install onnxruntime-gpu in place of onnxruntime, or set SCOUT_DEVICE=cpu",
        )
    return [*(gpu if device != "cpu" else []), "CPUExecutionProvider"]


def _unit(vectors: NDArray[np.float32]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)
