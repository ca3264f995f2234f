"""How right each reader is, per field, engine, version and week: what readers said against what people said."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from scout_common.observations import value_context
from scout_common.vault import vault_of
from scout_ocr.judging import same_value
from sqlalchemy import Connection, text

Outcome = Literal["right", "wrong", "missed", "invented", "silent"]
"""silent: rightly nothing was said. Of silence there is no end, so it counts only where another reader invented."""
_WELL = ("right", "silent")

# Every truth beside what each reader that read that file said of the field; no value: it said nothing.
JUDGED = text("""
    SELECT whole.source_sha256, t.page, t.field, t.value AS truth, whole.reader, whole.role,
           coalesce(v.engine, whole.engine) AS engine, coalesce(v.version, whole.version) AS version,
           v.field IS NOT NULL AS said, v.value, date_trunc('week', whole.at)::date AS week, whole.at
    FROM ground_truth t
    JOIN observed_value whole
      ON whole.tenant_id = t.tenant_id AND whole.source_sha256 = t.source_sha256 AND whole.field = '' AND whole.page = 0
    LEFT JOIN observed_value v
      ON v.tenant_id = t.tenant_id AND v.source_sha256 = t.source_sha256 AND v.reader = whole.reader
     AND v.reader_version = whole.reader_version AND v.page = t.page AND v.field = t.field
    WHERE t.tenant_id = :tenant AND (CAST(:since AS date) IS NULL OR whole.at >= :since)
      AND (CAST(:until AS date) IS NULL OR whole.at < :until)
      AND (CAST(:field AS text) IS NULL OR t.field = :field)
      AND (CAST(:reader AS text) IS NULL OR whole.reader = :reader)
""")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One value of one reader, and how it stands to the truth."""

    source: str
    page: int
    field: str
    reader: str
    role: str
    engine: str
    version: str
    week: date
    at: float
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Of which values the report is. since <= day < until; None: any."""

    tenant: str = "default"
    since: date | None = None
    until: date | None = None
    field: str | None = None
    reader: str | None = None


def accuracy(connection: Connection, asked: Asked) -> dict[str, list[dict[str, Any]]]:
    """`rows` per week, field, engine and version; `comparisons` of readers on the same fields of the same files."""
    judged = list(_judged(connection, asked))
    return {"rows": rows_of(judged), "comparisons": comparisons_of(judged)}


def rows_of(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Counts of each outcome, newest week first."""
    counts: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for one in judged:
        if one.outcome == "silent":
            continue
        key = (one.week, one.field, one.reader, one.engine, one.version, one.role)
        counts[key][one.outcome] += 1
    names = ("week", "field", "reader", "engine", "version", "role")
    rows = [{**dict(zip(names, key, strict=True)), **_counted(counter)} for key, counter in counts.items()]
    return sorted(rows, key=lambda row: (-row["week"].toordinal(), *(row[name] for name in names[1:])))


def comparisons_of(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Champion and shadow on what both read, where one of them said something; the newest word of each counts."""
    latest: dict[tuple[str, int, str], dict[tuple[str, str], Outcome]] = defaultdict(dict)
    for one in sorted(judged, key=lambda one: one.at):
        latest[one.source, one.page, one.field][one.role, one.reader] = one.outcome
    totals: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (_, _, field), said in latest.items():
        for champion, shadow in _pairs(said):
            outcomes = said["champion", champion], said["shadow", shadow]
            if outcomes == ("silent", "silent"):
                continue
            total = totals[field, champion, shadow]
            total[0] += 1
            total[1] += outcomes[0] in _WELL
            total[2] += outcomes[1] in _WELL
    names = ("field", "champion", "shadow", "judged", "champion_right", "shadow_right")
    return [dict(zip(names, (*key, *total), strict=True)) for key, total in sorted(totals.items())]


def _pairs(said: dict[tuple[str, str], Outcome]) -> Iterator[tuple[str, str]]:
    champions, shadows = ([reader for role, reader in said if role == wanted] for wanted in ("champion", "shadow"))
    yield from ((champion, shadow) for champion in champions for shadow in shadows if champion != shadow)


def _judged(connection: Connection, asked: Asked) -> Iterator[Judged]:
    vault = vault_of(connection)
    for row in connection.execute(JUDGED, vars(asked)):
        context = value_context(row.source_sha256, row.page, row.field)
        truth, value = (vault.open_json(connection, context, sealed) for sealed in (row.truth, row.value))
        yield Judged(
            source=row.source_sha256,
            at=row.at.timestamp(),
            outcome=_outcome(truth, value, row.said),
            **{name: getattr(row, name) for name in ("page", "field", "reader", "role", "engine", "version", "week")},
        )


def _outcome(truth: Any, value: Any, said: bool) -> Outcome:
    if truth is None:
        return "invented" if said else "silent"
    if not said:
        return "missed"
    return "right" if same_value(truth, value) else "wrong"


def _counted(counter: Counter[str]) -> dict[str, Any]:
    judged = counter.total()
    outcomes = {name: counter[name] for name in ("right", "wrong", "missed", "invented")}
    return {"judged": judged, **outcomes, "accuracy": round(counter["right"] / judged, 4)}
