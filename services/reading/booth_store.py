"""What booths are found from and where they are written: signs and sightings of a whole job."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from scout_common.sampling import job_sampling, sampler_of
from scout_common.shows import Grounds, KnownBooths, booths_of, listed_places, name_company, put_booth, put_company
from scout_common.spotted import find_pages
from scout_common.work import Unit
from scout_ocr.booths import Seen, Span
from scout_ocr.directory import Place
from scout_ocr.signs import LINES, distinctive, signs_of
from sqlalchemy import Connection, text

from services.reading.handler import BoothInputs
from services.reading.resolving import BoothRow, MediumScene, Scene

SHOW_OF = text("SELECT show_id::text FROM job WHERE id = :job")
MEDIA = text("SELECT DISTINCT medium_id::text AS id FROM job_medium WHERE job_id = :job ORDER BY id")
SIGHTINGS = text("""
    SELECT m.id::text AS id, m.medium_id::text AS medium, m.start_s, m.end_s, m.best_s,
           coalesce(m.product_id::text, array_to_string(m.family, '+')) AS product,
           m.evidence_sha256 IS NOT NULL AS evidence, coalesce(b.captioned, '') AS captioned,
           b.match_id IS NOT NULL AS stood
    FROM match m LEFT JOIN booth_sighting b ON b.match_id = m.id
    WHERE m.job_id = :job ORDER BY m.id
""")
FRAMES = text("""
    SELECT k.medium_id::text AS medium, k.time_s, k.image_sha256 FROM keyframe k
    WHERE k.sampler = :sampler AND k.medium_id IN (SELECT medium_id FROM job_medium WHERE job_id = :job)
    ORDER BY k.medium_id, k.time_ms
""")
NAMES = text("""
    SELECT DISTINCT concat_ws(' ', p.brand, p.title) AS words FROM product p
    JOIN job_product j ON j.product_id = p.id WHERE j.job_id = :job ORDER BY words
""")
FORGET = text("DELETE FROM booth_sighting WHERE job_id = :job AND match_id <> ALL(CAST(:matches AS uuid[]))")
PUT = text("""
    INSERT INTO booth_sighting (match_id, tenant_id, job_id, booth_id, company_id, confidence, how, sign, captioned)
    SELECT m.id, :tenant, :job, CAST(:booth AS uuid), CAST(:company AS uuid), :confidence, :how,
           CAST(:sign AS jsonb), :captioned
    FROM match m WHERE m.id = CAST(:match AS uuid)
    ON CONFLICT (match_id) DO UPDATE SET booth_id = excluded.booth_id, company_id = excluded.company_id,
        confidence = excluded.confidence, how = excluded.how, sign = excluded.sign
""")


def inputs_of(connection: Connection, unit: Unit) -> BoothInputs:
    """Everything that says where the sightings of a job stood."""
    rows = connection.execute(SIGHTINGS, {"job": unit.job_id}).all()
    spans: dict[str, list[Span]] = defaultdict(list)
    for row in rows:
        spans[row.medium].append(
            Span(id=row.id, product=row.product, start_s=row.start_s, end_s=row.end_s, best_s=row.best_s)
        )
    seen, read = _signs(connection, unit)
    media = [str(row.id) for row in connection.execute(MEDIA, {"job": unit.job_id})]
    return BoothInputs(
        scene=Scene(
            media=[MediumScene(id=medium, spans=spans[medium], seen=seen[medium]) for medium in media],
            listed=listed_places(connection, _grounds(connection, unit)),
            not_names=_names(connection.execute(NAMES, {"job": unit.job_id}).scalars()),
        ),
        captioned={row.id: row.captioned for row in rows if row.captioned},
        evidence=frozenset(row.id for row in rows if row.evidence),
        forgotten=not read and any(row.stood for row in rows),
    )


def _signs(connection: Connection, unit: Unit) -> tuple[dict[str, list[Seen]], bool]:
    """Signs by medium, and whether any keyframe's page is there, with signs or without."""
    sampler = sampler_of(job_sampling(connection, unit.job_id))
    frames = connection.execute(FRAMES, {"job": unit.job_id, "sampler": sampler}).all()
    shas = sorted({row.image_sha256 for row in frames})
    signs = {sha: signs_of(page) for sha, page in find_pages(connection, "sign", shas, unit.tenant_id)}
    found: dict[str, list[Seen]] = defaultdict(list)
    for row in frames:
        for sign in signs.get(row.image_sha256, ()):
            found[row.medium].append(Seen(time_s=row.time_s, frame=row.image_sha256, sign=sign))
    return found, bool(signs)


def _names(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for words in texts for word in distinctive(words))


def _grounds(connection: Connection, unit: Unit) -> Grounds:
    show = connection.execute(SHOW_OF, {"job": unit.job_id}).scalar_one()
    return Grounds.of(unit.tenant_id, show, unit.job_id)


def put(connection: Connection, unit: Unit, rows: Sequence[BoothRow]) -> None:
    """Write where the job's sightings stood, and forget where they were thought to have stood before."""
    connection.execute(FORGET, {"job": unit.job_id, "matches": [row.match_id for row in rows]})
    grounds = _grounds(connection, unit)
    known = KnownBooths(booths_of(connection, grounds))
    booths = {place: _booth(connection, grounds, known, place) for place in sorted({row.found.place for row in rows})}
    values = [_values(unit, row, *booths[row.found.place]) for row in rows]
    if values:
        connection.execute(PUT, values)


def _booth(connection: Connection, grounds: Grounds, known: KnownBooths, place: Place) -> tuple[str, str | None]:
    """(id of the booth, id of its company) that a place stands for."""
    company = put_company(connection, grounds.tenant, place.company) if place.company else None
    booth = known.named(place)
    if booth is None:
        return put_booth(connection, grounds, place, company=company), company
    if booth.listed:  # several companies may share it
        return booth.id, company or booth.company_id
    if company and booth.company_id is None:
        name_company(connection, booth, company)
    return booth.id, booth.company_id or company


def _values(unit: Unit, row: BoothRow, booth: str, company: str | None) -> dict[str, Any]:
    seen = row.found.seen
    sign = None
    if seen is not None:
        quad = [[round(x, 1), round(y, 1)] for x, y in seen.sign.quad]
        where = {"frame": seen.frame, "medium_id": row.sign_medium, "time_s": seen.time_s}
        read = row.found.read
        said, frames = (LINES.join(read.text.splitlines()), read.frames) if read else (seen.sign.text, (seen.frame,))
        sign = json.dumps(where | {"text": said, "quad": quad, "frames": [str(frame) for frame in frames]})
    return {
        "match": row.match_id,
        "tenant": unit.tenant_id,
        "job": unit.job_id,
        "booth": booth,
        "company": company,
        "confidence": row.found.confidence,
        "how": row.found.how,
        "sign": sign,
        "captioned": row.captioned,
    }
