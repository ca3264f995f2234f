"""What the matcher reads and writes: indexes, features and keyframes in; frame results and sightings out."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scout_common.errors import OtherVersion, PermanentError
from scout_common.frame_vectors import FrameVectors, stored_frame
from scout_common.models import embedder_label, embedder_of, extractor_label, has_regions, job_options, label
from scout_common.sampling import job_sampling, sampler_of, strip_key
from scout_common.vectors import VectorFilter, VectorQuery, nearest
from scout_common.work import Resources, Unit
from scout_vision.following import refine_ends
from scout_vision.image import decode_image
from scout_vision.keypoints import Features
from scout_vision.look_alikes import Neighbours
from scout_vision.matching import CatalogueIndex, FrameMatcher, MatchOptions
from scout_vision.proposals import Proposal
from scout_vision.result_codec import decode_result
from scout_vision.strip import Strip
from scout_vision.tracking import FrameDetections, Track
from scout_vision.versions import matcher_version
from sqlalchemy import Connection, text

from services.matcher.handler import FrameInputs, FrameRow, MatchRow, MediumRow, SightingInputs, decoy_scale

KEEP_FROM = 0.2
"""Sightings below this probability are not kept: a reviewer would drown in them. Candidates still name them."""

EXACT_UP_TO = 5000
"""Product pictures that are compared one by one in a few milliseconds; beyond, the HNSW index is asked."""
PROPOSED_PER_REGION = 3
"""Product pictures that the vector of one region proposes."""

JOB_INDEX = text("""
    SELECT j.catalogue_hash, i.blob_key FROM job j
    LEFT JOIN catalogue_index i ON i.tenant_id = j.tenant_id AND i.catalogue_hash = j.catalogue_hash
    WHERE j.id = :job
""")
KNOWN_RESULTS = text("""
    SELECT image_sha256 FROM frame_result WHERE tenant_id = :tenant AND image_sha256 = ANY(:images)
    AND catalogue_hash = :catalogue AND matcher = :matcher
""")
FEATURE_BLOBS = text("""
    SELECT image_sha256, blob_key FROM feature
    WHERE tenant_id = :tenant AND image_sha256 = ANY(:images) AND role = 'frame' AND extractor = :extractor
""")
# The frames of what failed or was cancelled may have no result: the job goes on without. Those of the others must.
MATCHED_FRAMES = text("""
    SELECT DISTINCT ON (f.time_s) f.time_s, f.image_sha256, r.result
    FROM unit u
    CROSS JOIN LATERAL jsonb_array_elements(u.payload->'frames') AS part
    CROSS JOIN LATERAL (SELECT (part->>0)::double precision AS time_s, part->>1 AS image_sha256) AS f
    LEFT JOIN frame_result r ON r.tenant_id = u.tenant_id AND r.image_sha256 = f.image_sha256
         AND r.catalogue_hash = :catalogue AND r.matcher = :matcher
    WHERE u.job_id = :job AND u.stage = 'matcher' AND u.scope = :scope AND u.payload->>'medium_id' = :medium
          AND (r.result IS NOT NULL OR u.state = 'done')
    ORDER BY f.time_s, r.result IS NULL
""")
SEGMENTS = text("SELECT start_s FROM segment WHERE medium_id = :medium AND sampler = :sampler ORDER BY start_s")
ADD_FRAME_RESULT = text("""
    INSERT INTO frame_result (tenant_id, image_sha256, catalogue_hash, matcher, result)
    VALUES (:tenant, :image_sha256, :catalogue, :matcher, :result) ON CONFLICT DO NOTHING
""")
FORGET_OLDER_MATCHES = text("""
    DELETE FROM match WHERE job_id = :job AND medium_id = :medium_id AND generation < :generation
""")
PUT_MATCH = text("""
    INSERT INTO match (id, tenant_id, job_id, generation, medium_id, product_id, family, start_s, end_s, best_s,
        probability, sibling_risk, facings, frames, frame_sha256, image_sha256, detection, boxes, signals)
    VALUES (:id, :tenant, :job, :generation, :medium_id, :product_id, cast(:family AS uuid[]), :start_s, :end_s,
        :best_s, :probability, :sibling_risk, :facings, :frames, :frame_sha256, :image_sha256,
        cast(:detection AS jsonb), cast(:boxes AS jsonb), cast(:signals AS jsonb))
    ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, end_s = excluded.end_s, best_s = excluded.best_s,
        probability = excluded.probability, sibling_risk = excluded.sibling_risk, facings = excluded.facings,
        frames = excluded.frames, frame_sha256 = excluded.frame_sha256, image_sha256 = excluded.image_sha256,
        detection = excluded.detection, boxes = excluded.boxes, signals = excluded.signals,
        evidence_sha256 = NULL, proof_sha256 = NULL
