"""Where vectors wait for the index: float16 blobs under vec/, by model and image."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scout_common.models import embedder_of, job_options
from scout_common.vectors import vector_blob_key
from scout_common.work import Resources, Unit
from scout_vision.image import decode_image
from sqlalchemy import Connection

from services.embedding.handler import Inputs


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """What the handler needs for one product picture."""
    with resources.engine.connect() as connection:
        embedder = embedder_of(job_options(connection, unit.job_id), resources.settings)

    def keep(sha: str, vector: NDArray[np.float32]) -> None:
        resources.blobs.put_named(vector_blob_key(embedder, sha), vector.astype("<f2").tobytes())

    yield Inputs(
        known=lambda sha: resources.blobs.exists(vector_blob_key(embedder, sha)),
        embedder=embedder,
        load=lambda sha: decode_image(resources.blobs.get(sha)),
        keep=keep,
    )


def save(connection: Connection, unit: Unit, rows: tuple[Any, ...]) -> None:
    """Nothing is written here: vector_index copies all vectors of a catalogue at once."""
