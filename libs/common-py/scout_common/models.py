"""The extractors and embedders a job may name. Nothing is loaded before it is asked for."""

from typing import Any

from scout_vision.appearance import AppearanceEmbedder, Embedder
from scout_vision.keypoints import Extractor, RootSift
from sqlalchemy import Connection, text

from scout_common.errors import PermanentError

EXTRACTORS: dict[str, type[RootSift]] = {"rootsift": RootSift}
EMBEDDERS: dict[str, type[AppearanceEmbedder]] = {"appearance": AppearanceEmbedder}

JOB_OPTIONS = text("SELECT coalesce(spec->'options', '{}'::jsonb) FROM job WHERE id = :job")


def job_options(connection: Connection, job: str) -> dict[str, Any]:
    """The options that the job was started with, as its request schema fixed them."""
    return dict(connection.execute(JOB_OPTIONS, {"job": job}).scalar_one())


def extractor_of(options: dict[str, Any]) -> Extractor:
    """The job's keypoint extractor. Raises PermanentError where no such extractor is installed."""
    return EXTRACTORS[_known(EXTRACTORS, options.get("extractor", "rootsift"), "keypoint extractor")]()


def embedder_of(options: dict[str, Any]) -> Embedder:
    """The job's embedder. Raises PermanentError where no such embedder is installed."""
    return EMBEDDERS[_known(EMBEDDERS, options.get("embedder", "appearance"), "embedder")]()


def label(model: Extractor | Embedder) -> str:
    """What a result is remembered under: name:version."""
    return f"{model.name}:{model.version}"


def _known(table: dict[str, Any], name: str, what: str) -> str:
    if name not in table:
        raise PermanentError(f"there is no {what} named {name!r}", hint=f"Choose one of: {', '.join(sorted(table))}.")
    return name
