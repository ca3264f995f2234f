"""SQL of the review queue: pages of it, one item with its history, decisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from scout_common.errors import Conflict, NotFound
from scout_common.ids import NAMESPACE
from scout_common.observations import value_context
from scout_common.paging import Cursor, Page, cut_page
from scout_common.vault import vault_of
from scout_ocr.reading_codec import dump_json
from sqlalchemy import Connection, RowMapping, text

from services.review.verdicts import Said, Verdict, judge

Row = RowMapping

# Items that {where} chooses, in the order of the sort.
ITEMS = """
    SELECT id, source_sha256, source_name, job_id, reason, kind, field, page, box, value, raw, confidence, reader,
           engine, version, rule, doubts, state, truth, revision, created_at, decided_at, decided_by
    FROM review_item WHERE tenant_id = :tenant AND {where} ORDER BY {order} LIMIT :limit
"""
ONE = text(ITEMS.format(where="id = :id", order="id"))
LOCKED = text(ITEMS.format(where="id = :id", order="id") + " FOR UPDATE")
SORTS: dict[str, tuple[str, str, type[Any]]] = {
    "confidence": ("confidence, id", "(confidence, id) > (CAST(:after AS real), :after_id)", float),
    "created": ("created_at, id", "(created_at, id) > (:after, :after_id)", datetime),
    "-created": ("created_at DESC, id", "(created_at < :after OR (created_at = :after AND id > :after_id))", datetime),
}

HISTORY = text("""
    SELECT revision, action, value, note, sealed_note, decided_by, request_key, at FROM review_decision
    WHERE tenant_id = :tenant AND item_id = :id ORDER BY revision
""")
SAME_REQUEST = text("""
    SELECT action FROM review_decision WHERE tenant_id = :tenant AND item_id = :id AND request_key = :key
""")
ADD_DECISION = text("""
    INSERT INTO review_decision (item_id, revision, tenant_id, action, value, note, sealed_note, decided_by,
                                 request_key)
    VALUES (:id, :revision, :tenant, :action, CAST(:value AS jsonb), :note, CAST(:sealed_note AS jsonb), :by, :key)
""")
DECIDE = text("""
    UPDATE review_item SET state = :state, truth = CAST(:truth AS jsonb), revision = :revision, decided_at = now(),
                           decided_by = :by
    WHERE tenant_id = :tenant AND id = :id
""")
SET_TRUTH = text("""
    INSERT INTO ground_truth (tenant_id, source_sha256, page, field, value, printed, box, kind, item_id, said_by)
    VALUES (:tenant, :sha256, :page, :field, CAST(:value AS jsonb), CAST(:printed AS jsonb), :box, :kind, :id, :by)
    ON CONFLICT (tenant_id, source_sha256, page, field) DO UPDATE
    SET value = excluded.value, printed = excluded.printed, box = excluded.box, item_id = excluded.item_id,
        said_by = excluded.said_by, at = now()
