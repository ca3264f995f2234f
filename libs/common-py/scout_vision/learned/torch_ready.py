"""torch and open_clip, imported when they are needed, with an error that says what to install."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Any

from scout_vision.learned.manifest import BadModel

HINT = "pip install 'tradeshow-scout[learned]'"


@cache
def torch_module() -> Any:
    """torch. Raises BadModel where it is not installed."""
    try:
        import torch
    except ImportError:
        raise BadModel("torch is not installed", hint=HINT) from None
    return torch


@cache
def open_clip_module() -> Any:
    """open_clip. Raises BadModel where it is not installed."""
    torch = torch_module()
    _declare_torchvision_operators(torch)
    try:
        import open_clip
    except ImportError as error:
        raise BadModel(f"open_clip cannot be imported: {error}", hint=HINT) from error
    return open_clip


def device_of(wanted: str) -> Any:
    """The torch device of `auto` (a GPU where there is one), `cpu` or `cuda`. Raises BadModel without a GPU."""
    torch = torch_module()
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BadModel("torch sees no GPU here", hint="set SCOUT_DEVICE=auto or cpu")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def weights_of(path: Path) -> dict[str, Any]:
    """A state dict from a file (torch's or safetensors), on the CPU; nothing in it is executed. Raises BadModel."""
    torch = torch_module()
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling fails in many ways
        raise BadModel(
            f"{path} holds no weights that can be read: {str(error).splitlines()[0]}",
            hint="give a file of torch.save(model.state_dict(), file), or safetensors",
        ) from error
    for inner in ("state_dict", "extractor"):  # checkpoints of training runs; DISK's own files
        if isinstance(stored, dict) and isinstance(stored.get(inner), dict):
            stored = stored[inner]
    if not isinstance(stored, dict) or not all(isinstance(value, torch.Tensor) for value in stored.values()):
        raise BadModel(f"{path} holds no state dict", hint="give a file of torch.save(model.state_dict(), file)")
    return {str(name).removeprefix("module."): value for name, value in stored.items()}


def load_into(model: Any, path: Path, what: str) -> Any:
    """The model with the weights of a file, ready to be used. Raises BadModel where they are another's."""
    try:
        model.load_state_dict(weights_of(path))
    except RuntimeError as error:
        said = " ".join(str(error).split())[:300]
        raise BadModel(
            f"the weights in {path} are not those of {what}: {said}", hint="name the model they belong to"
        ) from None
    return model.eval().requires_grad_(False)


def _declare_torchvision_operators(torch: Any) -> None:
    """A torchvision built for a GPU fails to import beside a torch for the CPU, for want of two schemas it wraps."""
    if hasattr(torch.ops.torchvision, "nms") or torch.cuda.is_available():
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _LIBRARIES.append(library)  # the schemas live as long as this object


_LIBRARIES: list[Any] = []
