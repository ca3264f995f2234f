"""An embedder on torch: open_clip's towers (Ilharco et al. 2021), on a GPU where there is one, in bfloat16."""

from __future__ import annotations

import json
import logging
import pickle
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from scout_vision.appearance import Vectors
from scout_vision.image import Picture
from scout_vision.learned.manifest import BadModel, Preparation, checked_file, read_manifest
from scout_vision.learned.preparation import fitted, normalisation
from scout_vision.learned.tokens import Tokenizer
from scout_vision.learned.torch_ready import device_of, load_into, open_clip_module, torch_module

GPU_BATCH, CPU_BATCH = 256, 16


class OpenClipEmbedder:
    """Learned vectors of pictures and words, by the weights in a model's folder.

    Opening reads the manifest only; weights are loaded by the first picture. bfloat16 costs about a thousandth of
    cosine similarity, wherever it runs, and is not part of the version.
    """

    regions = True

    def __init__(self, folder: Path, *, device: str = "auto", precision: str = "bf16") -> None:
        """Raises BadModel where the folder holds no such model. precision: bf16, or fp32."""
        self.manifest = read_manifest(folder)
        self.name = f"open_clip.{self.manifest.name}"
        self.version = self.manifest.version("weights")
        self.dim = self.manifest.dim
        self._folder, self._wanted, self._precision = folder, device, precision

    def embed(self, images: Sequence[Picture]) -> Vectors:
        """RGB pictures (H, W, 3) uint8 -> (N, dim) float32, each of length 1."""
        how = self.manifest.preparation
        if how is None:
            raise BadModel(f"the model {self.manifest.name} does not say how pictures are prepared")
        size = GPU_BATCH if self.device.type == "cuda" else CPU_BATCH
        parts = [self._images(fitted(images[at : at + size], how), how) for at in range(0, len(images), size)]
        return np.concatenate([np.zeros((0, self.dim), np.float32), *parts])

    def words(self, texts: Sequence[str]) -> Vectors:
        """Texts -> (N, dim) float32 of length 1, comparable with those of pictures. Raises BadModel without text."""
        torch = torch_module()
        tokens = torch.from_numpy(self._tokenizer(texts)).to(self.device)
        with torch.inference_mode():
            return self._unit(self.tower.encode_text(tokens))

    @cached_property
    def device(self) -> Any:
        return device_of(self._wanted)

    @cached_property
    def tower(self) -> Any:
        """The network with its weights, on its device."""
        model = build(self.manifest.architecture, self.manifest.config)
        load_into(model, checked_file(self._folder, self.manifest, "weights"), self.manifest.architecture)
        return model.to(self.device, torch_module().bfloat16 if self._precision == "bf16" else None)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        vocabulary = checked_file(self._folder, self.manifest, "vocabulary")
        return Tokenizer(vocabulary, self.manifest.context_length)

    def _images(self, batch: Picture, how: Preparation) -> Vectors:
        """Bytes go to the device, a quarter of the floats they become there."""
        torch = torch_module()
        pixels = torch.from_numpy(batch)
        if self.device.type == "cuda":
            pixels = pixels.pin_memory().to(self.device, non_blocking=True)
        scale, shift = (torch.from_numpy(values).to(self.device) for values in normalisation(how))
        kind = torch.bfloat16 if self._precision == "bf16" else torch.float32
        with torch.inference_mode():
            ready = (pixels.float() * scale - shift).permute(0, 3, 1, 2).to(kind)
            return self._unit(self.tower.encode_image(ready))

    @staticmethod
    def _unit(vectors: Any) -> Vectors:
        wide = torch_module().nn.functional.normalize(vectors.float(), dim=-1)
        return np.asarray(wide.cpu().numpy(), np.float32)


def build(architecture: str, config: Mapping[str, Any] | None = None, weights: str | None = None) -> Any:
    """An open_clip model, with random weights unless some are given: a file, or one of open_clip's tags.

    config: of an architecture that open_clip does not know by name. A tag, and nothing else, is downloaded.
    Raises BadModel where there is no such architecture, or the weights are not its own."""
    open_clip = open_clip_module()
    if config:
        _announce(open_clip, architecture, config)
    known = open_clip.get_model_config(architecture)
    if known is None:
        raise BadModel(
            f"open_clip knows no model {architecture!r}",
            hint="name one of open_clip.list_models(), or a JSON file with the model's configuration",
        )
    if known.get("text_cfg", {}).get("hf_model_name"):
        raise BadModel(
            f"the text tower of {architecture} is another library's, which would fetch parts of it",
            hint="choose a model whose towers are open_clip's own",
        )
    try:
        return (
            quietly(lambda: open_clip.create_model(architecture, weights, pretrained_text=False))
            .eval()
            .requires_grad_(False)
        )
    except (RuntimeError, OSError, ValueError, KeyError, pickle.UnpicklingError) as error:
        said = " ".join(str(error).split())[:300]
        raise BadModel(f"{architecture} cannot be made with the weights {weights}: {said}") from error


def _announce(open_clip: Any, architecture: str, config: Mapping[str, Any]) -> None:
    """Tell open_clip of a configuration that it does not bring along."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{architecture}.json"
        path.write_text(json.dumps(config), "utf-8")
        open_clip.add_model_config(path)


def quietly(work: Callable[[], Any]) -> Any:
    """Without a library's warnings on the root logger: random weights are meant, and so is quantising as it is."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.CRITICAL)
    try:
        return work()
    finally:
        root.setLevel(before)


def preparation_of(model: Any, resize: str | None = None) -> Preparation:
    """How open_clip would prepare pictures for this model."""
    said = dict(getattr(model.visual, "preprocess_cfg", {}) or {})
    size = said.get("size") or model.visual.image_size
    height, width = (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
    mean = tuple(float(v) for v in said.get("mean", (0.48145466, 0.4578275, 0.40821073)))
    std = tuple(float(v) for v in said.get("std", (0.26862954, 0.26130258, 0.27577711)))
    how = resize or str(said.get("resize_mode", "shortest"))
    return Preparation(size=(height, width), mean=(mean[0], mean[1], mean[2]), std=(std[0], std[1], std[2]), resize=how)
