"""Where indexes live: vectors in pgvector, the voting index as a blob named by the catalogue's version."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scout_common.frame_vectors import stored_frame
from scout_common.models import embedder_label, embedder_of, extractor_of, extractor_spec, job_options, label
from scout_common.sampling import job_sampling, sampler_of
from scout_common.vectors import VectorRow, copy_vectors, ensure_hnsw, vector_blob_key
from scout_common.work import Resources, Unit
from scout_vision.appearance import Embedder
from scout_vision.catalogue import thumbnail
from scout_vision.image import Picture, decode_image
from scout_vision.keypoints import Extractor, ProductFeatures
from scout_vision.matching import CatalogueImage
from scout_vision.versions import matcher_version
from sqlalchemy import Connection, Row, text

from services.vector_index.handler import FrameSearchInputs, IndexReady, Inputs, VectorsReady

HNSW_FROM = 2000
"""Below this many vectors an exact scan is as fast as the index, and never misses."""

CATALOGUE = text("""
    SELECT i.product_id::text AS product, i.image_sha256 AS image, f.blob_key AS features
    FROM job_product_image i
    LEFT JOIN feature f ON f.tenant_id = i.tenant_id AND f.image_sha256 = i.image_sha256
         AND f.role = 'product' AND f.extractor = :extractor
    WHERE i.job_id = :job ORDER BY product, i.position, image
""")
STORED_INDEX = text("""
    SELECT blob_key FROM catalogue_index
    WHERE tenant_id = :tenant AND catalogue_hash = :catalogue_hash AND version = :version
""")
KNOWN_VECTORS = text("""
    SELECT item FROM item_vector
    WHERE tenant_id = :tenant AND kind = 'product_image' AND model = :model AND item = ANY(:images)
""")
CATALOGUE_VECTORS = text("""
    SELECT v.embedding::real[] FROM item_vector v
    WHERE v.kind = 'product_image' AND v.model = :model AND EXISTS (
        SELECT 1 FROM job_product_image i
        WHERE i.job_id = :job AND i.image_sha256 = v.item AND i.tenant_id = v.tenant_id)
    ORDER BY v.item
""")
KEYFRAMES = text("""
    SELECT time_s, image_sha256 FROM keyframe WHERE medium_id = :medium AND sampler = :sampler ORDER BY time_ms
""")
COUNT_VECTORS = text("""
    SELECT count(*) FROM item_vector WHERE kind = 'product_image' AND model = :model
""")
ADD_INDEX = text("""
    INSERT INTO catalogue_index (tenant_id, catalogue_hash, version, blob_key, products, bytes)
    VALUES (:tenant, :catalogue_hash, :version, :blob_key, :products, :bytes) ON CONFLICT DO NOTHING
""")
SET_CATALOGUE = text("UPDATE job SET catalogue_hash = :catalogue_hash WHERE id = :job")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs | FrameSearchInputs]:
    """What the handler needs for one catalogue, or for the keyframes of one medium."""
    if unit.stage == "frame_search":
        yield _frame_search(resources, unit)
    else:
        yield _catalogue(resources, unit)


def _frame_search(resources: Resources, unit: Unit) -> FrameSearchInputs:
    with resources.engine.connect() as connection:
        options = job_options(connection, unit.job_id)
        model, sampler = embedder_label(options), sampler_of(job_sampling(connection, unit.job_id))
        rows = connection.execute(CATALOGUE_VECTORS, {"job": unit.job_id, "model": model}).scalars().all()
        asked = {"medium": unit.payload["medium_id"], "sampler": sampler}
        frames = connection.execute(KEYFRAMES, asked).all()

    def vectors() -> Iterator[tuple[float, str, NDArray[np.float32]]]:
        with resources.engine.connect() as connection:
            for row in frames:
                found = stored_frame(connection, model, row.image_sha256, unit.tenant_id)
                if found is not None:
                    yield row.time_s, row.image_sha256, found.vectors

    dim = len(rows[0]) if rows else 0
    return FrameSearchInputs(products=np.array(rows, np.float32).reshape(len(rows), dim), frames=vectors())


def _catalogue(resources: Resources, unit: Unit) -> Inputs:
    with resources.engine.connect() as connection:
        options = job_options(connection, unit.job_id)
        extractor, embedder = extractor_of(options, resources.settings), embedder_of(options, resources.settings)
        asked = {"job": unit.job_id, "extractor": label(extractor)}
        rows = connection.execute(CATALOGUE, asked).all()
        usable = [row for row in rows if row.features is not None]
        version = version_of(extractor, embedder)
        catalogue_hash = _hash(usable, version)
        named = {"tenant": unit.tenant_id, "catalogue_hash": catalogue_hash, "version": version}
        key = connection.execute(STORED_INDEX, named).scalar_one_or_none()

    mirror = extractor.product if extractor_spec(options.get("extractor", "rootsift")).kind else None

    def keep(data: bytes) -> str:
        key = f"index/{catalogue_hash[:2]}/{catalogue_hash}"
        resources.blobs.put_named(key, data)
        return key

    return Inputs(
        catalogue_hash=catalogue_hash,
        version=version,
        products=len({row.product for row in usable}),
        stored=key is not None and resources.blobs.exists(key),
        vectors=lambda: _new_vectors(resources, unit, embedder, usable),
        images=lambda: [_image(resources, embedder, row, mirror) for row in usable],
        keep=keep,
    )


def version_of(extractor: Extractor, embedder: Embedder) -> str:
    """What an index is remembered under beside the catalogue's content."""
    return f"{matcher_version()}/{label(extractor)}/{label(embedder)}"


