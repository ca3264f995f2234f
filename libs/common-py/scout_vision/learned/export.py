"""open_clip's towers as ONNX files in a model's folder, and how far they agree with torch."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from scout_vision.appearance import Vectors
from scout_vision.image import Picture
from scout_vision.learned import kornia_models
from scout_vision.learned.clip_model import OpenClipEmbedder, build, preparation_of, quietly
from scout_vision.learned.manifest import BadModel, Manifest, ModelFile, read_manifest, sha256_of
from scout_vision.learned.onnx_model import OnnxEmbedder
from scout_vision.learned.torch_ready import open_clip_module, torch_module, weights_of

OPSET = 17
LIBRARIES = ("torch", "open_clip_torch", "kornia", "onnx", "onnxruntime")
WORDS = ("a red box of cereal", "a green tea tin", "crowd in front of a booth", "12 %", "Grüße aus Köln")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to export. model: a name of open_clip, or a JSON file with its configuration; `disk` or `hardnet`.

    checkpoint: a file of weights; or tag: one of open_clip's, which is downloaded. int8: quantise the ONNX weights.
    """

    name: str
    model: str
    checkpoint: Path | None = None
    tag: str | None = None
    int8: bool = False
    text: bool = True
    resize: str | None = None


def export(recipe: Recipe, folder: Path) -> Manifest:
    """Make the model's folder (empty, existing) and say what is in it. Raises BadModel."""
    if (recipe.checkpoint is None) == (recipe.tag is None):
        raise BadModel("give either a checkpoint file or a tag of pretrained weights")
    if recipe.checkpoint is not None and not recipe.checkpoint.is_file():
        raise BadModel(f"there is no file {recipe.checkpoint}", hint="--checkpoint names a file of weights")
    manifest = _keypoints(recipe, folder) if recipe.model in kornia_models.MODELS else _towers(recipe, folder)
    manifest.write(folder)
    if manifest.kind == "clip":
        manifest = replace(manifest, agreement=agreement(folder))
        manifest.write(folder)
    return manifest


def agreement(folder: Path) -> dict[str, float]:
    """Lowest cosine similarity of ONNX and torch (float32, CPU) by tower, on the fixed pictures and words."""
    torch_model = OpenClipEmbedder(folder, device="cpu", precision="fp32")
    onnx_model = OnnxEmbedder(folder, device="cpu")
    pictures = fixed_pictures()
    found = {"image": _lowest(torch_model.embed(pictures), onnx_model.embed(pictures))}
    if "text" in onnx_model.manifest.files:
        found["text"] = _lowest(torch_model.words(WORDS), onnx_model.words(WORDS))
    return found


