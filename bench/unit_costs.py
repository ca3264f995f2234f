"""What one hour of video, one keyframe, one product and one sighting cost, read from the rows and blobs a job left."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

WHOLE = {"catalog": "product", "keypoint_product": "product", "embedding": "product", "vector_index": "product"}
WHOLE |= {"media_ingestion": "video_h", "keypoint": "keyframe", "matcher": "keyframe", "sightings": "keyframe"}
WHOLE |= {"evidence_builder": "sighting", "product_text": "product", "region_text": "sighting", "signs": "video_h"}
WHOLE |= {"booths": "sighting", "caption": "sighting"}
"""What a stage's cost grows with: every stage that a job has without learned models."""
TABLES = {"product": "product", "job_product": "product", "job_product_image": "product", "item_vector": "product"}
TABLES |= {"segment": "video_h", "keyframe": "keyframe", "frame_result": "keyframe", "match": "sighting"}
TABLES |= {"label_sighting": "sighting", "booth_sighting": "sighting"}
TABLES |= {
    "(SELECT * FROM reading WHERE result ->> 'kind' = 'label')": "product",
    "(SELECT * FROM reading WHERE result ->> 'kind' = 'sign')": "video_h",
}
ROW_OVERHEAD = 28  # tuple header, item pointer

STAGES = text("""
    SELECT stage, count(*)::int AS units, sum(cpu_s)::float8 AS cpu_s,
           avg(extract(epoch FROM finished_at - started_at))::float8 AS wall_s
    FROM unit WHERE state = 'done' GROUP BY stage
""")
COUNTS = text("""
    SELECT (SELECT coalesce(sum(duration_s), 0) / 3600 FROM medium)::float8 AS video_h,
           (SELECT count(*) FROM keyframe) AS keyframe, (SELECT count(*) FROM job_product) AS product,
           (SELECT count(*) FROM match WHERE evidence_sha256 IS NOT NULL) AS sighting
""")
ROWS = "SELECT count(*) AS rows, coalesce(sum(pg_column_size(t.*)), 0) AS bytes FROM {table} t"
ROLES = text("""
    SELECT 'keyframe' AS role, coalesce(sum(bytes), 0)::float8 AS bytes FROM asset a
    WHERE EXISTS (SELECT FROM keyframe k WHERE k.image_sha256 = a.sha256)
    UNION ALL SELECT 'product', coalesce(sum(bytes), 0) FROM asset a
    WHERE EXISTS (SELECT FROM job_product_image i WHERE i.image_sha256 = a.sha256)
    UNION ALL SELECT 'sighting', coalesce(sum(bytes), 0) FROM asset a
    WHERE EXISTS (SELECT FROM match m WHERE a.sha256 IN (m.evidence_sha256, m.proof_sha256))
""")
INDEX = text("SELECT coalesce(sum(bytes), 0)::float8 / greatest(sum(products), 1) FROM catalogue_index")


@dataclass(frozen=True)
class Costs:
    """counts: how many of each whole. stages: units, CPU s and wall s a unit. The rest: bytes per whole.

    A whole is an hour of video, a keyframe, a product or a sighting; `stages` and `tables` name theirs above.
    """

    counts: dict[str, float]
    stages: dict[str, dict[str, float]]
    table_bytes: dict[str, float]
    blob_bytes: dict[str, float]
    index_bytes_per_product: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def cpu_s_per(self, stage: str) -> float:
        """CPU seconds of a stage per whole."""
        return self.stages[stage]["cpu_s"] / max(self.counts[WHOLE[stage]], 1e-9)

    def units_per(self, whole: str) -> float:
        """Units of work per whole, all stages together."""
        units = sum(cost["units"] for stage, cost in self.stages.items() if WHOLE[stage] == whole)
        return units / max(self.counts[whole], 1e-9)


def read_costs(connection: Connection, blobs: Path) -> Costs:
    """From the database and the blob folder of jobs that have ended."""
    counts = {name: float(value) for name, value in connection.execute(COUNTS).mappings().one().items()}
    stages = {
        row.stage: {"units": row.units, "cpu_s": row.cpu_s, "wall_s": row.wall_s}
        for row in connection.execute(STAGES)
        if row.stage in WHOLE
    }
    return Costs(
        counts=counts,
        stages=dict(sorted(stages.items())),
        table_bytes=_table_bytes(connection, counts),
        blob_bytes=_blob_bytes(connection, blobs, counts),
        index_bytes_per_product=connection.execute(INDEX).scalar_one(),
    )


def _table_bytes(connection: Connection, counts: dict[str, float]) -> dict[str, float]:
    """Bytes of rows per whole, without indexes and slack; `unit` per unit."""
    per: dict[str, float] = dict.fromkeys(counts, 0.0)
    for table, whole in TABLES.items():
        found = connection.execute(text(ROWS.format(table=table))).one()
        per[whole] += (float(found.bytes) + ROW_OVERHEAD * found.rows) / max(counts[whole], 1e-9)
    found = connection.execute(text(ROWS.format(table="unit"))).one()
    return per | {"unit": float(found.bytes) / max(found.rows, 1) + ROW_OVERHEAD}


def _blob_bytes(connection: Connection, blobs: Path, counts: dict[str, float]) -> dict[str, float]:
    """Bytes of stored files per whole: pictures by their role, features, vectors and strips by their folder."""
    found = {row.role: float(row.bytes) for row in connection.execute(ROLES)}
    found["keyframe"] += _folder(blobs / "kp", "frame")
    found["product"] += _folder(blobs / "kp", "product") + _folder(blobs / "vec")
    found["video_h"] = _folder(blobs / "strip")
    return {whole: size / max(counts[whole], 1e-9) for whole, size in found.items()}


def _folder(root: Path, role: str = "") -> float:
    """Bytes of the files below; role: only in folders of that name."""
    return float(sum(p.stat().st_size for p in root.rglob("*") if p.is_file() and (not role or role in p.parts)))