""")
FORGET_TRUTH = text("DELETE FROM ground_truth WHERE tenant_id = :tenant AND item_id = :id")


@dataclass(frozen=True, kw_only=True)
class QueueFilter:
    """What of the queue is wanted; None: any."""

    state: str | None = None
    reason: str | None = None
    field: str | None = None
    kind: str | None = None
    engine: str | None = None
    job: UUID | None = None
    source: str | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None

    def clauses(self) -> tuple[list[str], dict[str, Any]]:
        """SQL conditions and their values."""
        columns = {"job": "job_id", "source": "source_sha256"}
        signs = {"min_confidence": "confidence >=", "max_confidence": "confidence <="}
        values = {name: value for name, value in vars(self).items() if value is not None}
        where = [f"{signs.get(name, columns.get(name, name) + ' =')} :{name}" for name in values]
        return where, values


def items_page(
    connection: Connection, where: QueueFilter, *, tenant: str, sort: str, limit: int, cursor: str | None
) -> Page:
    """A page of the queue. Raises BadCursor."""
    order, after, kind = SORTS[sort]
    clauses, values = where.clauses()
    if cursor is not None:
        values["after"], values["after_id"] = Cursor.decode(cursor, sort, (kind, UUID)).values
        clauses.append(after)
    statement = text(ITEMS.format(where=" AND ".join(clauses) or "true", order=order))
    rows = connection.execute(statement, {**values, "tenant": tenant, "limit": limit + 1}).mappings().all()
    column = "confidence" if sort == "confidence" else "created_at"
    return cut_page(rows, limit, sort, (column, "id"))


def item_row(connection: Connection, item: UUID, tenant: str, *, lock: bool = False) -> Row:
    """One item. Raises NotFound."""
    statement = LOCKED if lock else ONE
    row = connection.execute(statement, {"tenant": tenant, "id": item, "limit": 1}).mappings().first()
    if row is None:
        raise NotFound("there is no such item", subject=str(item), hint="GET /api/v1/review lists them")
    return row


def opened(connection: Connection, row: Row) -> dict[str, Any]:
    """The item with what was sealed opened. Raises KeyMissing, SealBroken."""
    vault, context = vault_of(connection), _context(row)
    sealed = {name: vault.open_json(connection, context, row[name]) for name in ("value", "raw", "doubts", "truth")}
    return {**row, **sealed}


def decisions(connection: Connection, row: Row, tenant: str) -> list[dict[str, Any]]:
    """Who decided what about an item, oldest first."""
    vault, context = vault_of(connection), _context(row)
    rows = connection.execute(HISTORY, {"tenant": tenant, "id": row["id"]}).mappings()

    def shown(row: Row) -> dict[str, Any]:
        said = {name: value for name, value in row.items() if name != "sealed_note"}
        note = vault.open_json(connection, context, row["sealed_note"]) or row["note"]
        return {**said, "note": note, "value": vault.open_json(connection, context, row["value"])}

    return [shown(found) for found in rows.all()]


def decide(connection: Connection, item: UUID, said: Said, *, tenant: str) -> dict[str, Any]:
    """Note a person's decision and what it makes true; the item as it is then.

    The same request key decides once. Raises NotFound; Conflict: another decision came first, or the key was used for
    another one; BadRequest: the decision does not fit the item."""
    row = item_row(connection, item, tenant, lock=True)
    if said.key is not None:
        before = connection.execute(SAME_REQUEST, {"tenant": tenant, "id": item, "key": said.key}).scalar_one_or_none()
        if before == said.action:
            return opened(connection, row)
        if before is not None:
            raise Conflict(f"this Idempotency-Key was used to {before}", subject=str(item), hint="send a new key")
    if said.revision != row["revision"]:
        raise Conflict(
            f"it was decided meanwhile: it is {row['state']} at revision {row['revision']}, not {said.revision}",
            subject=str(item),
            hint="look at it again and send its revision",
        )
    verdict = judge(opened(connection, row), said)
    _write(connection, row, said, verdict, tenant)
    return opened(connection, item_row(connection, item, tenant))


def _write(connection: Connection, row: Row, said: Said, verdict: Verdict, tenant: str) -> None:
    vault, owner = vault_of(connection), _owner(row)
    shared = {"tenant": tenant, "id": row["id"], "by": said.by, "revision": row["revision"] + 1}

    def stored(context: str, value: Any) -> str | None:
        sealed = vault.seal_json(connection, tenant, owner, context, value)
        return None if sealed is None else dump_json(sealed).decode()

    own = _context(row)
    notes = {"note": "", "sealed_note": stored(own, said.note)} if vault.seals and said.note else {"note": said.note}
    decision = {"sealed_note": None, **notes, "action": said.action, "key": said.key, "value": stored(own, said.value)}
    connection.execute(ADD_DECISION, {**shared, **decision})
    connection.execute(DECIDE, {**shared, "state": verdict.state, "truth": stored(own, verdict.truth)})
    connection.execute(FORGET_TRUTH, shared)
    for truth in verdict.truths:
        context = value_context(row["source_sha256"], row["page"], truth.field)
        words = {"value": stored(context, truth.value), "printed": stored(context, truth.printed)}
        about = {"sha256": row["source_sha256"], "page": row["page"], "kind": row["kind"], "field": truth.field}
        connection.execute(SET_TRUTH, {**shared, **words, **about, "box": row["box"] if truth.placed else None})


def _context(row: Row) -> str:
    return value_context(row["source_sha256"], row["page"], row["field"])


def _owner(row: Row) -> UUID:
    """Whose data key seals what people say: the job's, else the project's own."""
    return row["job_id"] or NAMESPACE
