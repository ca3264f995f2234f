"""The orchestrator's parts, by name: it answers no stage; it starts jobs, controls them and keeps them going."""

from services.orchestrator.control import LedgerControl
from services.orchestrator.keeper import Keeper

__all__ = ["Keeper", "LedgerControl"]
