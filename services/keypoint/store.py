"""Where features live: a row per image, role and extractor; the arrays in blobs under kp/."""

from collections.abc import Iterator
from contextlib import contextmanager

from scout_common.models import extractor_label, extractor_of, has_regions, job_options, label
from scout_common.work import Resources, Unit
from scout_vision.image import decode_image
from sqlalchemy import Connection, text

from services.keypoint.handler import FeatureRow, Inputs

KNOWN_FEATURES = text("""
    SELECT image_sha256, blob_key FROM feature
    WHERE tenant_id = :tenant AND image_sha256 = ANY(:images) AND role = :role AND extractor = :extractor
""")
ADD_FEATURE = text("""
    INSERT INTO feature (tenant_id, image_sha256, role, extractor, blob_key, keypoints)
    VALUES (:tenant, :image_sha256, :role, :extractor, :blob_key, :keypoints) ON CONFLICT DO NOTHING
""")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """What the handler needs for one product picture or one chunk of keyframes."""
    role = "product" if unit.stage == "keypoint_product" else "frame"
    images = [unit.payload["image_sha256"]] if role == "product" else [sha for _, sha in unit.payload["frames"]]
    with resources.engine.connect() as connection:
        options = job_options(connection, unit.job_id)
        extractor = extractor_of(options, resources.settings)
        asked = {"tenant": unit.tenant_id, "images": images, "role": role, "extractor": label(extractor)}
        rows = connection.execute(KNOWN_FEATURES, asked).all()
    known = frozenset(row.image_sha256 for row in rows if resources.blobs.exists(row.blob_key))

    def keep(sha: str, role: str, data: bytes) -> str:
        key = f"kp/{extractor.name}-{extractor.version}/{role}/{sha[:2]}/{sha}"
        resources.blobs.put_named(key, data)
        return key

    yield Inputs(
        known=known,
        extractor=extractor,
        load=lambda sha: decode_image(resources.blobs.get(sha)),
        keep=keep,
        vectors=has_regions(options),
    )


def save(connection: Connection, unit: Unit, rows: tuple[FeatureRow, ...]) -> None:
    """Write the rows of one batch."""
    if not rows:
        return
    extractor = extractor_label(job_options(connection, unit.job_id))
    values = [{"tenant": unit.tenant_id, "extractor": extractor, **vars(row)} for row in rows]
    connection.execute(ADD_FEATURE, values)