""")
PUT_MEDIUM_RESULT = text("""
    INSERT INTO medium_result (job_id, tenant_id, medium_id, generation, candidates, decoys, decoy_scale, frames)
    VALUES (:job, :tenant, :medium_id, :generation, cast(:candidates AS jsonb), cast(:decoys AS jsonb),
        :decoy_scale, :frames)
    ON CONFLICT (job_id, medium_id) DO UPDATE SET generation = excluded.generation, candidates = excluded.candidates,
        decoys = excluded.decoys, decoy_scale = excluded.decoy_scale, frames = excluded.frames
""")


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The job's catalogue as the matcher sees it; `results` is what frame results are remembered under."""

    hash: str
    matcher: FrameMatcher
    results: str
    neighbours: Neighbours


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[FrameInputs | SightingInputs]:
    """What the handlers need: for one chunk of keyframes, or for one medium."""
    opened = _frame_inputs if unit.stage == "matcher" else _sighting_inputs
    with resources.engine.connect() as connection:
        options = job_options(connection, unit.job_id)
        inputs = opened(resources, connection, unit, options, _catalogue(resources, connection, unit, options))
    yield inputs


def _catalogue(resources: Resources, connection: Connection, unit: Unit, options: dict[str, Any]) -> Catalogue:
    row = connection.execute(JOB_INDEX, {"job": unit.job_id}).one()
    if row.catalogue_hash is None or row.blob_key is None:
        raise PermanentError(
            "the catalogue could not be used, so there is nothing to search for",
            hint="Correct what the catalogue's own error names, then start or retry the job.",
        )
    held = resources.memory.get("catalogue_index")
    if held is None or held[0] != row.catalogue_hash:  # one index at a time: they can be large
        held = (row.catalogue_hash, CatalogueIndex.from_bytes(resources.blobs.get(row.blob_key)))
        resources.memory["catalogue_index"] = held
    embedder = embedder_of(options, resources.settings)
    index: CatalogueIndex = held[1]

    def neighbours(vectors: NDArray[np.float32], k: int) -> list[list[tuple[str, float]]]:
        own, exact = VectorFilter(job=unit.job_id), index.pictures <= EXACT_UP_TO
        with resources.engine.connect() as connection:
            found = [
                nearest(
                    connection,
                    VectorQuery(vector=v, model=label(embedder), k=k, filter=own, exact=exact, kind="product_image"),
                )
                for v in vectors
            ]
        return [[(n.item, n.similarity) for n in near] for near in found]

    matcher = FrameMatcher(index, MatchOptions(), neighbours, embedder.embed)
    return Catalogue(
        hash=row.catalogue_hash,
        matcher=matcher,
        results=f"{matcher_version()}/{label(embedder)}",
        neighbours=neighbours,
    )


def _frame_inputs(
    resources: Resources, connection: Connection, unit: Unit, options: dict[str, Any], catalogue: Catalogue
) -> FrameInputs:
    images = [sha for _, sha in unit.payload["frames"]]
    asked = {"tenant": unit.tenant_id, "images": images, "catalogue": catalogue.hash, "matcher": catalogue.results}
    known = frozenset(connection.execute(KNOWN_RESULTS, asked).scalars())
    by_extractor = {"tenant": unit.tenant_id, "images": images, "extractor": extractor_label(options)}
    blobs = {row.image_sha256: row.blob_key for row in connection.execute(FEATURE_BLOBS, by_extractor)}

    def proposed(sha: str) -> list[Proposal]:
        with resources.engine.connect() as connection:
            stored = stored_frame(connection, embedder_label(options), sha, unit.tenant_id)
        return [] if stored is None else proposals(stored, catalogue.neighbours)

    return FrameInputs(
        known=known,
        matcher=catalogue.matcher,
        features=lambda sha: Features.from_bytes(resources.blobs.get(blobs[sha])),
        image=lambda sha: decode_image(resources.blobs.get(sha)),
        proposed=proposed if has_regions(options) else lambda sha: (),
    )


