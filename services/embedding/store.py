"""Where vectors are kept: of products as float16 blobs under vec/; of keyframes in pgvector."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from scout_common.frame_vectors import FrameVectors, copy_frame_vectors, ensure_frame_index, known_frames
from scout_common.models import embedder_label, embedder_of, job_options, label
from scout_common.vectors import vector_blob_key
from scout_common.work import Resources, Unit
from scout_vision.image import decode_image
from sqlalchemy import Connection

from services.embedding.handler import FrameRow, Inputs


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """What the handler needs for one product picture or one chunk of keyframes."""
    with resources.engine.connect() as connection:
        embedder = embedder_of(job_options(connection, unit.job_id), resources.settings)
        images = [sha for _, sha in unit.payload.get("frames", ())]
        frames = known_frames(connection, label(embedder), images, unit.tenant_id)

    def known(sha: str) -> bool:
        return sha in frames or (not images and resources.blobs.exists(vector_blob_key(embedder, sha)))

    def keep(sha: str, vector: NDArray[np.float32]) -> None:
        resources.blobs.put_named(vector_blob_key(embedder, sha), vector.astype("<f2").tobytes())

    yield Inputs(known=known, embedder=embedder, load=lambda sha: decode_image(resources.blobs.get(sha)), keep=keep)


def save(connection: Connection, unit: Unit, rows: tuple[FrameRow, ...]) -> None:
    """Write the vectors of keyframes. Those of products vector_index copies, a whole catalogue at once."""
    if not rows:
        return
    model = embedder_label(job_options(connection, unit.job_id))
    frames = (FrameVectors(image_sha256=r.image_sha256, regions=r.regions, vectors=r.vectors) for r in rows)
    copy_frame_vectors(connection, frames, model, unit.tenant_id)
    ensure_frame_index(connection, model, rows[0].vectors.shape[1])
