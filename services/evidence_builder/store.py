"""What evidence is drawn from and where it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scout_common.assets import Asset, keep_assets
from scout_common.models import embedder_label, embedder_of, extractor_label, job_options
from scout_common.vectors import VectorRow, copy_vectors
from scout_common.work import Resources, Unit
from scout_vision.evidence import Caption, encode_evidence
from scout_vision.image import decode_image
from scout_vision.proof import Proof
from scout_vision.result_codec import detection_from_json
from sqlalchemy import Connection, Row, text

from services.evidence_builder.handler import Captioned, CaptionInputs, Drawn, Enriched, Inputs, Sighting

SIGHTINGS = text("""
    SELECT m.id::text AS id, m.detection, m.probability, m.best_s, m.frame_sha256, m.image_sha256,
           md.sha256 AS medium_sha256, md.kind, jm.name AS medium_name, p.sku, p.title, m.evidence_sha256,
           concat_ws(', ', nullif(concat_ws(' ', 'Hall ' || nullif(b.hall, ''), 'Booth ' || nullif(b.number, '')), ''),
                     nullif(c.name, '')) AS booth,
           (SELECT array_agg(f.title ORDER BY f.title) FROM product f WHERE f.id = ANY(m.family)) AS family
    FROM match m
    JOIN medium md ON md.id = m.medium_id
    JOIN LATERAL (SELECT name FROM job_medium j WHERE j.job_id = m.job_id AND j.medium_id = m.medium_id
                  ORDER BY name LIMIT 1) jm ON true
    JOIN product p ON p.id = cast(m.detection->>'product' AS uuid)
    LEFT JOIN booth_sighting s ON s.match_id = m.id
    LEFT JOIN booth b ON b.id = s.booth_id
    LEFT JOIN company c ON c.id = coalesce(s.company_id, b.company_id)
    WHERE m.id = ANY(cast(:ids AS uuid[])) ORDER BY m.id
""")
SET_EVIDENCE = text("UPDATE match SET evidence_sha256 = :picture, proof_sha256 = :proof WHERE id = :id")
SET_PICTURE = text("UPDATE match SET evidence_sha256 = :picture WHERE id = :id AND evidence_sha256 IS NOT NULL")
SET_CAPTIONED = text("UPDATE booth_sighting SET captioned = :booth WHERE match_id = :id")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs | CaptionInputs]:
    """What the handler needs for a few sightings of one medium."""
    if unit.stage == "caption":
        yield _caption_inputs(resources, unit)
        return
    with resources.engine.connect() as connection:
        options = job_options(connection, unit.job_id)
        rows = connection.execute(SIGHTINGS, {"ids": unit.payload["match_ids"]}).all()
    embedder = embedder_of(options, resources.settings)

    def keep_picture(picture: NDArray[np.uint8]) -> Asset:
        return _stored(resources, encode_evidence(picture), "image/jpeg")

    def keep_proof(proof: Proof) -> Asset:
        return _stored(resources, proof.to_json().encode(), "application/json")

    yield Inputs(
        sightings=lambda: (_sighting(resources, row) for row in rows),
        extractor=extractor_label(options),
        embed=lambda image: embedder.embed([image])[0],
        keep_picture=keep_picture,
        keep_proof=keep_proof,
    )


def _caption_inputs(resources: Resources, unit: Unit) -> CaptionInputs:
    with resources.engine.connect() as connection:
        rows = connection.execute(SIGHTINGS, {"ids": unit.payload["match_ids"]}).all()

    def drawn() -> Iterator[Drawn]:
        for row in rows:
            if row.evidence_sha256 is not None:
                page = decode_image(resources.blobs.get(row.evidence_sha256))
                points = len(detection_from_json(row.detection).frame_points)
                yield Drawn(match_id=row.id, page=page, caption=_caption(row, points))

    return CaptionInputs(
        drawn=drawn, keep_picture=lambda picture: _stored(resources, encode_evidence(picture), "image/jpeg")
    )


def _caption(row: Row[Any], inliers: int) -> Caption:
    return Caption(
        title=" or ".join(row.family) if row.family else row.title,
        sku=row.sku,
        medium=PurePath(row.medium_name).name,
        time_s=row.best_s if row.kind == "video" else None,
        probability=row.probability,
        inliers=inliers,
        booth=row.booth,
    )


def _stored(resources: Resources, data: bytes, media_type: str) -> Asset:
    return Asset(sha256=resources.blobs.put(data, media_type), media_type=media_type, bytes=len(data))


def _sighting(resources: Resources, row: Row[Any]) -> Sighting:
    detection = detection_from_json(row.detection)
    return Sighting(
        id=row.id,
        detection=detection,
        caption=_caption(row, len(detection.frame_points)),
        product_image=decode_image(resources.blobs.get(row.image_sha256)),
        frame_image=decode_image(resources.blobs.get(row.frame_sha256)),
        frame_sha256=row.frame_sha256,
        image_sha256=row.image_sha256,
        medium_sha256=row.medium_sha256,
        medium_name=row.medium_name,
        sku=row.sku,
        time_s=row.best_s,
        probability=row.probability,
    )


def save(connection: Connection, unit: Unit, rows: tuple[Enriched | Captioned, ...]) -> None:
    """Point the sightings at their evidence; keep the vectors of the matched regions."""
    model = embedder_label(job_options(connection, unit.job_id))
    regions = []
    for row in rows:
        found = {"id": row.match_id, "picture": row.picture.sha256}
        if isinstance(row, Enriched):
            keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=[row.picture, row.proof])
            connection.execute(SET_EVIDENCE, found | {"proof": row.proof.sha256})
            regions.append(VectorRow(kind="region", item=row.match_id, model=model, embedding=row.region))
        else:
            keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=[row.picture])
            connection.execute(SET_PICTURE, found)
        connection.execute(SET_CAPTIONED, {"id": row.match_id, "booth": row.booth})
    if regions:
        copy_vectors(connection, regions)
