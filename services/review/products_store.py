"""SQL of proposed products and of product events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from scout_common.paging import Cursor, Page, cut_page
from sqlalchemy import Connection, RowMapping, text

SORT = "-created"
COLUMNS = """
    p.id, p.state, p.fields, p.confidence, p.source_sha256, p.page, p.box, p.job_id, p.product_id, p.revision,
    p.created_at, p.decided_at, p.decided_by,
    (SELECT count(*) FROM proposal_source s WHERE s.proposal_id = p.id) AS sources
"""
PAGE = f"""
    SELECT {COLUMNS} FROM proposal p WHERE p.tenant_id = :tenant AND {{where}}
    ORDER BY p.created_at DESC, p.id LIMIT :limit
"""  # noqa: S608  (of our own texts)
ONE = text(f"SELECT {COLUMNS} FROM proposal p WHERE p.tenant_id = :tenant AND p.id = :id")  # noqa: S608
AFTER = "(p.created_at < :after OR (p.created_at = :after AND p.id > :after_id))"
EVENTS = text("""
    SELECT id, type, data, at FROM product_event WHERE tenant_id = :tenant AND id > :after ORDER BY id LIMIT :limit
""")


def proposals_page(
    connection: Connection,
    *,
    tenant: str,
    state: str | None,
    min_confidence: float | None,
    limit: int,
    cursor: str | None,
) -> Page:
    """Proposals, newest first. Raises BadCursor."""
    where, values = ["true"], dict[str, Any](tenant=tenant, limit=limit + 1)
    if state is not None:
        where.append("p.state = :state")
        values["state"] = state
    if min_confidence is not None:
        where.append("p.confidence >= :least")
        values["least"] = min_confidence
    if cursor is not None:
        where.append(AFTER)
        values["after"], values["after_id"] = Cursor.decode(cursor, SORT, (datetime, UUID)).values
    rows = connection.execute(text(PAGE.format(where=" AND ".join(where))), values).mappings().all()
    return cut_page(rows, limit, SORT, ("created_at", "id"))


def proposal_row(connection: Connection, ident: UUID, tenant: str) -> RowMapping | None:
    """One proposal."""
    return connection.execute(ONE, {"tenant": tenant, "id": ident}).mappings().first()


def events_after(connection: Connection, *, tenant: str, after: int, limit: int) -> Sequence[RowMapping]:
    """Product events, oldest first."""
    return connection.execute(EVENTS, {"tenant": tenant, "after": after, "limit": limit}).mappings().all()
