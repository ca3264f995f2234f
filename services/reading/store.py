"""What the reading service reads and writes: pictures and sightings in; lines, labels and booths out."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scout_common.models import job_options
from scout_common.observations import ask_about_label
from scout_common.sampling import job_sampling, sampler_of
from scout_common.spotted import find_pages, keep_pages, spotter_of
from scout_common.work import Resources, Unit
from scout_ocr.barcodes.reader import read_barcodes
from scout_ocr.engine import Picture
from scout_ocr.engines.recognition import upright
from scout_ocr.reading import Barcode
from scout_ocr.spotting import GLANCED_AT, PACKSHOT, Look, Spotter, page_of
from scout_ocr.words import Page
from scout_vision.image import decode_image
from scout_vision.result_codec import detection_from_json
from sqlalchemy import Connection, text

from services.reading import booth_store, segment_store
from services.reading.handler import (
    LabelInputs,
    PageRow,
    RegionInputs,
    Resolved,
    SegmentRead,
    SignInputs,
)
from services.reading.labels import LabelRow, Region, View

LEAST_BUDGET_S = 4.0
"""CPU seconds for the signs of one segment at least: a clip or a photo is read at all."""
DEFAULT_BUDGET_S = 60.0
"""CPU seconds for the signs of an hour of media, where the job says nothing else."""

_MOST_SIBLINGS = 40

SIGHTINGS = text("""
    SELECT m.id::text AS id, m.detection, m.frame_sha256, m.image_sha256, coalesce(p.barcode, '') AS barcode,
           coalesce(p.title, '') AS title, coalesce(p.brand, '') AS brand, m.boxes, i.width, i.height
    FROM match m LEFT JOIN product p ON p.id = m.product_id
    LEFT JOIN LATERAL (SELECT width, height FROM job_product_image
                       WHERE job_id = m.job_id AND image_sha256 = m.image_sha256 LIMIT 1) i ON true
    WHERE m.id = ANY(CAST(:ids AS uuid[])) AND m.job_id = :job ORDER BY m.frame_sha256, m.id
""")
# Pictures of packs that a product may be taken for: of its family, else of its brand.
SIBLINGS = text("""
    SELECT own.image_sha256 AS own, other.image_sha256 AS other, p.sku
    FROM job_product_image own
    JOIN product q ON q.id = own.product_id
    JOIN product p ON p.tenant_id = q.tenant_id AND p.id <> q.id
         AND (p.family = q.family OR (q.family IS NULL AND p.brand = q.brand))
    JOIN job_product_image other ON other.job_id = own.job_id AND other.product_id = p.id AND other.position = 0
    WHERE own.job_id = :job AND own.image_sha256 = ANY(:images)
    ORDER BY own, p.sku, other LIMIT :most
""")
FRAMES = text("""
    SELECT time_s, image_sha256 FROM keyframe
    WHERE medium_id = :medium AND sampler = :sampler AND time_s >= :start AND (time_s < :end OR :end <= :start)
    ORDER BY time_ms
""")
KIND = text("SELECT kind FROM medium WHERE id = :medium")
PUT_LABEL = text("""
    INSERT INTO label_sighting
        (match_id, tenant_id, job_id, text, fields, barcodes, verdict, reasons, shift, frame_sha256)
    VALUES (:match, :tenant, :job, :text, CAST(:fields AS jsonb), CAST(:barcodes AS jsonb), :verdict,
        CAST(:reasons AS jsonb), :shift, :frame)
    ON CONFLICT (match_id) DO UPDATE SET text = excluded.text, fields = excluded.fields, verdict = excluded.verdict,
        barcodes = excluded.barcodes,
        reasons = excluded.reasons, shift = excluded.shift, frame_sha256 = excluded.frame_sha256
""")
# The label's word is one signal more; said again, it counts once. Finding the sighting anew takes it back.
MOVE_PROBABILITY = text("""
    UPDATE match SET signals = signals || jsonb_build_object('label', CAST(:shift AS float8)),
        probability = 1 / (1 + exp(-(
            ln(greatest(probability, 1e-9) / greatest(1 - probability, 1e-9))
            + CAST(:shift AS float8) - coalesce(CAST(signals ->> 'label' AS float8), 0))))
    WHERE id = :match AND (CAST(:shift AS float8) <> 0 OR signals ? 'label')
