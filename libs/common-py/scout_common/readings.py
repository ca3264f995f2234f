"""What was read from files, remembered by content: whoever wants the same file read the same way finds it here.

A reading is kept as JSON (scout_ocr.reading_codec) under the file's sha256, the hash of the options and the version of
the reader; the table is `reading`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scout_ocr.reading import Reading, ReadOptions
from scout_ocr.reading_codec import dump, dump_json, options_hash
from sqlalchemy import Connection, text

from scout_common.ids import reading_id
from scout_common.vault import Vault, vault_of

FIND = text("""
    SELECT id::text, sha256, result FROM reading WHERE id = ANY(CAST(:ids AS uuid[]))
""")
KEEP = text("""
    INSERT INTO reading (id, tenant_id, sha256, options, version, result, took_s)
    VALUES (:id, :tenant, :sha256, :options, :version, CAST(:result AS jsonb), :took_s)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, kw_only=True)
class ReadingKey:
    """What a reading is remembered under. version: of the reader that read, or would read, the file."""

    tenant: str
    sha256: str
    options: ReadOptions
    version: str

    @property
    def id(self) -> str:
        """The id of its row."""
        return reading_id(self.tenant, self.sha256, options_hash(self.options), self.version)


@dataclass(frozen=True, kw_only=True)
class KeptReading:
    """A reading to be kept: its JSON text (scout_ocr.reading_codec.dump) and how long the reading took, seconds."""

    key: ReadingKey
    result: bytes
    took_s: float = 0.0

    @staticmethod
    def of(key: ReadingKey, reading: Reading, took_s: float = 0.0) -> "KeptReading":
        """Of a reading that is no JSON yet."""
        return KeptReading(key=key, result=dump(reading), took_s=took_s)


def find_results(connection: Connection, keys: Sequence[ReadingKey]) -> dict[str, Any]:
    """JSON of those that were read, by sha256."""
    if not keys:
        return {}
    rows = connection.execute(FIND, {"ids": [key.id for key in keys]}).all()
    vault = vault_of(connection)
    return {row.sha256: vault.open_json(connection, f"reading/{row.id}", row.result) for row in rows}


def keep_readings(connection: Connection, readings: Iterable[KeptReading], *, owner: str | None = None) -> None:
    """Remember what was read; what is remembered already stays as it is.

    owner: the job or backfill that has it read: where results are sealed, they are under its data key, else under one
    of their own."""
    vault = vault_of(connection)
    rows: list[dict[str, Any]] = [
        {
            "id": kept.key.id,
            "tenant": kept.key.tenant,
            "sha256": kept.key.sha256,
            "options": options_hash(kept.key.options),
            "version": kept.key.version,
            "result": _stored(connection, vault, kept, owner).decode(),
            "took_s": kept.took_s,
        }
        for kept in readings
    ]
    if rows:
        # Sorted: two transactions that keep the same readings wait for each other instead of deadlocking.
        connection.execute(KEEP, sorted(rows, key=lambda row: row["id"]))


def _stored(connection: Connection, vault: Vault, kept: KeptReading, owner: str | None) -> bytes:
    if not vault.seals:
        return kept.result
    ident = kept.key.id
    plain = json.loads(kept.result)
    return dump_json(vault.seal_json(connection, kept.key.tenant, owner or ident, f"reading/{ident}", plain))