def proposals(frame: FrameVectors, neighbours: Neighbours) -> list[Proposal]:
    """The product pictures nearest to a frame's regions, each with the region that is nearest to it."""
    best: dict[str, Proposal] = {}
    near = neighbours(frame.vectors, PROPOSED_PER_REGION)
    for region, pictures in zip(frame.regions, near, strict=True):
        box = (region.left, region.top, region.right, region.bottom)
        for picture, similarity in pictures:
            if picture not in best or similarity > best[picture].similarity:
                best[picture] = Proposal(picture, box, similarity)
    return list(best.values())


def _sighting_inputs(
    resources: Resources, connection: Connection, unit: Unit, options: dict[str, Any], catalogue: Catalogue
) -> SightingInputs:
    asked = {
        "job": unit.job_id,
        "scope": unit.scope,
        "medium": unit.payload["medium_id"],
        "catalogue": catalogue.hash,
        "matcher": catalogue.results,
    }
    rows = connection.execute(MATCHED_FRAMES, asked).all()
    unknown = sum(row.result is None for row in rows)
    if unknown:  # while Scout is upgraded, units of one job are done by replicas of two versions
        raise OtherVersion(
            f"{unknown} of {len(rows)} keyframes were matched by another version of Scout than joins their sightings"
        )
    frames = [FrameDetections(row.time_s, row.image_sha256, decode_result(row.result)) for row in rows]
    return SightingInputs(
        job_id=unit.job_id,
        frames=frames,
        refine=_refiner(resources, connection, unit, frames),
        decoy_scale=decoy_scale(catalogue.matcher.index.pictures, catalogue.matcher.index.decoys),
        keep_from=min(KEEP_FROM, float(options.get("min_probability", 0.5))),
        evidence=bool(options.get("evidence", True)),
        reading="region_text" in options.get("stages", ()),
    )


def _refiner(
    resources: Resources, connection: Connection, unit: Unit, frames: Sequence[FrameDetections]
) -> Callable[[list[Track]], list[Track]]:
    """How sightings get exact ends: on the strip of small frames that ingestion kept. A photo has none."""
    medium, sampler = unit.payload["medium_id"], sampler_of(job_sampling(connection, unit.job_id))
    starts = connection.execute(SEGMENTS, {"medium": medium, "sampler": sampler}).scalars()
    keys = [strip_key(sampler, medium, start_s) for start_s in starts]
    times = sorted(frame.time_s for frame in frames)
    if not keys or not all(map(resources.blobs.exists, keys)):
        return lambda tracks: tracks
    return lambda tracks: refine_ends(tracks, times, Strip.from_bytes([*map(resources.blobs.get, keys)]).greys)


def save(connection: Connection, unit: Unit, rows: tuple[FrameRow | MediumRow | MatchRow, ...]) -> None:
    """Write frame results; replace a medium's sightings by those of this generation.

    Those found again keep their row, and with it the analyst's verdict: older ones go last."""
    keyed = {"tenant": unit.tenant_id, "job": unit.job_id, "generation": unit.generation}
    results = _results_key(connection, unit) if any(isinstance(row, FrameRow) for row in rows) else {}
    for row in rows:
        match row:
            case FrameRow():
                connection.execute(ADD_FRAME_RESULT, {**keyed, **results, **vars(row)})
            case MediumRow():
                connection.execute(PUT_MEDIUM_RESULT, {**keyed, **_as_json(row, "candidates", "decoys")})
            case MatchRow():
                connection.execute(PUT_MATCH, {**keyed, **_as_json(row, "detection", "boxes", "signals")})
    for row in rows:
        if isinstance(row, MediumRow):
            connection.execute(FORGET_OLDER_MATCHES, {**keyed, "medium_id": row.medium_id})


def _results_key(connection: Connection, unit: Unit) -> dict[str, str]:
    embedder = embedder_label(job_options(connection, unit.job_id))
    catalogue = connection.execute(JOB_INDEX, {"job": unit.job_id}).one().catalogue_hash
    return {"catalogue": catalogue, "matcher": f"{matcher_version()}/{embedder}"}


def _as_json(row: MediumRow | MatchRow, *names: str) -> dict[str, Any]:
    return {name: json.dumps(value) if name in names else value for name, value in vars(row).items()}
