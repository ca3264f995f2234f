"""What a finished job found, as the flow's table, the command line and the report show it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scout_contracts.stages import BY_NAME
from sqlalchemy import Connection, text

CANDIDATES = 5

JOB_ENDED = text("SELECT finished_at FROM job WHERE id = :job")
JOB_TITLE = text("SELECT title FROM job WHERE id = :job")

# What was wrong with a job's input, and why units of it failed, errors first.
PROBLEMS = text("""
    SELECT severity, NULL AS stage, subject, message, hint FROM job_issue WHERE job_id = :job
    UNION ALL
    SELECT 'error', stage, key, coalesce(error ->> 'message', 'failed'), coalesce(error ->> 'hint', '')
    FROM unit WHERE job_id = :job AND state = 'failed'
    ORDER BY 1, 2, 3
""")

# Jobs that a flow run shows or should show: unfinished ones (those just started may still be getting theirs), those
# that ended since somebody looks after them, and of the last hour those that have a run.
TO_SHOW = text("""
    SELECT id::text, title, state, generation, flow_run_id AS flow_run FROM job
    WHERE kind = 'match'
      AND ((state IN ('submitted', 'running') AND created_at < now() - interval '5 seconds')
           OR finished_at > :since OR (finished_at > now() - interval '1 hour' AND flow_run_id IS NOT NULL))
    ORDER BY created_at
""")
NOW = text("SELECT clock_timestamp()")

# What each stage did and cost: units by how they ended, CPU seconds of the workers.
STAGE_COSTS = text("""
    SELECT stage, count(*)::int AS units, (count(*) FILTER (WHERE state = 'failed'))::int AS failed,
           coalesce(sum(cpu_s), 0)::float8 AS cpu_s
    FROM unit WHERE job_id = :job GROUP BY stage ORDER BY stage
""")

# Sightings at or above a probability, once per place where the user named the medium, in the order of the media.
SIGHTINGS = text("""
    SELECT m.id, jm.uri, jm.name, medium.kind, p.sku, p.title, p.brand,
           ARRAY(SELECT f.sku FROM product f WHERE f.id = ANY (m.family) ORDER BY f.sku) AS family,
           m.start_s, m.end_s, m.best_s, m.probability, m.sibling_risk, m.facings, m.frames,
           m.signals, m.evidence_sha256, m.proof_sha256, b.number AS booth, b.hall, c.name AS company,
           s.confidence::float8 AS booth_confidence, s.how AS booth_how, s.sign, l.text AS label,
           l.verdict AS label_verdict, coalesce(l.reasons, '[]') AS label_reasons
    FROM match m
    JOIN job_medium jm ON jm.job_id = m.job_id AND jm.medium_id = m.medium_id
    JOIN medium ON medium.id = m.medium_id
    LEFT JOIN product p ON p.id = m.product_id
    LEFT JOIN booth_sighting s ON s.match_id = m.id
    LEFT JOIN booth b ON b.id = s.booth_id
    LEFT JOIN company c ON c.id = coalesce(s.company_id, b.company_id)
    LEFT JOIN label_sighting l ON l.match_id = m.id
    WHERE m.job_id = :job AND m.probability >= :least
    ORDER BY jm.name, jm.uri, m.start_s, p.sku, m.id
""")

# The best products of every medium, claims or not, best first.
CANDIDATES_OF = text("""
    SELECT jm.uri, jm.name, p.sku, (c.said ->> 'probability')::float8 AS probability
    FROM medium_result r
    JOIN job_medium jm ON jm.job_id = r.job_id AND jm.medium_id = r.medium_id
    CROSS JOIN LATERAL jsonb_array_elements(r.candidates) WITH ORDINALITY AS c (said, place)
    JOIN product p ON p.id = (c.said ->> 'product_id')::uuid
    WHERE r.job_id = :job AND c.place <= :most
    ORDER BY jm.name, jm.uri, c.place
