"""The orchestrator's parts, by name: it answers no stage; it starts jobs and keeps them going."""

from scout_common.bus import Bus
from scout_common.settings import Settings
from sqlalchemy import Engine

from services.orchestrator.keeper import Keeper
from services.orchestrator.store import cancel, insert_roots, note_flow_run, retry, start_job

__all__ = ["cancel", "insert_roots", "keeper", "note_flow_run", "retry", "start_job"]


def keeper(engine: Engine, bus: Bus, settings: Settings) -> Keeper:
    """A keeper that also picks up jobs no flow run has picked up in time."""
    return Keeper(engine, bus, settings, start=insert_roots)