def save(connection: Connection, unit: Unit, rows: tuple[VectorsReady | IndexReady, ...]) -> None:
    """Copy vectors, and build their index afterwards where they are many; remember the catalogue's index."""
    for row in rows:
        if isinstance(row, VectorsReady):
            copied = [
                VectorRow(kind="product_image", item=image, model=row.model, embedding=vector)
                for image, vector in zip(row.images, row.vectors, strict=True)
            ]
            copy_vectors(connection, copied)
            if connection.execute(COUNT_VECTORS, {"model": row.model}).scalar_one() >= HNSW_FROM:
                ensure_hnsw(connection, row.model, row.vectors.shape[1])
        else:
            if row.blob_key is not None:
                connection.execute(ADD_INDEX, {"tenant": unit.tenant_id, **vars(row)})
            connection.execute(SET_CATALOGUE, {"job": unit.job_id, "catalogue_hash": row.catalogue_hash})


def _hash(rows: Sequence[Row[Any]], version: str) -> str:
    """Names a catalogue version: which pictures show which product, and how they were described."""
    lines = "\n".join(sorted(f"{row.product} {row.image}" for row in rows))
    return hashlib.sha256(f"{version}\n{lines}".encode()).hexdigest()


def _image(
    resources: Resources, embedder: Embedder, row: Row[Any], extract: Callable[[Picture], ProductFeatures] | None
) -> CatalogueImage:
    key = vector_blob_key(embedder, row.image)
    vector = _vector(resources.blobs.get(key)) if resources.blobs.exists(key) else None
    features = ProductFeatures.from_bytes(resources.blobs.get(row.features))
    small = thumbnail(decode_image(resources.blobs.get(row.image)))

    def mirrored() -> ProductFeatures:
        assert extract is not None
        return extract(np.ascontiguousarray(decode_image(resources.blobs.get(row.image))[:, ::-1]))

    return CatalogueImage(row.product, row.image, features, vector, small, mirrored if extract else None)


def _new_vectors(resources: Resources, unit: Unit, embedder: Embedder, rows: Sequence[Row[Any]]) -> VectorsReady | None:
    """The vectors of these images that are in the blobs but not yet in the database."""
    images = sorted({row.image for row in rows})
    asked = {"tenant": unit.tenant_id, "model": label(embedder), "images": images}
    with resources.engine.connect() as connection:
        known = set(connection.execute(KNOWN_VECTORS, asked).scalars())
    keys = {image: vector_blob_key(embedder, image) for image in images if image not in known}
    found = {image: _vector(resources.blobs.get(key)) for image, key in keys.items() if resources.blobs.exists(key)}
    if not found:
        return None
    return VectorsReady(model=label(embedder), images=tuple(found), vectors=np.stack(list(found.values())))


def _vector(data: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(data, "<f2").astype(np.float32)