def fixed_pictures() -> list[Picture]:
    """Eight made pictures of several shapes, the same everywhere: waves, blocks and noise in colour."""
    rng = np.random.default_rng(7)
    pictures: list[Picture] = []
    for height, width in ((240, 320), (320, 180), (64, 64), (500, 333)) * 2:
        y, x = np.mgrid[:height, :width] / 20.0
        waves = np.stack([np.sin(x * rng.uniform(0.3, 3) + y * rng.uniform(0, 2)) for _ in range(3)], axis=2)
        blocks = np.kron(rng.uniform(-1, 1, (8, 8, 3)), np.ones((-(-height // 8), -(-width // 8), 1)))
        mixed = waves + blocks[:height, :width] + rng.normal(0, 0.2, (height, width, 3))
        pictures.append(np.clip(mixed * 60 + 128, 0, 255).astype(np.uint8))
    return pictures


def _lowest(one: Vectors, other: Vectors) -> float:
    return round(float(np.einsum("nd,nd->n", one, other).min()), 6)


def _keypoints(recipe: Recipe, folder: Path) -> Manifest:
    """kornia's extractors stay in torch: their weights are checked and copied."""
    assert recipe.checkpoint is not None or recipe.tag is not None
    if recipe.checkpoint is None:
        raise BadModel(f"{recipe.model} has no tags", hint="give --checkpoint FILE; docs/models.md says how to make it")
    kornia_models.check(recipe.model, recipe.checkpoint)
    torch_module().save(weights_of(recipe.checkpoint), folder / "weights.pt")
    return Manifest(
        name=recipe.name,
        kind=recipe.model,
        architecture=recipe.model,
        files={"weights": _file(folder, "weights.pt")},
        dim=128,
        source=recipe.checkpoint.name,
        versions=_versions(),
    )


def _towers(recipe: Recipe, folder: Path) -> Manifest:
    architecture, config = _architecture(recipe.model)
    model = build(architecture, config, str(recipe.checkpoint or recipe.tag))
    preparation = preparation_of(model, recipe.resize)
    torch_module().save(model.state_dict(), folder / "weights.pt")
    height, width = preparation.size
    dim = _to_onnx(model, torch_module().zeros(2, 3, height, width), folder, "image", recipe.int8)
    files = {"weights": "weights.pt", "image": "image.onnx"}
    vocabulary = _vocabulary(architecture) if recipe.text else None
    if vocabulary is not None:
        shutil.copyfile(vocabulary, folder / vocabulary.name)
        tokens = torch_module().zeros(2, model.context_length, dtype=torch_module().int64)
        _to_onnx(model, tokens, folder, "text", recipe.int8)
        files |= {"text": "text.onnx", "vocabulary": vocabulary.name}
    return Manifest(
        name=recipe.name,
        kind="clip",
        architecture=architecture,
        config=config,
        files={role: _file(folder, name) for role, name in files.items()},
        dim=dim,
        precision="int8" if recipe.int8 else "fp32",
        preparation=preparation,
        context_length=int(model.context_length) if vocabulary is not None else 0,
        source=recipe.checkpoint.name if recipe.checkpoint else f"pretrained tag {recipe.tag}",
        versions=_versions(),
    )


def _to_onnx(model: Any, example: Any, folder: Path, role: str, int8: bool) -> int:
    """Write ROLE.onnx, which gives vectors of length 1 for any number of rows; returns their dimension."""
    torch = torch_module()

    class Tower(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, given: Any) -> Any:
            encode = self.model.encode_image if role == "image" else self.model.encode_text
            return torch.nn.functional.normalize(encode(given), dim=-1)

    tower = Tower().eval()
    path = folder / f"{role}.onnx"
    rows = {role: {0: "n"}, "vector": {0: "n"}}
    names = {"input_names": [role], "output_names": ["vector"], "dynamic_axes": rows}
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # the fused attention has no ONNX operator
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracing exporter is the one that makes small, quantisable graphs
            torch.onnx.export(tower, (example,), path, dynamo=False, opset_version=OPSET, **names)
            if int8:
                _quantise(path)
    except ImportError as error:
        raise BadModel(
            f"exporting needs a package that is missing: {error}", hint="pip install 'tradeshow-scout[learned]'"
        ) from error
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    with torch.inference_mode():
        return int(tower(example).shape[1])


def _quantise(path: Path) -> None:
    """Weights as int8, activations quantised as they come (dynamic); several times smaller, about twice as fast."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    wide = path.with_name(f"wide.{path.name}")
    path.rename(wide)
    # Signed weights, and products of matrices only: unsigned ones and convolutions are slower than float32 on a CPU.
    kinds = {"weight_type": QuantType.QInt8, "op_types_to_quantize": ["MatMul", "Gemm"]}
    quietly(lambda: quantize_dynamic(wide, path, **kinds))
    wide.unlink()


def _architecture(model: str) -> tuple[str, Mapping[str, Any] | None]:
    if not model.endswith(".json"):
        return model, None
    try:
        config = json.loads(Path(model).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadModel(f"{model} is no configuration of a model: {error}") from error
    if not isinstance(config, dict) or not {"embed_dim", "vision_cfg", "text_cfg"} <= config.keys():
        raise BadModel(f"{model} lacks embed_dim, vision_cfg or text_cfg", hint="see open_clip's model_configs")
    return Path(model).stem, config


def _vocabulary(architecture: str) -> Path | None:
    """The byte pairs of the tokenizer where it is CLIP's own; other tokenizers are not known here."""
    open_clip = open_clip_module()
    text = open_clip.get_model_config(architecture)["text_cfg"]
    if text.get("hf_tokenizer_name") or text.get("tokenizer_kwargs"):
        return None
    return Path(open_clip.tokenizer.default_bpe())


def _file(folder: Path, name: str) -> ModelFile:
    return ModelFile(name=name, sha256=sha256_of(folder / name))


def _versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def described(folder: Path) -> tuple[Manifest, int]:
    """A model and its size in bytes. Raises BadModel."""
    manifest = read_manifest(folder)
    return manifest, sum((folder / file.name).stat().st_size for file in manifest.files.values())