""")


@contextmanager
def open_unit(resources: Resources, unit: Unit) -> Iterator[Any]:
    """What the handler needs for one unit of the four stages."""
    opened = {
        "product_text": _label_inputs,
        "region_text": _region_inputs,
        "signs": _sign_inputs,
        "booths": _booth_inputs,
    }
    with resources.engine.connect() as connection:
        inputs = opened[unit.stage](resources, connection, unit)
    yield inputs


def _label_inputs(resources: Resources, connection: Connection, unit: Unit) -> LabelInputs:
    sha, spotter = str(unit.payload["image_sha256"]), spotter_of(resources)
    known = dict(find_pages(connection, "label", [sha], unit.tenant_id))
    return LabelInputs(
        sha256=sha,
        picture=None if sha in known else decode_image(resources.blobs.get(sha)),
        read=lambda picture: page_of(picture, spotter.spot(picture, PACKSHOT)),
    )


def _region_inputs(resources: Resources, connection: Connection, unit: Unit) -> RegionInputs:
    spotter = spotter_of(resources)
    rows = connection.execute(SIGHTINGS, {"ids": unit.payload["match_ids"], "job": unit.job_id}).all()
    images = sorted({row.image_sha256 for row in rows})
    kin = connection.execute(
        SIBLINGS, {"job": unit.job_id, "images": images, "most": _MOST_SIBLINGS * len(images)}
    ).all()
    wanted = sorted({*images, *(row.other for row in kin)})
    lines = {sha: page.words for sha, page in find_pages(connection, "label", wanted, unit.tenant_id)}
    options = job_options(connection, unit.job_id)

    def regions() -> Iterator[Region]:
        frame, sha = None, ""
        for row in rows:  # ordered by frame: each is decoded once
            if row.frame_sha256 != sha:
                frame, sha = decode_image(resources.blobs.get(row.frame_sha256)), row.frame_sha256
            assert frame is not None
            yield Region(
                match_id=row.id,
                frame=frame,
                frame_sha256=sha,
                homography=detection_from_json(row.detection).homography,
                lines=lines.get(row.image_sha256, ()),
                title=row.title,
                brand=row.brand,
                barcode=row.barcode,
                size=(row.width or 0, row.height or 0),
                others=partial(_other_views, resources, row),
                siblings={
                    k.sku: tuple(word.text for word in lines.get(k.other, ())) for k in kin if k.own == row.image_sha256
                },
            )

    return RegionInputs(regions=regions, read=_line_reader(spotter), evidence=_wants_evidence(options), scan=_scan)


def _other_views(resources: Resources, row: Any) -> Iterator[View]:
    """The sighting's other keyframes, those first in which it is largest."""
    if not row.width or not row.height:
        return
    picture = np.array([[0, 0], [row.width, 0], [row.width, row.height], [0, row.height]], np.float32)
    boxes = [(box["frame"], np.asarray(box["quad"], np.float32)) for box in row.boxes]
    seen = {row.frame_sha256}
    for sha, quad in sorted(boxes, key=lambda box: (-cv2.contourArea(box[1]), box[0])):
        if sha not in seen:
            seen.add(sha)
            homography = cv2.getPerspectiveTransform(picture, quad).astype(np.float64)
            yield View(frame=decode_image(resources.blobs.get(sha)), frame_sha256=sha, homography=homography)


def _line_reader(spotter: Spotter) -> Any:
    def read(frame: Picture, quads: Sequence[NDArray[np.float32]]) -> list[tuple[str, float]]:
        if not quads:
            return []
        return [(line.text, line.confidence) for line in spotter.read([upright(frame, quad) for quad in quads])]

    return read


def _scan(picture: Picture) -> Sequence[Barcode]:
    return read_barcodes(picture, thorough=False)


def _wants_evidence(options: dict[str, Any]) -> bool:
    return bool(options.get("evidence", True)) and "evidence_builder" in options.get("stages", ["evidence_builder"])


def _sign_inputs(resources: Resources, connection: Connection, unit: Unit) -> SignInputs:
    spotter, (medium, start, end) = spotter_of(resources), (unit.payload[k] for k in ("medium_id", "start_s", "end_s"))
    photo = connection.execute(KIND, {"medium": medium}).scalar_one() == "photo"
    asked = {"medium": medium, "sampler": sampler_of(job_sampling(connection, unit.job_id)), "start": start, "end": end}
    frames = [(float(row.time_s), str(row.image_sha256)) for row in connection.execute(FRAMES, asked)]
    known = frozenset(sha for sha, _ in find_pages(connection, "sign", [sha for _, sha in frames], unit.tenant_id))
    each_hour = float(job_options(connection, unit.job_id).get("sign_seconds", DEFAULT_BUDGET_S))
    budget_s = max(LEAST_BUDGET_S, each_hour * (end - start) / 3600) if each_hour else 0.0

    def read(sha: str, look: Look) -> tuple[Page, int]:
        picture = decode_image(resources.blobs.get(sha))
        found = spotter.spot(picture, look)
        return page_of(picture, found), found.tried

    return SignInputs(
        frames=frames,
        known=known,
        worth=lambda sha: spotter.worth(_small(resources.blobs.get(sha))),
        read=read,
        photo=photo,
        budget_s=budget_s,
        done=segment_store.is_read(connection, unit, budget_s, known),
    )


def _small(data: bytes) -> Picture:
    """A stored keyframe decoded as small as a glance needs: JPEG does an eighth of the work then."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", (GLANCED_AT, GLANCED_AT))
        return np.asarray(picture.convert("RGB"), np.uint8)


def _booth_inputs(resources: Resources, connection: Connection, unit: Unit) -> Any:
    return booth_store.inputs_of(connection, unit)


def save(connection: Connection, unit: Unit, rows: tuple[PageRow | LabelRow | SegmentRead | Resolved, ...]) -> None:
    """Write what was read, what labels say of sightings, where these stood."""
    pages = [(row.sha256, row.kind, row.page) for row in rows if isinstance(row, PageRow)]
    keep_pages(connection, pages, tenant=unit.tenant_id, job=unit.job_id)
    for row in rows:
        match row:
            case LabelRow():
                _put_label(connection, unit, row)
            case SegmentRead():
                segment_store.keep(connection, unit, row)
            case Resolved():
                booth_store.put(connection, unit, row.rows)


def _put_label(connection: Connection, unit: Unit, row: LabelRow) -> None:
    said = {
        "match": row.match_id,
        "tenant": unit.tenant_id,
        "job": unit.job_id,
        "text": row.text,
        "fields": json.dumps(row.fields),
        "barcodes": json.dumps(row.barcodes),
        "verdict": row.verdict.word,
        "reasons": json.dumps(row.verdict.reasons),
        "shift": row.verdict.shift,
        "frame": row.frame_sha256,
    }
    connection.execute(PUT_LABEL, said)
    connection.execute(MOVE_PROBABILITY, {"match": row.match_id, "shift": row.verdict.shift})
    if row.verdict.word == "contradicts":
        about = {"match": row.match_id, "frame": row.frame_sha256, "said": row.against}
        ask_about_label(connection, tenant=unit.tenant_id, job=unit.job_id, reasons=row.verdict.reasons, **about)
