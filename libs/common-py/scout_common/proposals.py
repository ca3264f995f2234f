"""Products that labels speak of and no catalogue knows: proposed, accepted, rejected; what becomes one is told."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from scout_contracts.codec import to_data
from scout_contracts.events import Event, ProductCreated, ProductUpdated
from scout_ocr.label_product import LabelProduct, explains, label_product, merged, news
from scout_ocr.reading_codec import dump_json
from sqlalchemy import Connection, RowMapping, text

from scout_common.errors import BadRequest, Conflict
from scout_common.ids import product_id, proposal_id
from scout_common.ledger.events import add_event

BY_ITSELF = "scout"
"""Who accepted what needed nobody."""
_COLUMNS = ("title", "brand", "category", "price", "currency", "barcode")

# Products that might be the label's: those of its barcode, those that share a word with it.
SAME_CODE = text("""
    SELECT id, sku, title, brand, category, price, currency, barcode, extra FROM product
    WHERE tenant_id = :tenant AND barcode IS NOT NULL
      AND lpad(regexp_replace(barcode, '[^0-9]', '', 'g'), 14, '0') = :gtin LIMIT 5
""")
SHARED_WORDS = text("""
    SELECT id, sku, title, brand, category, price, currency, barcode, extra FROM product
    WHERE tenant_id = :tenant
      AND to_tsvector('simple', title || ' ' || coalesce(brand, '')) @@ to_tsquery('simple', :words)
    ORDER BY ts_rank(to_tsvector('simple', title || ' ' || coalesce(brand, '')), to_tsquery('simple', :words)) DESC, id
    LIMIT 200
""")
BY_SKU = text("""
    SELECT id, sku, title, brand, category, price, currency, barcode, extra FROM product
    WHERE tenant_id = :tenant AND sku = :sku FOR UPDATE
""")
LOCKED = text("SELECT * FROM proposal WHERE tenant_id = :tenant AND id = :id FOR UPDATE")
ADD = text("""
    INSERT INTO proposal (id, tenant_id, key, fields, confidence, source_sha256, page, box, job_id)
    VALUES (:id, :tenant, :key, CAST(:fields AS jsonb), :confidence, :sha256, :page, :box, :job)
    ON CONFLICT DO NOTHING
""")
ADD_SOURCE = text("""
    INSERT INTO proposal_source (proposal_id, tenant_id, source_sha256) VALUES (:id, :tenant, :sha256)
    ON CONFLICT DO NOTHING RETURNING 1
""")
LEARN = text("""
    UPDATE proposal SET fields = CAST(:fields AS jsonb), revision = revision + 1,
           confidence = greatest(confidence, :confidence),
           (source_sha256, page, box) = (SELECT CASE WHEN :surer THEN :sha256 ELSE source_sha256 END,
                                                CASE WHEN :surer THEN :page ELSE page END,
                                                CASE WHEN :surer THEN CAST(:box AS real[]) ELSE box END)
    WHERE id = :id
""")
END = text("""
    UPDATE proposal SET state = :state, fields = CAST(:fields AS jsonb), product_id = :product, decided_at = now(),
           decided_by = :by, revision = revision + 1
    WHERE id = :id
""")
ADD_PRODUCT = text("""
    INSERT INTO product (id, tenant_id, sku, title, brand, category, price, currency, barcode, extra)
    VALUES (:id, :tenant, :sku, :title, :brand, :category, CAST(:price AS numeric), :currency, :barcode,
            CAST(:extra AS jsonb))
    ON CONFLICT DO NOTHING
""")
UPDATE_PRODUCT = text("""
    UPDATE product SET title = :title, brand = :brand, category = :category, price = CAST(:price AS numeric),
           currency = :currency, barcode = :barcode, extra = CAST(:extra AS jsonb), updated_at = now()
    WHERE id = :id
