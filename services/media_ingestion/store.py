"""Where media and keyframes live. Local files stay where they are; what was fetched becomes a blob."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from scout_common.assets import Asset, keep_assets
from scout_common.ids import medium_id
from scout_common.sampling import job_sampling, sampler_of, strip_key
from scout_common.work import Resources, Unit
from scout_vision.errors import BadMedia
from scout_vision.image import (
    DEFAULT_LIMITS,
    ImageLimits,
    captured_at,
    decode_image,
    encode_jpeg,
    picture_format,
    thumbnail,
)
from scout_vision.strip import StripWriter
from scout_vision.video import Keyframe, keyframes, probe
from sqlalchemy import Connection, text

from services.media_ingestion.arrival import arrive, local_path, video_type
from services.media_ingestion.handler import Inputs, KeyframeRow, Listed, Medium, Poster, Row, SegmentDone, scope_of

PHOTO_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""Formats that browsers show; others are stored again as JPEG."""
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}
MOST_SIDE = 8192
"""Pixels of the longer side to which a photo is reduced that settings allow beyond what every stage reads."""
NOT_A_VIDEO: dict[str, Any] = {
    "kind": "photo",
    "media_type": "",
    "duration_s": 0.0,
    "width": 0,
    "height": 0,
    "fps": None,
    "codec": None,
    "captured_at": None,
    "info": {},
}

ADD_MEDIUM = text("""
    INSERT INTO medium (id, tenant_id, sha256, kind, media_type, duration_s, width, height, fps, codec,
                        captured_at, info)
    VALUES (:id, :tenant, :sha256, :kind, :media_type, :duration_s, :width, :height, :fps, :codec, :captured_at,
            cast(:info AS jsonb))
    ON CONFLICT DO NOTHING
""")
ADD_JOB_MEDIUM = text("""
    INSERT INTO job_medium (job_id, tenant_id, medium_id, scope, uri, name)
    VALUES (:job, :tenant, :id, :scope, :uri, :name) ON CONFLICT DO NOTHING
""")
ADD_KEYFRAME = text("""
    INSERT INTO keyframe (tenant_id, medium_id, sampler, time_ms, time_s, image_sha256, width, height, sharpness, shot)
    VALUES (:tenant, :medium_id, :sampler, :time_ms, :time_s, :sha256, :width, :height, :sharpness, :shot)
    ON CONFLICT DO NOTHING
""")
ADD_SEGMENT = text("""
    INSERT INTO segment (tenant_id, medium_id, sampler, start_s, end_s, damage)
    VALUES (:tenant, :medium_id, :sampler, :start_s, :end_s, :damage) ON CONFLICT DO NOTHING
""")
SET_POSTER = text("UPDATE medium SET poster_sha256 = :sha256 WHERE id = :medium_id AND poster_sha256 IS NULL")
SEGMENT_DONE = text("""
    SELECT 1 FROM segment WHERE medium_id = :medium AND sampler = :sampler AND start_s = :start_s AND end_s = :end_s
""")
STORED_KEYFRAMES = text("""
    SELECT k.time_s, k.image_sha256, k.width, k.height, k.sharpness, k.shot, a.media_type, a.bytes
    FROM keyframe k JOIN asset a ON a.tenant_id = k.tenant_id AND a.sha256 = k.image_sha256
    JOIN medium m ON m.id = k.medium_id
    WHERE k.medium_id = :medium AND k.sampler = :sampler AND k.time_s >= :start_s
      AND (k.time_s < :end_s OR :end_s >= m.duration_s - 1e-3)  -- the last segment goes on to the real end
    ORDER BY k.time_ms
""")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Inputs]:
    """What the handler needs for one medium, or one segment of it."""
    with resources.engine.connect() as connection:
        options = job_sampling(connection, unit.job_id)
    event = unit.payload

    def keep(frame: Keyframe) -> KeyframeRow:
        data = encode_jpeg(frame.image)
        asset = Asset(sha256=resources.blobs.put(data, "image/jpeg"), media_type="image/jpeg", bytes=len(data))
        height, width = frame.image.shape[:2]
        return KeyframeRow(
            medium_id=event["medium_id"],
            time_s=frame.time_s,
            asset=asset,
            width=width,
            height=height,
            sharpness=frame.sharpness,
            shot=frame.shot,
        )

    def sample(start_s: float, end_s: float) -> Iterator[Keyframe]:
        strip = StripWriter()
        key = strip_key(sampler_of(options), event["medium_id"], start_s)
        try:
            yield from keyframes(local_path(resources, event["uri"]), start_s, end_s, options, watch=strip.add)
        except BadMedia:  # of a damaged segment what could be decoded
            resources.blobs.put_named(key, strip.to_bytes())
            raise
        # Never of one that is left early: a whole strip may lie there already, and another worker go on with it.
        resources.blobs.put_named(key, strip.to_bytes())

    yield Inputs(
        probe=lambda: _probe(resources, unit),
        stored=lambda: _stored(resources, unit, sampler_of(options)),
        keyframes=sample,
        keep=keep,
    )


