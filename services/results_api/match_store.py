"""SQL of sightings: filters, sorts, keyset pages, one sighting with everything about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from scout_common.http import TENANT
from scout_common.paging import Cursor, Key, Page, cut_page
from sqlalchemy import Connection, text

from services.results_api.store import Row, claim, same_number

COLUMNS = """
    m.id, m.job_id, m.medium_id, m.product_id, m.family, m.start_s, m.end_s, m.best_s, m.probability, m.sibling_risk,
    m.state, m.facings, m.frames, m.frame_sha256, m.image_sha256, m.evidence_sha256, m.proof_sha256, m.created_at,
    p.sku, p.title, p.brand, p.category, medium.kind AS medium_kind, medium.captured_at, show.name AS show,
    (SELECT jm.name FROM job_medium jm WHERE jm.job_id = m.job_id AND jm.medium_id = m.medium_id
     ORDER BY jm.name, jm.uri LIMIT 1) AS medium_name,
    stood.booth_id, stood.confidence AS booth_confidence, stood.how AS booth_how, stood.sign AS booth_sign,
    booth.number AS booth_number, booth.hall AS booth_hall, company.id AS company_id, company.name AS company_name,
    label.text AS label_text, label.verdict AS label_verdict, label.reasons AS label_reasons,
    label.barcodes AS label_barcodes
"""
SOURCES = """
    match m JOIN medium ON medium.id = m.medium_id JOIN job j ON j.id = m.job_id
    LEFT JOIN product p ON p.id = m.product_id LEFT JOIN show ON show.id = j.show_id
    LEFT JOIN booth_sighting stood ON stood.match_id = m.id LEFT JOIN booth ON booth.id = stood.booth_id
    LEFT JOIN company ON company.id = coalesce(stood.company_id, booth.company_id)
    LEFT JOIN label_sighting label ON label.match_id = m.id
"""

# Sightings that the filters choose, in one of the SORTS, after the cursor's row.
MATCHES = "SELECT {columns} FROM {sources} WHERE m.tenant_id = :tenant {filters} ORDER BY {order} LIMIT :limit"

# One sighting with its best detection, boxes and signals.
MATCH = "SELECT {columns}, m.detection, m.boxes, m.signals FROM {sources} WHERE m.tenant_id = :tenant AND m.id = :id"

# The products of honest ties, by id.
FAMILIES = text("SELECT id, sku, title, brand, category FROM product WHERE tenant_id = :tenant AND id = ANY(:ids)")

SET_STATE = text("UPDATE match SET state = :state WHERE tenant_id = :tenant AND id = :id RETURNING id")

FILTERS = {
    "job": "m.job_id = :job",
    "product_id": "(m.product_id = :product_id OR :product_id = ANY(m.family))",
    "sku": "(p.sku = :sku OR EXISTS (SELECT 1 FROM product f WHERE f.id = ANY(m.family) AND f.sku = :sku))",
    "video": "m.medium_id = :video",
    "frame": "m.frame_sha256 = :frame",
    "show": "show.name = :show",
    "booth": "stood.booth_id = :booth",
    "booth_number": same_number("booth.number", ":booth_number"),
    "company": "(lower(company.name) = lower(:company) OR CAST(company.id AS text) = lower(:company))",
    "claims": f"(NOT :claims OR {claim('m')})",
    "min_probability": "m.probability >= :min_probability",
    "state": "m.state = :state",
    "unrejected": "(NOT :unrejected OR m.state <> 'rejected')",
    "from_s": "m.end_s >= :from_s",
    "to_s": "m.start_s <= :to_s",
}


@dataclass(frozen=True)
class Sort:
    """An order: its SQL, the columns a cursor keeps, their kinds, and what comes after a cursor's row."""

    order: str
    columns: tuple[str, ...]
    kinds: tuple[type[Key], ...]
    after: str


SORTS = {
    "-probability": Sort(
        "m.probability DESC, m.id",
        ("probability", "id"),
        (float, UUID),
        "m.probability <= :c0 AND (m.probability < :c0 OR m.id > :c1)",
    ),
    "probability": Sort(
        "m.probability, m.id", ("probability", "id"), (float, UUID), "(m.probability, m.id) > (:c0, :c1)"
    ),
    "time": Sort(
        "m.medium_id, m.start_s, m.id",
        ("medium_id", "start_s", "id"),
        (UUID, float, UUID),
        "(m.medium_id, m.start_s, m.id) > (:c0, :c1, :c2)",
    ),
    "created": Sort("m.created_at, m.id", ("created_at", "id"), (datetime, UUID), "(m.created_at, m.id) > (:c0, :c1)"),
    "-created": Sort(
        "m.created_at DESC, m.id",
        ("created_at", "id"),
        (datetime, UUID),
        "m.created_at <= :c0 AND (m.created_at < :c0 OR m.id > :c1)",
    ),
}


@dataclass(frozen=True, kw_only=True)
class MatchFilter:
    """Which sightings; None: any. `claims`: those from their job's minimum probability on.

    `from_s` and `to_s` are seconds in the medium that the sighting overlaps."""

    job: UUID | None = None
    product_id: UUID | None = None
    sku: str | None = None
    video: UUID | None = None
    frame: str | None = None
    show: str | None = None
    booth: UUID | None = None
    booth_number: str | None = None
    company: str | None = None
    claims: bool | None = None
    min_probability: float | None = None
    state: str | None = None
    unrejected: bool | None = None
    from_s: float | None = None
    to_s: float | None = None

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


def matches_page(
    connection: Connection, chosen: MatchFilter, *, sort: str, limit: int, cursor: str | None = None
) -> Page:
    """A page of sightings. Raises BadCursor."""
    order = SORTS[sort]
    given = chosen.given()
    clauses = [FILTERS[name] for name in given]
    values: dict[str, Any] = {"tenant": TENANT, "limit": limit + 1, **given}
    if cursor is not None:
        clauses.append(f"({order.after})")
        values |= {f"c{i}": value for i, value in enumerate(Cursor.decode(cursor, sort, order.kinds).values)}
    filters = "".join(f" AND {clause}" for clause in clauses)
    statement = MATCHES.format(columns=COLUMNS, sources=SOURCES, filters=filters, order=order.order)
    return cut_page(connection.execute(text(statement), values).mappings().all(), limit, sort, order.columns)


def match_row(connection: Connection, match: UUID) -> Row | None:
    """One sighting with its details, or None."""
    return (
        connection.execute(text(MATCH.format(columns=COLUMNS, sources=SOURCES)), {"tenant": TENANT, "id": match})
        .mappings()
        .first()
    )


def families_of(connection: Connection, rows: list[Row]) -> dict[UUID, Row]:
    """The products named in the rows' families, by id."""
    ids = sorted({member for row in rows for member in row["family"]})
    if not ids:
        return {}
    found = connection.execute(FAMILIES, {"tenant": TENANT, "ids": ids}).mappings()
    return {row["id"]: row for row in found}


def set_match_state(connection: Connection, match: UUID, state: str) -> bool:
    """Note the analyst's verdict; False where there is no such sighting."""
    return connection.execute(SET_STATE, {"tenant": TENANT, "id": match, "state": state}).first() is not None
