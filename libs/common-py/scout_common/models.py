"""The extractors and embedders a job may name. Nothing is loaded before it is asked for, nothing ever downloaded.

`appearance` and `rootsift` need no weights. `onnx:NAME`, `open_clip:NAME` (embedders) and `kornia:NAME` (extractors)
are models of the folder SCOUT_MODELS_DIR; a started job names them with their version, `onnx:NAME:VERSION`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from scout_vision.appearance import AppearanceEmbedder, Embedder
from scout_vision.keypoints import Extractor, RootSift
from scout_vision.learned.clip_model import OpenClipEmbedder
from scout_vision.learned.kornia_models import KorniaExtractor
from scout_vision.learned.manifest import MANIFEST, BadModel
from scout_vision.learned.onnx_model import OnnxEmbedder
from sqlalchemy import Connection, text

from scout_common.errors import PermanentError
from scout_common.settings import Settings

EXTRACTORS: dict[str, type[RootSift]] = {"rootsift": RootSift}
EMBEDDERS: dict[str, type[AppearanceEmbedder]] = {"appearance": AppearanceEmbedder}
LEARNED_EXTRACTORS: dict[str, type[KorniaExtractor]] = {"kornia": KorniaExtractor}
LEARNED_EMBEDDERS: dict[str, type[OnnxEmbedder | OpenClipEmbedder]] = {
    "onnx": OnnxEmbedder,
    "open_clip": OpenClipEmbedder,
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
_SPEC = re.compile(rf"(?P<kind>[a-z_]+):(?P<name>{NAME.pattern})(:(?P<version>[0-9a-f-]{{6,40}}))?")

Model = TypeVar("Model", Extractor, Embedder)

JOB_OPTIONS = text("SELECT coalesce(spec->'options', '{}'::jsonb) FROM job WHERE id = :job")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A model as a job names it; kind "" for those without weights."""

    kind: str
    name: str
    version: str | None = None


def job_options(connection: Connection, job: str) -> dict[str, Any]:
    """The options that the job was started with, as its request schema fixed them."""
    return dict(connection.execute(JOB_OPTIONS, {"job": job}).scalar_one())


def extractor_of(options: dict[str, Any], settings: Settings) -> Extractor:
    """The job's keypoint extractor. Raises PermanentError where there is no such one, or another version of it."""
    spec = extractor_spec(options.get("extractor", "rootsift"))
    if not spec.kind:
        return EXTRACTORS[spec.name]()
    return _of_version(_extractor(spec.kind, *_where(spec, settings)), spec)


def embedder_of(options: dict[str, Any], settings: Settings) -> Embedder:
    """The job's embedder. Raises PermanentError where there is no such one, or another version of it."""
    spec = embedder_spec(options.get("embedder", "appearance"))
    if not spec.kind:
        return EMBEDDERS[spec.name]()
    return _of_version(_embedder(spec.kind, *_where(spec, settings)), spec)


def pinned(options: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The options with the versions of their models, so that a job never mixes two. Raises PermanentError."""
    embedder, extractor = embedder_of(options, settings), extractor_of(options, settings)
    names = {"embedder": embedder_spec(options["embedder"]), "extractor": extractor_spec(options["extractor"])}
    versions = {"embedder": embedder.version, "extractor": extractor.version}
    return options | {what: f"{spec.kind}:{spec.name}:{versions[what]}" for what, spec in names.items() if spec.kind}


def has_regions(options: dict[str, Any]) -> bool:
    """Whether the job's embedder is good for parts of frames; told without opening it."""
    spec = embedder_spec(options.get("embedder", "appearance"))
    return (LEARNED_EMBEDDERS[spec.kind] if spec.kind else EMBEDDERS[spec.name]).regions


def label(model: Extractor | Embedder) -> str:
    """What a result is remembered under: name:version."""
    return f"{model.name}:{model.version}"


def embedder_label(options: dict[str, Any]) -> str:
    """The label of a started job's embedder, which its options tell without opening it."""
    spec = embedder_spec(options.get("embedder", "appearance"))
    return label(EMBEDDERS[spec.name]()) if not spec.kind else f"{spec.kind}.{spec.name}:{spec.version}"


def extractor_label(options: dict[str, Any]) -> str:
    """The label of a started job's extractor, which its options tell without opening it."""
    spec = extractor_spec(options.get("extractor", "rootsift"))
    return label(EXTRACTORS[spec.name]()) if not spec.kind else f"{spec.kind}.{spec.name}:{spec.version}"


def embedder_spec(name: str) -> Spec:
    """Read the name of an embedder. Raises PermanentError where no such name can be."""
    return _spec(name, EMBEDDERS, LEARNED_EMBEDDERS, "embedder")


def extractor_spec(name: str) -> Spec:
    """Read the name of a keypoint extractor. Raises PermanentError where no such name can be."""
    return _spec(name, EXTRACTORS, LEARNED_EXTRACTORS, "keypoint extractor")


def _spec(name: str, plain: dict[str, Any], learned: dict[str, Any], what: str) -> Spec:
    found = _SPEC.fullmatch(name)
    if name in plain:
        return Spec(kind="", name=name)
    if found is None or found["kind"] not in learned:
        known = [*sorted(plain), *(f"{kind}:NAME" for kind in learned)]
        raise PermanentError(
            f"there is no {what} named {name!r}",
            hint=f"Choose one of: {', '.join(known)}; NAME as `scout models list` shows it.",
        )
    return Spec(kind=found["kind"], name=found["name"], version=found["version"])


def _where(spec: Spec, settings: Settings) -> tuple[Path, str, int]:
    """The model's folder, the device, and when its manifest was written: an exchanged model is opened anew."""
    folder = settings.model_folder / spec.name
    try:
        return folder, settings.device, (folder / MANIFEST).stat().st_mtime_ns
    except OSError:
        raise PermanentError(
            f"there is no model {spec.name!r} in {settings.model_folder}",
            hint="`scout models list` shows those of SCOUT_MODELS_DIR, `scout models export` makes one",
        ) from None


@lru_cache(maxsize=3)  # weights are large: those of one job, and of the one before
def _embedder(kind: str, folder: Path, device: str, written: int) -> Embedder:
    try:
        return LEARNED_EMBEDDERS[kind](folder, device=device)
    except BadModel as error:
        raise PermanentError(str(error), hint=error.hint) from error


@lru_cache(maxsize=3)
def _extractor(kind: str, folder: Path, device: str, written: int) -> Extractor:
    try:
        return LEARNED_EXTRACTORS[kind](folder, device=device)
    except BadModel as error:
        raise PermanentError(str(error), hint=error.hint) from error


def _of_version(model: Model, spec: Spec) -> Model:
    if spec.version is not None and model.version != spec.version:
        raise PermanentError(
            f"the model {spec.name} is of version {model.version} by now, the job was started with {spec.version}",
            hint="start a new job: vectors and features of two versions must not mix",
        )
    return model