def _probe(resources: Resources, unit: Unit) -> tuple[Medium, KeyframeRow | None] | Listed:
    arrived = arrive(resources, unit)
    if isinstance(arrived, Listed):
        return arrived
    uri, path, name = arrived.uri, arrived.path, arrived.name
    sha256 = _hash(path)
    ident = str(medium_id(unit.tenant_id, sha256))
    kind = picture_format(path)
    if kind is not None or path.suffix.lower() in PHOTO_SUFFIXES:
        return _photo(resources, path, kind, Medium(id=ident, sha256=sha256, uri=uri, name=name, **NOT_A_VIDEO))
    found = probe(path)
    return (
        Medium(
            id=ident,
            sha256=sha256,
            kind="video",
            media_type=video_type(arrived),
            duration_s=found.duration_s,
            width=found.width,
            height=found.height,
            fps=found.fps,
            codec=found.codec,
            captured_at=found.captured_at,
            uri=uri,
            name=name,
            info={"rotation": found.rotation},
        ),
        None,
    )


def _photo(resources: Resources, path: Path, kind: str | None, medium: Medium) -> tuple[Medium, KeyframeRow]:
    """The photo as its own only keyframe, stored as it came where a browser can show it. Raises BadImage."""
    allowed = ImageLimits(file_bytes=resources.settings.max_image_bytes, pixels=resources.settings.max_image_pixels)
    with path.open("rb") as file:
        data = file.read(allowed.file_bytes + 1)  # more than allowed is refused, not held in memory
    image = decode_image(data, allowed)
    media_type = PHOTO_TYPES.get(kind or "")
    shown = data
    if len(data) > DEFAULT_LIMITS.file_bytes or image.shape[0] * image.shape[1] > DEFAULT_LIMITS.pixels:
        media_type, image = None, thumbnail(image, MOST_SIDE)  # every later stage has to be able to read it
    if media_type is None:
        shown, media_type = encode_jpeg(image, quality=95), "image/jpeg"
    asset = Asset(sha256=resources.blobs.put(shown, media_type), media_type=media_type, bytes=len(shown))
    height, width = image.shape[:2]
    frame = KeyframeRow(medium_id=medium.id, time_s=0.0, asset=asset, width=width, height=height, sharpness=0.0, shot=0)
    return replace(medium, media_type=media_type, width=width, height=height, captured_at=captured_at(data)), frame


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(resources: Resources, unit: Unit, sampler: str) -> list[KeyframeRow] | None:
    """The keyframes of this segment, if an earlier job chose them and their pictures are still there."""
    event = unit.payload
    asked = {"medium": event["medium_id"], "sampler": sampler, "start_s": event["start_s"], "end_s": event["end_s"]}
    with resources.engine.connect() as connection:
        if connection.execute(SEGMENT_DONE, asked).first() is None:
            return None
        rows = connection.execute(STORED_KEYFRAMES, asked).all()
    frames = [
        KeyframeRow(
            medium_id=event["medium_id"],
            time_s=row.time_s,
            asset=Asset(sha256=row.image_sha256, media_type=row.media_type, bytes=row.bytes),
            width=row.width,
            height=row.height,
            sharpness=row.sharpness,
            shot=row.shot,
        )
        for row in rows
    ]
    keys = [frame.asset.sha256 for frame in frames] + [strip_key(sampler, event["medium_id"], event["start_s"])]
    return frames if all(map(resources.blobs.exists, keys)) else None


def save(connection: Connection, unit: Unit, rows: tuple[Row, ...]) -> None:
    """Write the rows of one batch."""
    sampler = sampler_of(job_sampling(connection, unit.job_id))
    keyed = {"tenant": unit.tenant_id, "job": unit.job_id, "sampler": sampler}
    for row in rows:
        match row:
            case Medium():
                values = {**keyed, **vars(row), "info": json.dumps(row.info), "scope": scope_of(row.id)}
                connection.execute(ADD_MEDIUM, values)
                connection.execute(ADD_JOB_MEDIUM, values)
            case SegmentDone():
                connection.execute(ADD_SEGMENT, {**keyed, **vars(row)})
            case Poster():
                connection.execute(SET_POSTER, {"medium_id": row.medium_id, "sha256": row.asset.sha256})
            case KeyframeRow():
                keep_assets(connection, tenant=unit.tenant_id, job=unit.job_id, assets=[row.asset])
                milliseconds = round(row.time_s * 1000)
                values = {**keyed, **vars(row), "time_ms": milliseconds, "sha256": row.asset.sha256}
                connection.execute(ADD_KEYFRAME, {name: value for name, value in values.items() if name != "asset"})
