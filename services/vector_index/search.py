"""Similar products and sightings: from a picture, a stored item or a vector to the nearest in pgvector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scout_common.errors import BadRequest, NotFound
from scout_common.frame_vectors import nearest_frames
from scout_common.http import TENANT
from scout_common.models import embedder_of, label
from scout_common.settings import Settings
from scout_common.vectors import Kind, Neighbour, VectorFilter, VectorQuery, nearest, stored_vector
from scout_vision.appearance import Embedder, WordEmbedder
from scout_vision.image import ImageLimits
from scout_vision.packshot import product_image
from sqlalchemy import Connection, text

SMALL_JOB = 5000  # pictures that an exact scan reads in a few milliseconds
UPLOAD_LIMITS = ImageLimits(file_bytes=2**40, pixels=60_000_000)  # its bytes were counted as they came

# How many pictures a job's catalogue has.
SIZE_OF_JOB = text("SELECT count(*) FROM job_product_image WHERE tenant_id = :tenant AND job_id = :job")

# What product pictures show, as the newest job that has the picture says.
SHOWN = text("""
    SELECT DISTINCT ON (i.image_sha256) i.image_sha256 AS item, i.image_sha256 AS image, NULL AS match,
           p.id AS product, p.sku, p.title, p.brand, p.category
    FROM job_product_image i JOIN product p ON p.id = i.product_id JOIN job j ON j.id = i.job_id
    WHERE i.tenant_id = :tenant AND i.image_sha256 = ANY(:items) AND (CAST(:job AS uuid) IS NULL OR i.job_id = :job)
    ORDER BY i.image_sha256, j.created_at DESC
""")

# What was sighted in matched regions; no product where the sighting is a tie.
SIGHTED = text("""
    SELECT m.id::text AS item, m.image_sha256 AS image, m.id::text AS match,
           p.id AS product, p.sku, p.title, p.brand, p.category
    FROM match m LEFT JOIN product p ON p.id = m.product_id
    WHERE m.tenant_id = :tenant AND m.id = ANY(CAST(:items AS uuid[]))
      AND (CAST(:job AS uuid) IS NULL OR m.job_id = :job)
""")


# Where keyframes are from: the first of the media that has them.
FRAMES = text("""
    SELECT DISTINCT ON (k.image_sha256) k.image_sha256 AS item, k.image_sha256 AS image, k.medium_id AS medium,
           k.time_s, (SELECT min(j.name) FROM job_medium j WHERE j.medium_id = k.medium_id) AS medium_name
    FROM keyframe k WHERE k.tenant_id = :tenant AND k.image_sha256 = ANY(:items)
      AND (CAST(:job AS uuid) IS NULL OR EXISTS (
           SELECT 1 FROM job_medium j WHERE j.medium_id = k.medium_id AND j.job_id = :job))
    ORDER BY k.image_sha256, k.medium_id, k.time_ms
""")

SearchKind = Literal["product_image", "region", "frame"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as the request states it; exactly one of upload, image, match, vector, words."""

    upload: bytes | None = None
    image: str | None = None
    match: UUID | None = None
    vector: tuple[float, ...] | None = None
    words: str | None = None
    kind: SearchKind = "product_image"
    embedder: str = "appearance"
    k: int = 10
    exact: bool = False
    job: UUID | None = None
    brand: str | None = None
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """Neighbours, best first, with what is known of each; `exact`: every vector was compared."""

    model: str
    exact: bool
    neighbours: list[Neighbour]
    about: Mapping[str, Mapping[str, Any]]


