"""A dataflow without processes and without a bus: a test takes messages and runs units itself, in any order."""

from dataclasses import dataclass, field
from typing import Any

from scout_common.ledger import dispatch
from scout_common.ledger.barrier import settle_all
from scout_common.ledger.claim import claim
from scout_common.ledger.commit import Patience
from scout_common.unit_run import run_unit
from scout_common.work import Resources, Service, Unit
from scout_contracts.codec import UnitRef
from sqlalchemy import text

from services.orchestrator.control import LedgerControl
from services.orchestrator.request import JobRequest
from tests.integration.toy import SERVICES


@dataclass
class World:
    """One database, one worker, no keeper but what the test does."""

    resources: Resources
    services: dict[str, Service] = field(default_factory=lambda: {service.name: service for service in SERVICES})

    @property
    def control(self) -> LedgerControl:
        return LedgerControl(self.resources.engine, self.resources.settings)

    def start(self, *, media: tuple[str, ...] = (), catalogue: str = "c-2", **more: Any) -> str:
        """A job that has been picked up."""
        job_id, _ = self.control.start_job(JobRequest(catalogue=catalogue, media=media, **more))
        self.control.pick_up(job_id)
        return job_id

    def messages(self, window: int = 1000) -> list[UnitRef]:
        """What the keeper would publish now."""
        with self.resources.engine.begin() as connection:
            ready = dispatch.next_units(connection, dispatch.room(connection, window))
            dispatch.mark_published(connection, [unit.ref for unit in ready])
        return [unit.ref for unit in ready]

    def take(self, ref: UnitRef) -> Unit:
        """Claim the unit a message names, and keep it."""
        unit = self._claim(ref)
        assert unit is not None
        return unit

    def refused(self, ref: UnitRef) -> bool:
        """Whether there is nothing to take for this message."""
        return self._claim(ref) is None

    def _claim(self, ref: UnitRef) -> Unit | None:
        with self.resources.engine.begin() as connection:
            return claim(connection, ref, lease_s=60)

    def run(self, ref: UnitRef) -> str:
        """Do what a message asks for."""
        return run_unit(self.resources, self.services[ref.stage], ref)

    def run_all(self) -> None:
        """Until nothing is pending."""
        while messages := self.messages():
            for ref in messages:
                self.run(ref)

    def expire(self) -> int:
        """Let all leases end, as time would, and take their units back."""
        self.execute("UPDATE unit SET lease_until = clock_timestamp() - interval '1 s' WHERE state = 'running'")
        taken = dispatch.requeue_expired(self.resources.engine, Patience.of(self.resources.settings))
        self.execute("UPDATE unit SET not_before = NULL WHERE state = 'pending'")
        settle_all(self.resources.engine)
        return taken

    def execute(self, query: str, **values: Any) -> None:
        with self.resources.engine.begin() as connection:
            connection.execute(text(query), values)

    def ask(self, query: str, **values: Any) -> Any:
        """The first column of the first row."""
        with self.resources.engine.connect() as connection:
            return connection.execute(text(query), values).scalar_one_or_none()

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.resources.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def state(self, job_id: str) -> str:
        return str(self.ask("SELECT state FROM job WHERE id = :job", job=job_id))