""")
TELL = text("""
    WITH told AS (
        INSERT INTO product_event (tenant_id, type, data) VALUES (:tenant, :type, CAST(:data AS jsonb)) RETURNING id
    ) SELECT pg_notify('scout_product', id::text) FROM told
""")


def propose(
    connection: Connection, reading: Any, *, tenant: str, sha256: str, job: str | None, accept_above: float = 1.0
) -> UUID | None:
    """Propose the product of a label that none of the catalogue explains; its proposal, None where there is none.

    A product that itself came from labels learns what this one tells. Above the confidence `accept_above` (1: never)
    the product needs nobody."""
    product = label_product(reading)
    if product is None:
        return None
    known = _explaining(connection, product, tenant)
    if known is not None:
        _learn(connection, product, known, tenant)
        return None
    proposal = _proposed(connection, product, tenant, sha256, job)
    if proposal["state"] == "proposed" and proposal["confidence"] > accept_above and proposal["fields"].get("title"):
        accept(connection, proposal, by=BY_ITSELF, tenant=tenant)
    return UUID(str(proposal["id"]))


def locked_proposal(connection: Connection, ident: UUID, tenant: str) -> RowMapping | None:
    """The proposal, held until the transaction ends."""
    return connection.execute(LOCKED, {"tenant": tenant, "id": ident}).mappings().first()


def accept(
    connection: Connection, proposal: Mapping[str, Any], *, by: str, tenant: str, given: Mapping[str, Any] | None = None
) -> str:
    """Make it a product, or give a product of that sku what it lacks; its id. given: fields that count instead; `sku`.

    Raises Conflict (decided already), BadRequest (no title)."""
    if proposal["state"] != "proposed":
        raise Conflict(f"the proposal is {proposal['state']} already", subject=str(proposal["id"]))
    fields = {**proposal["fields"], **(given or {})}
    sku = str(fields.pop("sku", "") or fields.get("barcode") or f"label-{str(proposal['id'])[:8]}")
    if not str(fields.get("title") or "").strip():
        hint = 'give one: {"fields": {"title": "..."}}'
        raise BadRequest("the label told no name for the product", subject=str(proposal["id"]), hint=hint)
    held = connection.execute(BY_SKU, {"tenant": tenant, "sku": sku}).mappings().first()
    told = {"sku": sku, "proposal_id": str(proposal["id"]), "accepted_by": by}
    if held is None:
        ident = _create(connection, proposal, sku, fields, tenant)
        tell(connection, ProductCreated(product_id=ident, fields=_told(fields), **told), tenant, proposal["job_id"])
    else:
        ident, added = str(held["id"]), {name: value for name, value in fields.items() if _lacks(held, name)}
        _update(connection, held, added)
        tell(connection, ProductUpdated(product_id=ident, fields=_told(added), **told), tenant, proposal["job_id"])
    _end(connection, proposal, "accepted", fields, by, ident)
    return ident


def reject(connection: Connection, proposal: Mapping[str, Any], *, by: str) -> None:
    """No product; the same label does not propose it again. Raises Conflict (decided already)."""
    if proposal["state"] != "proposed":
        raise Conflict(f"the proposal is {proposal['state']} already", subject=str(proposal["id"]))
    _end(connection, proposal, "rejected", dict(proposal["fields"]), by, None)


def tell(connection: Connection, event: Event, tenant: str, job: UUID | str | None) -> None:
    """Tell observers when the transaction commits: a row of product_event, and an event of the job it came from."""
    data = to_data(event)
    connection.execute(TELL, {"tenant": tenant, "type": event.type, "data": json.dumps(data)})
    if job is not None:
        add_event(connection, str(job), event.type, data)


def _explaining(connection: Connection, product: LabelProduct, tenant: str) -> RowMapping | None:
    rows: list[RowMapping] = []
    if product.gtin:
        rows += connection.execute(SAME_CODE, {"tenant": tenant, "gtin": product.gtin}).mappings()
    if product.words:
        asked = {"tenant": tenant, "words": " | ".join(product.words)}
        rows += connection.execute(SHARED_WORDS, asked).mappings()
    names = ("title", "brand", "barcode")
    return next((row for row in rows if explains(product, **{name: row[name] for name in names})), None)


def _proposed(
    connection: Connection, product: LabelProduct, tenant: str, sha256: str, job: str | None
) -> Mapping[str, Any]:
    """The proposal as it is now, with what this label adds to it."""
    ident = proposal_id(tenant, product.key)
    box = None if product.box is None else [float(side) for side in product.box]
    shared = {"id": ident, "tenant": tenant, "sha256": sha256, "confidence": product.confidence}
    place = {"page": product.page, "box": box}
    added = {**shared, **place, "key": product.key, "fields": _json(product.fields), "job": job}
    connection.execute(ADD, added)
    row = locked_proposal(connection, UUID(ident), tenant)
    assert row is not None
    new_source = connection.execute(ADD_SOURCE, shared).first() is not None
    if not new_source or row["state"] != "proposed":
        return dict(row)
    surer = product.confidence > row["confidence"]
    fields = merged(row["fields"], product, surer=surer)
    if fields != row["fields"] or surer:
        connection.execute(LEARN, {**shared, **place, "surer": surer, "fields": _json(fields)})
    return {**row, "fields": fields, "confidence": max(product.confidence, row["confidence"])}


def _learn(connection: Connection, product: LabelProduct, known: RowMapping, tenant: str) -> None:
    """Only products that came from labels: what a catalogue says is not ours to change."""
    origin = str(known["extra"].get("proposal", "")) if known["extra"].get("from") == "reading" else ""
    added = news(product, {**known, **known["extra"]}) if origin else {}
    if added:
        _update(connection, known, added)
        ident, sku = str(known["id"]), known["sku"]
        told = ProductUpdated(product_id=ident, sku=sku, fields=_told(added), proposal_id=origin, accepted_by=BY_ITSELF)
        tell(connection, told, tenant, None)


def _create(connection: Connection, proposal: Mapping[str, Any], sku: str, fields: dict[str, Any], tenant: str) -> str:
    ident = product_id(tenant, sku)
    picture = {name: proposal[name] for name in ("source_sha256", "page", "box")}
    extra = {name: value for name, value in fields.items() if name not in _COLUMNS}
    extra |= {"from": "reading", "proposal": str(proposal["id"]), "picture": picture}
    columns = {name: fields.get(name) for name in _COLUMNS}
    row = {**columns, "id": ident, "tenant": tenant, "sku": sku, "extra": _json(extra)}
    if not connection.execute(ADD_PRODUCT, row).rowcount:
        raise Conflict("a product of that sku was created this very moment", subject=sku, hint="accept it again")
    return ident


def _update(connection: Connection, held: RowMapping, added: Mapping[str, Any]) -> None:
    columns = {name: added.get(name, held[name]) for name in _COLUMNS}
    extra = {**held["extra"], **{name: value for name, value in added.items() if name not in _COLUMNS}}
    connection.execute(UPDATE_PRODUCT, {**columns, "id": held["id"], "extra": _json(extra)})


def _end(
    connection: Connection,
    proposal: Mapping[str, Any],
    state: str,
    fields: dict[str, Any],
    by: str,
    product: str | None,
) -> None:
    values = {"id": proposal["id"], "state": state, "fields": _json(fields), "by": by, "product": product}
    connection.execute(END, values)


def _lacks(held: RowMapping, name: str) -> bool:
    return (held[name] if name in _COLUMNS else held["extra"].get(name)) in (None, "")


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as JSON values."""
    return {
        name: value if isinstance(value, str | int | float | bool) else str(value) for name, value in fields.items()
    }


def _json(value: Any) -> str:
    return dump_json(value).decode()