def search(connection: Connection, asked: Asked, settings: Settings) -> Found:
    """Nearest items by cosine similarity. Raises BadRequest, NotFound, BadImage."""
    embedder = embedder_of({"embedder": asked.embedder}, settings)
    vector = _vector(connection, asked, embedder)
    job = None if asked.job is None else str(asked.job)
    if asked.kind == "frame":
        return _frames(connection, asked, embedder, vector, job)
    exact = asked.exact or _small(connection, job)
    query = VectorQuery(
        kind=asked.kind,
        model=label(embedder),
        vector=vector,
        k=asked.k,
        filter=VectorFilter(job=job, brand=asked.brand, category=asked.category),
        exact=exact,
        tenant=TENANT,
    )
    found = nearest(connection, query)
    statement = SHOWN if asked.kind == "product_image" else SIGHTED
    values = {"tenant": TENANT, "items": [neighbour.item for neighbour in found], "job": job}
    about = {row["item"]: dict(row) for row in connection.execute(statement, values).mappings()}
    return Found(model=query.model, exact=exact, neighbours=found, about=about)


def _frames(
    connection: Connection, asked: Asked, embedder: Embedder, vector: NDArray[np.float32], job: str | None
) -> Found:
    """Stored keyframes, by their best region."""
    if not embedder.regions:
        raise BadRequest(
            f"Keyframes have no {label(embedder)} vectors.",
            hint="A job with a learned embedder makes them; name it with `embedder`. docs/models.md",
        )
    if asked.brand or asked.category:
        raise BadRequest("Keyframes have no brand and no category; job narrows them.")
    model = label(embedder)
    found = nearest_frames(connection, model, vector, asked.k, exact=asked.exact, tenant=TENANT, job=job)
    values = {"tenant": TENANT, "items": [frame.image_sha256 for frame in found], "job": job}
    rows = {row["item"]: dict(row) for row in connection.execute(FRAMES, values).mappings()}
    boxes = {frame.image_sha256: {"box": tuple(vars(frame.region).values())} for frame in found}
    about = {item: rows.get(item, {"image": item}) | box for item, box in boxes.items()}
    neighbours = [Neighbour(item=frame.image_sha256, similarity=frame.similarity) for frame in found]
    return Found(model=model, exact=asked.exact, neighbours=neighbours, about=about)


def _vector(connection: Connection, asked: Asked, embedder: Embedder) -> NDArray[np.float32]:
    """The (D,) float32 query vector, from the one source that was given."""
    given = (asked.upload, asked.image, asked.match, asked.vector, asked.words)
    if sum(source is not None for source in given) != 1:
        raise BadRequest("Give exactly one of: a picture to upload, image_sha256, match_id, vector, words.")
    if asked.words is not None:
        return _of_words(asked.words, embedder)
    if asked.upload is not None:
        picture = product_image(asked.upload, UPLOAD_LIMITS)
        return np.asarray(embedder.embed([picture])[0], np.float32)
    if asked.vector is not None:
        return _given(asked.vector, embedder)
    kind: Kind = "product_image" if asked.image is not None else "region"
    stored = stored_vector(connection, kind, asked.image or str(asked.match), label(embedder), TENANT)
    if stored is None:
        raise NotFound(
            f"There is no {label(embedder)} vector of {asked.image or asked.match}.",
            hint="It appears once a job has embedded the picture, or drawn the sighting's evidence.",
        )
    return stored


def _of_words(words: str, embedder: Embedder) -> NDArray[np.float32]:
    if not isinstance(embedder, WordEmbedder):
        raise BadRequest(
            f"The embedder {embedder.name} knows no words.",
            hint='Name a learned model that has a text part: {"embedder": "onnx:NAME"}. docs/models.md',
        )
    return np.asarray(embedder.words([words])[0], np.float32)


def _given(values: tuple[float, ...], embedder: Embedder) -> NDArray[np.float32]:
    vector = np.asarray(values, np.float32)
    if len(vector) != embedder.dim:
        raise BadRequest(f"A vector of {label(embedder)} has {embedder.dim} numbers, not {len(vector)}.")
    if not np.isfinite(vector).all() or not vector.any():
        raise BadRequest("The vector must be finite numbers, not all zero.")
    return vector


def _small(connection: Connection, job: str | None) -> bool:
    """Within a small job every vector is compared: the index could not be faster."""
    if job is None:
        return False
    return int(connection.execute(SIZE_OF_JOB, {"tenant": TENANT, "job": job}).scalar_one()) <= SMALL_JOB
