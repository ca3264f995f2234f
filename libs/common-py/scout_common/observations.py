"""What readers said of files: kept for the accuracy report; what is doubtful enters the review queue.

Whoever saves a reading calls `observe` in the same transaction. Rows have deterministic keys, so
that a second time changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scout_ocr.fields import Field
from scout_ocr.judging import Question, best_fields, questions
from scout_ocr.reading import Reading
from scout_ocr.reading_codec import dump_json
from sqlalchemy import Connection, text

from scout_common.ids import review_id
from scout_common.proposals import propose
from scout_common.readers import ROUTING, in_share
from scout_common.settings import Settings
from scout_common.vault import Vault, vault_of

ADD_VALUES = text("""
    INSERT INTO observed_value (tenant_id, source_sha256, reader, reader_version, page, field, role, engine, version,
                                value, confidence, job_id)
    VALUES (:tenant, :sha256, :reader, :reader_version, :page, :field, :role, :engine, :version,
            CAST(:value AS jsonb), :confidence, :job)
    ON CONFLICT DO NOTHING
""")
ADD_ITEMS = text("""
    INSERT INTO review_item (id, tenant_id, source_sha256, source_name, job_id, reason, kind, field, page, box, value,
                             raw, confidence, reader, engine, version, rule, doubts)
    SELECT :id, :tenant, :sha256, :name, :job, :reason, :kind, :field, :page, :box, CAST(:value AS jsonb),
           CAST(:raw AS jsonb), :confidence, :reader, :engine, :version, :rule, CAST(:doubts AS jsonb)
    WHERE NOT EXISTS (  -- a person has said it already
        SELECT 1 FROM ground_truth t
        WHERE t.tenant_id = :tenant AND t.source_sha256 = :sha256 AND t.page = :page AND t.field = :field)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A file and what one reader made of it.

    owner: id of the job or backfill, under whose data key values are sealed. reading: None where reading failed, then
    `error` says why. reader: the engine that was asked for, "" for the routing. job: None for a backfill."""

    tenant: str
    owner: str
    sha256: str
    reading: Reading | None
    job: str | None = None
    name: str = ""
    kind: str = "auto"
    error: str = ""
    reader: str = ""
    role: str = "champion"

    @property
    def reader_name(self) -> str:
        return self.reader or ROUTING

    @property
    def versions(self) -> dict[str, str]:
        """Of each engine that took part."""
        return dict(self.reading.engines) if self.reading else {}

    @property
    def reader_version(self) -> str:
        """All engines with their versions, in one text."""
        return " + ".join(f"{name} {version}" for name, version in sorted(self.versions.items()) if name)


def observe(connection: Connection, seen: Seen, settings: Settings) -> int:
    """Keep what a reader said, queue what a person should look at, propose products; how many questions.

    A shadow's values are compared, but nobody is asked about them."""
    vault = vault_of(connection)
    _keep_values(connection, seen, vault)
    if seen.role != "champion":
        return 0
    if seen.reading is not None:
        above = settings.product_accept_above
        propose(connection, seen.reading, tenant=seen.tenant, sha256=seen.sha256, job=seen.job, accept_above=above)
    rows = [_item(connection, seen, question, vault) for question in _questions(seen, settings)]
    if rows:
        connection.execute(ADD_ITEMS, sorted(rows, key=lambda row: row["id"]))
    return len(rows)


def ask_about_label(
    connection: Connection, *, tenant: str, job: str, match: str, frame: str, said: str, reasons: Sequence[str]
) -> None:
    """Let a person look at a sighting whose label contradicts the catalogue. frame: sha256 of its picture."""
    name = f"label_{match[:8]}"
    seen = Seen(tenant=tenant, owner=job, job=job, sha256=frame, reading=None, name=f"sighting {match}", kind="label")
    field = Field(name=name, value=said, confidence=0.5, rule="beside the catalogue", engine=ROUTING, raw=said)
    question = Question(reason="contradiction", field=field, doubts=tuple(reasons))
    connection.execute(ADD_ITEMS, [_item(connection, seen, question, vault_of(connection))])


def value_context(sha256: str, page: int, field: str) -> str:
    """What a sealed value of a file is sealed as."""
    return f"value/{sha256}/{page}/{field}"


def _questions(seen: Seen, settings: Settings) -> tuple[Question, ...]:
    if seen.reading is None:
        return (Question(reason="failed", doubts=(seen.error,)),)
    sampled = in_share(seen.sha256, settings.review_sample, "sample")
    return questions(seen.reading, below=settings.review_below, sampled=sampled)


def _keep_values(connection: Connection, seen: Seen, vault: Vault) -> None:
    """One row for the file, also where nothing could be read, so that what is missed counts; one for each value."""
    shared = {
        "tenant": seen.tenant,
        "sha256": seen.sha256,
        "reader": seen.reader_name,
        "reader_version": seen.reader_version,
        "role": seen.role,
        "job": seen.job,
    }
    whole = {"page": 0, "field": "", "engine": seen.reader_name, "version": seen.reader_version, "value": None}
    rows = [{**shared, **whole, "confidence": 1.0}]
    fields = () if seen.reading is None else best_fields(seen.reading)
    rows += [{**shared, **_value(connection, seen, field, vault)} for field in fields]
    connection.execute(ADD_VALUES, sorted(rows, key=lambda row: (row["page"], row["field"])))


def _value(connection: Connection, seen: Seen, field: Field, vault: Vault) -> dict[str, Any]:
    context = value_context(seen.sha256, field.page, field.name)
    return {
        "page": field.page,
        "field": field.name,
        "engine": field.engine or "text layer",
        "version": seen.versions.get(field.engine, ""),
        "value": _stored(vault.seal_json(connection, seen.tenant, seen.owner, context, field.value)),
        "confidence": field.confidence,
    }


def _item(connection: Connection, seen: Seen, question: Question, vault: Vault) -> Mapping[str, Any]:
    field = question.field or Field(name="", value=None, confidence=0.0, rule="", engine=seen.reader)
    context = value_context(seen.sha256, field.page, field.name)
    reader_version = seen.reader_version
    version = seen.versions.get(field.engine, "") if question.field else reader_version

    def sealed(value: Any) -> str | None:
        return _stored(vault.seal_json(connection, seen.tenant, seen.owner, context, value))

    return {
        "id": review_id(seen.tenant, seen.sha256, field.page, field.name, f"{seen.reader_name} {reader_version}"),
        "tenant": seen.tenant,
        "sha256": seen.sha256,
        "name": seen.name[:500],
        "job": seen.job,
        "reason": question.reason,
        "kind": seen.reading.kind if seen.reading else seen.kind,
        "field": field.name,
        "page": field.page,
        "box": None if field.box is None else [float(side) for side in field.box],
        "value": sealed(field.value),
        "raw": sealed(field.raw or None),
        "confidence": field.confidence,
        "reader": seen.reader_name,
        "engine": field.engine or (seen.reader_name if question.field is None else "text layer"),
        "version": version,
        "rule": field.rule,
        "doubts": sealed(list(question.doubts)),  # they quote what was read
    }


def _stored(value: Any) -> str | None:
    """JSON text for a jsonb column, which holds no NUL."""
    return None if value is None else dump_json(value).decode()
