"""Small models with random weights, exported as a user exports them; made once per test run."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

NEEDS = ("torch", "open_clip", "kornia", "onnx", "onnxruntime")
MISSING = [name for name in NEEDS if find_spec(name) is None]
needs_learned = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (make test-learned installs the extra)"
)

TINY: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
}


@functools.cache
def workshop() -> Path:
    """A folder for models and checkpoints, removed when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="scout-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "tiny-clip.json").write_text(json.dumps(TINY))
    return folder


@functools.cache
def checkpoint(kind: str = "clip", seed: int = 1) -> Path:
    """A state dict of random weights."""
    import torch
    from scout_vision.learned import clip_model, kornia_models

    torch.manual_seed(seed)
    model = clip_model.build("tiny-clip", TINY) if kind == "clip" else kornia_models.build(kind)
    if kind == "hardnet":  # random weights end below zero nearly everywhere, where nothing is a keypoint
        for layer in model.detector.model.last_conv:
            for weight in layer.parameters():
                weight.data.abs_()
    path = workshop() / f"{kind}-{seed}.pt"
    torch.save(model.state_dict(), path)
    return path


@functools.cache
def models(*, int8: bool = False) -> Path:
    """A models folder with `tiny` (image and text towers), `disk` and `hardnet`."""
    from scout_vision.learned.export import Recipe, export

    folder = workshop() / ("models-int8" if int8 else "models")
    recipes = [Recipe(name="tiny", model=str(workshop() / "tiny-clip.json"), checkpoint=checkpoint(), int8=int8)]
    if not int8:
        recipes += [Recipe(name=kind, model=kind, checkpoint=checkpoint(kind)) for kind in ("disk", "hardnet")]
    for recipe in recipes:
        (folder / recipe.name).mkdir(parents=True)
        export(recipe, folder / recipe.name)
    return folder
