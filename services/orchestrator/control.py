"""Job control as the API, the Prefect flow, the command line and the keeper use it, bound to one database."""

from collections.abc import Callable
from typing import Any

from scout_common.errors import BadRequest
from scout_common.models import has_regions, pinned
from scout_common.settings import Settings
from sqlalchemy import Engine

from services.orchestrator import store
from services.orchestrator.request import JobRequest

StartFlow = Callable[[str, str], str | None]
"""Starts the flow run of a job (id, title) and returns the run's id; None where Prefect is not there."""


OF_THE_FRAMES = ("keyframe_density_s", "embedder", "extractor")
"""What stored keyframes and all that is known of them are remembered under."""


class LedgerControl:
    """Starts, picks up, cancels and retries jobs."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        start_flow: StartFlow | None = None,
        *,
        check: Callable[[str], None] = lambda catalogue: None,
    ) -> None:
        """check: refuses the catalogue of a new job at once; given where this process sees the files of the workers."""
        self._check = check
        self._engine = engine
        self._settings = settings
        self._start_flow = start_flow

    def start_job(self, request: JobRequest, idempotency_key: str | None = None) -> tuple[str, bool]:
        """Insert the job and start its flow run; returns its id, and False where the key was seen before.

        Without Prefect the job is picked up at once. Raises Conflict where the key stands for another request, and
        BadRequest where it names a model that is not there."""
        request = request.with_options(pinned(self._options(request), self._settings))
        job_id, new = store.start_job(self._engine, request, idempotency_key=idempotency_key, check=self._check)
        if new and self._start_flow is not None:
            flow_run = self._start_flow(job_id, request.shown_title)
            if flow_run is None:
                self.pick_up(job_id)
            else:
                store.note_flow_run(self._engine, job_id, flow_run)
        return job_id, new

    def _options(self, request: JobRequest) -> dict[str, Any]:
        """The request's options; of a job over stored keyframes, those of the other job where it says nothing else."""
        options = request.options.model_dump()
        if request.frames_of is None:
            return options
        others = store.options_of(self._engine, str(request.frames_of))
        given = request.options.model_fields_set
        options |= {name: others[name] for name in OF_THE_FRAMES if name in others and name not in given}
        if options["nearest"] and not has_regions(options):
            raise BadRequest(
                f"the nearest keyframes are found by vectors of a learned embedder, not by {options['embedder']}",
                hint="leave `nearest` out to match every stored keyframe, or name an embedder: docs/models.md",
            )
        return options

    def pick_up(self, job_id: str) -> None:
        """Insert the job's root units, once, whoever asks. Raises NotFound."""
        store.insert_roots(self._engine, job_id)

    def cancel(self, job_id: str) -> str:
        """Cancel what is left; returns the job's state (one that had ended stays as it was). Raises NotFound."""
        return store.cancel(self._engine, job_id)

    def retry(self, job_id: str) -> int:
        """Do again what failed and what depends on it; returns how many units. Raises NotFound, Conflict.

        The flow run that showed the job has ended with it: another one will be made."""
        units = store.retry(self._engine, job_id)
        store.note_flow_run(self._engine, job_id, None)
        return units
