"""What a model is: a folder with weights and a manifest.json that says how they were made and how they are fed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scout_vision.errors import VisionError

MANIFEST = "manifest.json"
FORMAT = 1
KINDS = ("clip", "disk", "hardnet")


class BadModel(VisionError):
    """The model's folder cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How a picture becomes a network's input. size: (height, width) pixels; mean, std: per RGB channel of 0..1.

    resize: `shortest` (scale, then cut the middle), `longest` (scale, then pad with the mean) or `squash`.
    """

    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: str = "shortest"


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A file of the model, by its name in the folder and its content."""

    name: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A model. files: by role (image, text: ONNX; weights: a state dict; vocabulary: byte pairs of the tokenizer).

    dim: numbers of a vector or descriptor. precision: of the ONNX files. source: where the weights came from, as it was
    said. agreement: lowest cosine similarity of ONNX and torch on the fixed pictures, when it was exported.
    """

    name: str
    kind: str
    architecture: str
    files: Mapping[str, ModelFile]
    dim: int
    precision: str = "fp32"
    preparation: Preparation | None = None
    context_length: int = 0
    config: Mapping[str, Any] | None = None
    source: str = ""
    agreement: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def version(self, role: str) -> str:
        """Names the weights of a role and how pictures are prepared: other vectors never have the same version."""
        fed = json.dumps(asdict(self.preparation)) if self.preparation else ""
        return hashlib.sha256(f"{self.file(role).sha256} {fed}".encode()).hexdigest()[:12]

    def file(self, role: str) -> ModelFile:
        """Raises BadModel where the model has no such part."""
        if role not in self.files:
            raise BadModel(
                f"the model {self.name} has no {role} part, only {', '.join(sorted(self.files))}",
                hint="export it again with that part; `scout models export --help`",
            )
        return self.files[role]

    def write(self, folder: Path) -> None:
        """Write manifest.json into the model's folder."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True)
        (folder / MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The model in a folder. Raises BadModel where there is none that can be read."""
    try:
        return _parsed(json.loads((folder / MANIFEST).read_text("utf-8")))
    except FileNotFoundError:
        raise BadModel(f"there is no {MANIFEST} in {folder}", hint="`scout models export` makes one") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadModel(
            f"{folder / MANIFEST} is no manifest of a model: {error}", hint="export the model again"
        ) from error


def checked_file(folder: Path, manifest: Manifest, role: str) -> Path:
    """The file of a role, its content as the manifest says. Raises BadModel where it is missing or was changed."""
    file = manifest.file(role)
    path = folder / file.name
    if not path.is_file():
        raise BadModel(f"the model {manifest.name} lacks its file {path}", hint="export it again, or copy it there")
    if sha256_of(path) != file.sha256:
        raise BadModel(
            f"{path} is not the file that the manifest of {manifest.name} names",
            hint="vectors of other weights must not mix with those stored: export it under another name",
        )
    return path


def sha256_of(path: Path) -> str:
    """Of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parsed(stored: dict[str, Any]) -> Manifest:
    if stored.pop("format") != FORMAT:
        raise ValueError(f"this version reads format {FORMAT}")
    if stored["kind"] not in KINDS:
        raise ValueError(f"kind {stored['kind']!r} is none of {', '.join(KINDS)}")
    files = {role: ModelFile(**file) for role, file in stored["files"].items()}
    for file in files.values():
        if Path(file.name).name != file.name or file.name in ("", ".", ".."):
            raise ValueError(f"{file.name!r} is no name of a file in the folder")
    fed = stored["preparation"]
    if fed:
        height, width = (int(side) for side in fed["size"])
        fed = Preparation(size=(height, width), mean=_three(fed["mean"]), std=_three(fed["std"]), resize=fed["resize"])
    return Manifest(**{**stored, "files": files, "preparation": fed or None})


def _three(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
