"""How far a job is and how far to trust it: questions to the ledger's rows, shared by API, flow and command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from scout_contracts.stages import STAGES, Stage
from sqlalchemy import Connection, RowMapping, text

STATES = ("waiting", "pending", "running", "done", "failed", "skipped", "cancelled")
ACTIVE = ("waiting", "pending", "running")

JOB_STATE = text("SELECT state, kind FROM job WHERE tenant_id = :tenant AND id = :job")

# Units of a job per stage and state, with how long the stage has been at work by the database's clock.
STAGE_COUNTS = text("""
    SELECT stage, state, count(*) AS units,
           extract(epoch FROM now() - min(started_at))::float8 AS working_s
    FROM unit WHERE tenant_id = :tenant AND job_id = :job GROUP BY stage, state
""")

# Claims at p >= the threshold, the decoys that reached it times what one decoy stands for, and the siblings' risk.
EXPECTED_FALSE = text("""
    WITH threshold AS (
        SELECT coalesce(CAST(:min_probability AS float8),
                        CAST(spec -> 'options' ->> 'min_probability' AS float8), 0.5) AS p
        FROM job WHERE tenant_id = :tenant AND id = :job
    ), claims AS (
        SELECT count(*) AS sightings,
               coalesce(sum(sibling_risk) FILTER (WHERE product_id IS NOT NULL), 0) AS siblings,
               coalesce(sum(1 - probability), 0) AS by_probability
        FROM match WHERE tenant_id = :tenant AND job_id = :job AND probability >= (SELECT p FROM threshold)
    ), chance AS (
        SELECT coalesce(sum(r.decoy_scale), 0) AS by_chance
        FROM medium_result r, jsonb_array_elements_text(r.decoys) AS decoy
        WHERE r.tenant_id = :tenant AND r.job_id = :job AND CAST(decoy AS float8) >= (SELECT p FROM threshold)
    )
    SELECT p, sightings, siblings, by_probability, by_chance FROM threshold, claims, chance
""")


@dataclass(frozen=True, kw_only=True)
class StageProgress:
    """Units of one stage by state; `eta_s` is None where nothing is finished yet or nothing is left."""

    stage: str
    title: str
    waiting: int = 0
    pending: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    eta_s: float | None = None

    @property
    def total(self) -> int:
        return self.left + self.ended

    @property
    def fraction(self) -> float:
        """Part of the stage's units that has ended; 0 while it has none."""
        return self.ended / self.total if self.total else 0.0

    @property
    def left(self) -> int:
        return self.waiting + self.pending + self.running

    @property
    def ended(self) -> int:
        return self.done + self.failed + self.skipped + self.cancelled


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """State of a job, how far its stages are on average (0 to 1), seconds left.

    The mean of the stages, since units of late stages are known late: counting units alone would begin near the end.
    `eta_s` is that of the slowest stage at work; stages that have not begun may add to it.
    """

    state: str
    fraction: float
    eta_s: float | None
    stages: tuple[StageProgress, ...]


@dataclass(frozen=True, kw_only=True)
class ExpectedFalse:
    """How many of the job's claims are probably false: by its own decoys and the margins to siblings, and, another
    estimate of the same, by the claims' own probabilities."""

    sightings: int
    min_probability: float
    by_chance: float
    siblings: float
    by_probability: float

    @property
    def text(self) -> str:
        noun = "sighting" if self.sightings == 1 else "sightings"
        told = (
            f"{self.sightings} {noun} at p >= {self.min_probability:g}; "
            f"expected false: {self.by_chance:.1f} by chance, {self.siblings:.1f} siblings"
        )
        if not self.sightings:
            return told
        return f"{told}; of the {self.sightings}, {self.by_probability:.1f} expected wrong by their own probabilities"


def job_progress(connection: Connection, job_id: str, tenant: str = "default") -> JobProgress | None:
    """Progress per stage in the order of the work; None where there is no such job."""
    where = {"tenant": tenant, "job": job_id}
    job = connection.execute(JOB_STATE, where).one_or_none()
    if job is None:
        return None
    stages = stages_of(connection.execute(STAGE_COUNTS, where).mappings().all(), job.kind)
    finished = job.state not in ("submitted", "running")
    etas = [stage.eta_s for stage in stages if stage.eta_s is not None]
    return JobProgress(
        state=job.state,
        fraction=1.0 if finished else sum(stage.fraction for stage in stages) / max(1, len(stages)),
        eta_s=None if finished or not etas else max(etas),
        stages=stages,
    )


def stages_of(counts: Sequence[RowMapping], kind: str = "match") -> tuple[StageProgress, ...]:
    """Stages in the order of the work, those without units included, so that the reader sees what is to come."""
    begun = {row["stage"] for row in counts}
    titles = {stage.name: stage.title for stage in STAGES if _shown(stage, kind) or stage.name in begun}
    names = [*titles, *sorted(begun - titles.keys())]
    return tuple(
        _stage(name, titles.get(name, name), [row for row in counts if row["stage"] == name]) for name in names
    )


def expected_false(
    connection: Connection, job_id: str, tenant: str = "default", min_probability: float | None = None
) -> ExpectedFalse:
    """Expected false claims of an existing job, at its own threshold unless another is given."""
    row = connection.execute(
        EXPECTED_FALSE, {"tenant": tenant, "job": job_id, "min_probability": min_probability}
    ).one()
    return ExpectedFalse(
        sightings=row.sightings,
        min_probability=row.p,
        by_chance=float(row.by_chance),
        siblings=float(row.siblings),
        by_probability=float(row.by_probability),
    )


def _shown(stage: Stage, kind: str) -> bool:
    return stage.kind == kind and not stage.optional


def _stage(name: str, title: str, rows: Sequence[RowMapping]) -> StageProgress:
    units = {row["state"]: int(row["units"]) for row in rows}
    progress = StageProgress(stage=name, title=title, **units)
    working = max((row["working_s"] for row in rows if row["working_s"] is not None), default=None)
    if not progress.left or not progress.done or not working:
        return progress
    # One rate for the whole stage, by the wall clock: it holds whatever the number of workers is.
    return StageProgress(stage=name, title=title, eta_s=working / progress.done * progress.left, **units)