""")


@dataclass(frozen=True, kw_only=True)
class ShownJob:
    """A job and the flow run that shows it. generation: grows when the job is retried."""

    id: str
    title: str
    state: str
    generation: int
    flow_run: str | None

    @property
    def ended(self) -> bool:
        return self.state not in ("submitted", "running")


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One claim: a product (or, in an honest tie, a family of them) in a medium from start to end."""

    id: str
    media: str  # the path, or the address it was fetched from
    name: str
    kind: str  # video | photo
    sku: str | None
    title: str | None
    brand: str | None
    family: tuple[str, ...]
    start_s: float
    end_s: float
    best_s: float
    probability: float
    sibling_risk: float
    facings: int
    frames: int
    signals: dict[str, float] = field(default_factory=dict)
    evidence_sha256: str | None = None
    proof_sha256: str | None = None
    booth: str | None = None  # its number; None: nothing says where it stood
    hall: str | None = None
    company: str | None = None
    booth_confidence: float | None = None
    booth_how: str | None = None
    sign: dict[str, Any] | None = None  # frame, medium_id, time_s, text, quad
    label: str | None = None  # what was read on it, lines parted by newlines
    label_verdict: str | None = None
    label_reasons: tuple[str, ...] = ()

    @property
    def stood(self) -> str:
        """Where it stood, in a few words; "" where nothing says so."""
        hall = f"Hall {self.hall} " if self.hall else ""
        return f"{hall}{self.booth}".strip() if self.booth else self.company or ""

    @property
    def product(self) -> str:
        """The product in words; a tie names all it may be."""
        if self.sku is None:
            return "one of " + ", ".join(self.family)
        return f"{self.title} ({self.sku})" if self.title and self.title != self.sku else self.sku


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One of the best products of a medium, claimed or not."""

    media: str
    sku: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What was wrong with one input; it cost only itself."""

    severity: str
    subject: str
    message: str
    hint: str


def title_of(connection: Connection, job_id: str) -> str:
    """Title of an existing job."""
    return str(connection.execute(JOB_TITLE, {"job": job_id}).scalar_one())


def ended_at(connection: Connection, job_id: str) -> datetime:
    """When an ended job was done; its signs may have been read later."""
    ended: datetime = connection.execute(JOB_ENDED, {"job": job_id}).scalar_one()
    return ended


def stage_costs(connection: Connection, job_id: str) -> dict[str, dict[str, float]]:
    """Per stage: units, failed ones among them, CPU seconds."""
    rows = connection.execute(STAGE_COSTS, {"job": job_id})
    return {row.stage: {"units": row.units, "failed": row.failed, "cpu_s": round(row.cpu_s, 3)} for row in rows}


def now(connection: Connection) -> datetime:
    """The database's time."""
    found: datetime = connection.execute(NOW).scalar_one()
    return found


def to_show(connection: Connection, since: datetime) -> list[ShownJob]:
    """Jobs that a flow run should show: unfinished ones, and those that ended since then or a short while ago."""
    return [ShownJob(**row) for row in connection.execute(TO_SHOW, {"since": since}).mappings()]


def sightings(connection: Connection, job_id: str, least: float) -> list[Sighting]:
    """Sightings of a job at p >= least."""
    rows = connection.execute(SIGHTINGS, {"job": job_id, "least": least}).mappings()
    return [_sighting(dict(row)) for row in rows]


def candidates(connection: Connection, job_id: str, most: int = CANDIDATES) -> list[Candidate]:
    """The best products of every medium of a job."""
    rows = connection.execute(CANDIDATES_OF, {"job": job_id, "most": most})
    return [Candidate(media=_place(row.uri, row.name), sku=row.sku, probability=row.probability) for row in rows]


def problems(connection: Connection, job_id: str) -> list[Problem]:
    """Warnings about the input and units that failed."""
    rows = connection.execute(PROBLEMS, {"job": job_id})
    return [
        Problem(
            severity=row.severity,
            subject=subject_of(row.stage, row.subject) if row.stage else row.subject,
            message=row.message,
            hint=row.hint,
        )
        for row in rows
    ]


def subject_of(stage: str, key: str) -> str:
    """What a unit works on, as a user knows it: the file, or the stage where keys are our own."""
    if stage in ("catalog", "media_ingestion"):
        return key
    return f"{BY_NAME[stage].title if stage in BY_NAME else stage} ({key[:8]})"


def _sighting(row: dict[str, Any]) -> Sighting:
    row |= {"id": str(row["id"]), "media": _place(row.pop("uri"), row["name"]), "family": tuple(row["family"])}
    row["label_reasons"] = tuple(row["label_reasons"])
    return Sighting(**row)


def _place(uri: str, name: str) -> str:
    return name if uri.startswith("blob:") else uri
